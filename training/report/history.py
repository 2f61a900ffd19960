"""The course of a training as history.csv and as learning curves. Knows no model and no score."""

import csv
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

HISTORY_FILE = "history.csv"
CURVES_FILE = "learning_curves.png"

History = dict[str, list[float]]  # loss, val_loss, metrics, seconds -> a number per epoch

_WORDS = {"loss": "loss", "accuracy": "accuracy", "mae": "mean absolute error", "errors": "wrong decisions"}


def write_history(history: History, title: str, folder: Path) -> None:
    """Write history.csv and learning_curves.png into `folder`; no curves where nothing was trained."""
    _write_csv(history, folder / HISTORY_FILE)
    if history:
        learning_curves(history, title).savefig(folder / CURVES_FILE, dpi=120)


def curve(history: History, key: str) -> tuple[np.ndarray, list[float]]:
    """Where on the epoch axis each value of `key` belongs, and the values.

    A validation value is taken at the end of its epoch. A training value is the mean over an epoch, while the network
    still learns, so it belongs to the middle: half an epoch to the left.
    """
    ends = np.arange(1, len(history[key]) + 1)
    return (ends if key.startswith("val_") else ends - 0.5), history[key]


def learning_curves(history: History, title: str) -> Figure:
    """A panel per metric with its training and its validation curve."""
    metrics = [key for key in history if f"val_{key}" in history]
    figure = Figure(figsize=(5 * len(metrics), 3.6), layout="constrained")
    figure.suptitle(title)
    for axes, metric in zip(figure.subplots(1, len(metrics), squeeze=False)[0], metrics, strict=True):
        _panel(axes, history, metric)
    return figure


def _panel(axes: Axes, history: History, metric: str) -> None:
    axes.plot(*curve(history, metric), marker=".", label="training (mean over the epoch)")
    axes.plot(*curve(history, f"val_{metric}"), marker=".", label="validation (end of the epoch)")
    axes.set(xlabel="epoch", ylabel=_WORDS.get(metric, metric), xlim=(0, len(history[metric]) + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _write_csv(history: History, path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["epoch", *history])
        writer.writerows([epoch, *values] for epoch, values in enumerate(zip(*history.values(), strict=True), start=1))
