"""A version that is ready to answer: opened, its hashes checked, its golden rows replayed. Knows no protocol."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from models.errors import BadVersion
from models.golden import Golden, Tensors
from models.signature import Signature
from models.version import ModelVersion
from service.errors import Detail, NonFiniteOutput
from service.runtimes.runtime import Runtime

# Rows of a larger request run in parts, so that what a request holds in memory does not grow with its rows.
ROWS_PER_RUN = 1024


@dataclass(frozen=True)
class Predictor:
    """A version with the runtime that executes it. Safe to use from several threads at once."""

    version: ModelVersion
    runtime: Runtime
    card: str  # the model card in Markdown: kept, so that the store may go away while the version serves

    @property
    def signature(self) -> Signature:
        """The signature in the version's manifest."""
        return self.version.manifest.signature

    def predict(self, rows: Tensors) -> Tensors:
        """Input arrays (rows, *shape) float32 by name -> output arrays (rows, units) float32 by name.

        Raises NonFiniteOutput where the model answers NaN or infinity.
        """
        parts = [self.runtime.predict(part) for part in _parts(rows)]
        outputs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        for values in outputs.values():
            if not np.isfinite(values).all():
                raise _not_finite(values)
        return outputs


def open_predictor(version: ModelVersion, open_runtime: Callable[[ModelVersion], Runtime]) -> Predictor:
    """Check every file of a version, open it and replay its golden rows, which also warms it up.

    Raises BadVersion where any of that fails: such a version must not serve.
    """
    version.verify()
    predictor = Predictor(version, open_runtime(version), version.card())
    _replay(predictor, version.golden())
    return predictor


def _replay(predictor: Predictor, golden: Golden) -> None:
    try:
        outputs = predictor.runtime.predict(golden.inputs)
    except Exception as error:  # runtimes have no common base class of errors
        raise BadVersion(f"{predictor.version} fails on its own golden rows: {error}") from error
    if not golden.agrees(outputs):
        raise BadVersion(
            f"{predictor.version} does not compute what Keras computed: its answers to the golden rows differ by up to "
            f"{golden.largest_difference(outputs):.3g}. Publish it again, or choose another SERVICE_RUNTIME."
        )


def _parts(rows: Tensors) -> Iterator[Tensors]:
    count = len(next(iter(rows.values())))
    for start in range(0, count, ROWS_PER_RUN):
        yield {name: values[start : start + ROWS_PER_RUN] for name, values in rows.items()}


def _not_finite(values: np.ndarray) -> NonFiniteOutput:
    bad = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    return NonFiniteOutput(
        f"The model has no finite answer for {len(bad)} of {len(values)} rows: their numbers lie too far outside what "
        "it was trained on.",
        (Detail(f"/instances/{row}", "the model's answer is NaN or infinite") for row in bad),
    )
