"""A version that is ready to answer: opened, its hashes checked, its golden rows replayed. Knows no protocol."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.errors import BadVersion
from models.golden import Golden, Tensors, concatenated, row_count
from models.signature import Signature
from models.version import REPORT_FILE, ModelVersion
from service.batcher import Batcher, Meter, measure
from service.errors import Detail, NonFiniteOutput, NoReport, TooManyRows
from service.floats import are_finite
from service.flow import Flow
from service.limits import Limits
from service.runtimes.runtime import Runtime

# Rows of a larger request run in parts, so that what a request holds in memory does not grow with its rows.
ROWS_PER_RUN = 1024
# Of one answer, whose size its rows do not tell: a row of few numbers may become an image.
MOST_NUMBERS = 1 << 24


@dataclass(frozen=True)
class Predictor:
    """A version with the batcher before the runtime that executes it. Safe to use by several requests at once."""

    version: ModelVersion
    batcher: Batcher
    limits: Limits
    card: str  # the model card in Markdown: kept, so that the store may go away while the version serves

    @property
    def signature(self) -> Signature:
        """The signature in the version's manifest."""
        return self.version.manifest.signature

    @cached_property
    def most_rows(self) -> int:
        """How many rows may be asked for at a time, so that the answer does not hold too many numbers."""
        return max(1, MOST_NUMBERS // sum(output.units for output in self.signature.outputs))

    @cached_property
    def _rows_per_run(self) -> int:
        return min(ROWS_PER_RUN, self.most_rows)

    def predict(self, rows: Tensors, deadline_s: float) -> Tensors:
        """Input arrays (rows, *shape) by name -> output arrays (rows, *shape) float32 by name.

        `deadline_s` is a time of time.perf_counter. Raises Overloaded, DeadlineExceeded, TooManyRows where the answer
        would be too large, and NonFiniteOutput where the model answers NaN or infinity.
        """
        self.batcher.admit(deadline_s)
        outputs = self._run(rows, deadline_s)
        for values in outputs.values():
            if not are_finite(values):
                raise _not_finite(values)
        return outputs

    def report(self) -> bytes:
        """The version's report in HTML: read now, as it may be large, and checked against the manifest.

        Raises NoReport where the version was published without one, or where it is not there any more, or was changed.
        """
        if not self.version.has(REPORT_FILE):
            raise NoReport(f"{self.version} was published without a report; publish the model anew to have one.")
        try:
            return self.version.read(REPORT_FILE)
        except BadVersion as error:
            raise NoReport(str(error)) from error

    def _run(self, rows: Tensors, deadline_s: float) -> Tensors:
        count = row_count(rows)
        if count <= self._rows_per_run:
            return self.batcher.predict(rows, deadline_s)
        if count > self.most_rows:
            raise TooManyRows(
                f"The request has {count} rows; of this model, whose answers are large, at most {self.most_rows} are "
                "taken at a time."
            )
        return concatenated([self.batcher.predict(part, deadline_s) for part in _parts(rows)])


@dataclass(frozen=True)
class Opener:
    """What a worker opens versions with."""

    open_runtime: Callable[[ModelVersion], Runtime]
    flow: Flow

    def open(self, version: ModelVersion, limits: Limits, meter: Meter) -> Predictor:
        """Check every file of a version, open it and replay its golden rows, which also warms it up.

        Raises BadVersion where any of that fails: such a version must not serve.
        """
        version.verify()
        runtime, golden = self.open_runtime(version), version.golden()
        _replay(version, runtime, golden)
        batcher = Batcher(runtime, measure(runtime.predict, golden.inputs), limits, self.flow, meter)
        return Predictor(version, batcher, limits, version.card())


def _replay(version: ModelVersion, runtime: Runtime, golden: Golden) -> None:
    try:
        outputs = runtime.predict(golden.inputs)
    except Exception as error:  # runtimes have no common base class of errors
        raise BadVersion(f"{version} fails on its own golden rows: {error}") from error
    if not golden.agrees(outputs):
        raise BadVersion(
            f"{version} does not compute what Keras computed: its answers to the golden rows differ by up to "
            f"{golden.largest_difference(outputs):.3g}. Publish it again, or choose another SERVICE_RUNTIME."
        )


def _parts(rows: Tensors) -> Iterator[Tensors]:
    for start in range(0, row_count(rows), ROWS_PER_RUN):
        yield {name: values[start : start + ROWS_PER_RUN] for name, values in rows.items()}


def _not_finite(values: np.ndarray) -> NonFiniteOutput:
    bad = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    return NonFiniteOutput(
        f"The model has no finite answer for {len(bad)} of {len(values)} rows: their numbers lie too far outside what "
        "it was trained on.",
        (Detail(f"/instances/{row}", "the model's answer is NaN or infinite") for row in bad),
    )
