"""Tries out learning rates on a network that is thrown away: how its loss goes as the rate grows. Knows no model.

The range test of L. Smith, Cyclical Learning Rates for Training Neural Networks, 2017, section 3.3.
"""

import csv
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy.ndimage import median_filter

from models.signature import Task
from training.config import Config
from training.data import Dataset
from training.fit import batches_of
from training.network import build
from training.optimization import loss, optimizer

Logs = dict[str, Any] | None  # metric -> value, as Keras hands them over

LOWEST, HIGHEST = 1e-5, 10.0
STEPS = 500  # each with the same multiple of the rate before: exp(ln(10^6) / 500) = 1.028
WINDOW = 21  # steps: what a single step's loss means, which goes up and down with its rows, is the median of these
CLIMBED = 1.1  # times the least loss: it climbs for good
EXPLODED = 4.0  # times the least loss, or more than before the first step: nothing is learnt any more


@dataclass(frozen=True)
class RangeTest:
    """A loss for each learning rate, up to where it exploded."""

    rates: np.ndarray  # (steps,), rising
    losses: np.ndarray  # (steps,), each of one batch, before its step is taken

    @property
    def smoothed(self) -> np.ndarray:
        """The losses without what single batches do to them."""
        smoothed: np.ndarray = median_filter(self.losses, WINDOW, mode="nearest")
        return smoothed

    @property
    def turning_point(self) -> float:
        """The rate beyond which the loss climbs and does not come back."""
        low = (self.smoothed <= CLIMBED * self.smoothed.min()) & (self.rates <= self.largest)
        return float(self.rates[np.flatnonzero(low)[-1]])

    @property
    def largest(self) -> float:
        """The rate beyond which the loss explodes."""
        smoothed, best = self.smoothed, int(self.smoothed.argmin())
        most = max(min(EXPLODED * smoothed[best], smoothed[0]), CLIMBED * smoothed[best])
        exploded = np.flatnonzero(smoothed[best:] > most)
        return float(self.rates[best + exploded[0] - 1 if len(exploded) else -1])

    @property
    def suggestion(self) -> float:
        """A tenth of the turning point, to two digits."""
        return float(f"{self.turning_point / 10:.2g}")


def range_test(dataset: Dataset, task: Task, config: Config) -> RangeTest:
    """Train a fresh network of that config for up to STEPS steps, its learning rate a little larger in each.

    Raises InvalidNetwork for a config that does not fit the data.
    """
    rates = np.geomspace(LOWEST, HIGHEST, STEPS + 1)[:-1]
    plain = replace(config, schedule="constant", warmup=0, ema=0.0, learning_rate=LOWEST)
    network, batches, rising = build(dataset, task, plain), batches_of(dataset, task, plain), _Rising(rates)
    network.compile(optimizer(plain, len(batches.rows)), loss(task, plain))
    network.fit(batches.rows, epochs=STEPS, shuffle=False, callbacks=[batches, rising], verbose=0)
    return RangeTest(rates[: len(rising.losses)], np.array(rising.losses))


def write_range_test(test: RangeTest, name: str, folder: Path) -> tuple[Path, Path]:
    """Write a picture and a table, <name>.png and <name>.csv, into `folder`; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    picture, table = folder / f"{name}.png", folder / f"{name}.csv"
    _picture(test, name).savefig(picture, dpi=120)
    with table.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["learning_rate", "loss", "smoothed_loss"])
        writer.writerows(zip(test.rates.tolist(), test.losses.tolist(), test.smoothed.tolist(), strict=True))
    return picture, table


def _picture(test: RangeTest, name: str) -> Figure:
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(test.rates, test.losses, alpha=0.3, label="loss of a batch")
    axes.plot(test.rates, test.smoothed, label=f"median of {WINDOW} batches")
    axes.axvline(test.turning_point, linestyle="--", color="tab:red", label=f"turning point {test.turning_point:.2g}")
    axes.axvline(test.suggestion, linestyle=":", color="tab:green", label=f"a tenth of it {test.suggestion:g}")
    least, first = test.smoothed.min(), test.smoothed[0]
    axes.set(xscale="log", xlabel="learning rate", ylabel="loss", title=name)
    axes.set_ylim(least - 0.2 * abs(first - least), first + 0.5 * abs(first - least))  # what explodes hides the rest
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    return figure


class _Rising(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Sets the next rate before each step, and ends the test after the last, or where the loss has exploded."""

    def __init__(self, rates: np.ndarray) -> None:
        super().__init__()
        self._rates = rates
        self.losses: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:  # noqa: ARG002  # Keras names them
        """Forget the batches before: Keras tells the mean since the last reset."""
        self.model.reset_metrics()
        self.model.optimizer.learning_rate = self._rates[len(self.losses)]

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:  # noqa: ARG002  # likewise
        """Keep the loss."""
        value = (logs or {})["loss"]
        if math.isfinite(value):
            self.losses.append(value)
        if not math.isfinite(value) or len(self.losses) == len(self._rates) or self._exploded():
            self.model.stop_training = True

    def _exploded(self) -> bool:
        """Whether half a window, which decides a median, lies far above the least loss."""
        half = WINDOW // 2 + 1
        before, last = self.losses[:-half], self.losses[-half:]
        return len(before) >= WINDOW and min(last) > EXPLODED * float(median_filter(before, WINDOW).min())
