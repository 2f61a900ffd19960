"""Asks the shadow of a model too, and compares what it says with what was answered. Knows no request.

On a thread of its own, after the answer has gone out: a shadow that fails, or is slow, concerns no client.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import numpy as np

from models.golden import Tensors, row_count
from service.metrics import Metrics
from service.predictions import decisions
from service.predictor import Predictor

MOST_PENDING = 64  # comparisons that may wait for the thread; what comes on top is dropped


class Shadows:
    """The comparisons of one worker."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._places = BoundedSemaphore(MOST_PENDING)

    def ask(self, shadow: Predictor, rows: Tensors, answered: Predictor, outputs: Tensors) -> None:
        """Compare `outputs`, which `answered` gave to `rows`, with what `shadow` says; later, and elsewhere."""
        if not self._places.acquire(blocking=False):
            self._count(shadow, answered, dropped=row_count(rows))
            return
        self._thread.submit(self._compare, shadow, rows, answered, outputs)

    def finish(self) -> None:
        """Wait for the comparisons under way."""
        self._thread.submit(lambda: None).result()

    def _compare(self, shadow: Predictor, rows: Tensors, answered: Predictor, outputs: Tensors) -> None:
        try:
            same = _same_decisions(shadow, shadow.batcher.beside(rows), answered, outputs)
            self._count(shadow, answered, same=int(same.sum()), different=int((~same).sum()))
        except Exception:  # noqa: BLE001  # whatever it is, it is the shadow's, and counted as such
            self._count(shadow, answered, failed=row_count(rows))
        finally:
            self._places.release()

    def _count(self, shadow: Predictor, answered: Predictor, **rows: int) -> None:
        version, other = answered.version, shadow.version
        self._metrics.observe_shadow(version.name, str(version.number), str(other.number), rows)


def _same_decisions(one: Predictor, its_outputs: Tensors, other: Predictor, outputs: Tensors) -> np.ndarray:
    """Row by row, whether both decide the same, in each of their outputs: (rows,) bool."""
    pairs = zip(one.signature.parts, other.signature.parts, strict=True)
    close = [np.isclose(decisions(mine, its_outputs), decisions(theirs, outputs), rtol=1e-5, atol=1e-5)
             for mine, theirs in pairs]  # fmt: skip
    same: np.ndarray = np.all([each.reshape(len(each), -1).all(axis=1) for each in close], axis=0)
    return same
