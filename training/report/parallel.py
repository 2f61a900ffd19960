"""Parallel coordinates: a line per trial through an axis per setting, coloured by its value. Knows no page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from training.record import Found, Record, TrialRecord, evenly
from training.report.charts import INK, MUTED, PAPER

MOST_LINES = 200  # of which the better half is drawn whole where there are more trials
MOST_AXES = 12
ABSENT = -0.14  # where a line passes below the axis of a setting that its trial has not
GOOD_TO_BAD = LinearSegmentedColormap.from_list("", ["#e0782c", "#b9a3a0", "#4a86d8"])  # each on light and dark


@dataclass(frozen=True)
class _Scale:
    """An axis: its places from 0 to 1, and what stands at its ends or beside its words."""

    title: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False
    words: tuple[str, ...] = ()

    def place(self, value: Any) -> float:
        """Where a value lies; in the middle where all are the same."""
        if self.words:
            return self.words.index(str(value)) / max(len(self.words) - 1, 1)
        low, high, value = (math.log(each) if self.log else each for each in (self.low, self.high, value))
        return (value - low) / (high - low) if high > low else 0.5

    def marks(self) -> list[tuple[float, str]]:
        """Place and text of what is written beside it."""
        if self.words:
            return [(self.place(word), word) for word in self.words]
        middle = math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        values = dict.fromkeys((self.low, round(middle) if self.whole else middle, self.high))
        return [(self.place(value), f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}") for value in values]


def parallel(found: Found) -> Figure:
    """The settings in their order, and last the objectives; the published trial is drawn over all others."""
    record, trials = found.record, lines(found)
    scales = [*_settings(record), *_objectives(record, trials)]
    diagram = Figure(figsize=(max(1.25 * len(scales), 6), 4.4), layout="constrained")
    axes = diagram.subplots()
    for trial, share in zip(reversed(trials), np.linspace(1, 0, len(trials)), strict=True):
        axes.plot(_places(trial, scales, record), color=to_hex(GOOD_TO_BAD(share)), linewidth=0.9, alpha=0.65)
    axes.plot(_places(found.trial, scales, record), color=INK, linewidth=2.2)
    for across, scale in enumerate(scales):
        _axis(axes, across, scale)
    axes.set(xlim=(-0.25, len(scales) - 0.4), ylim=(ABSENT - 0.06, 1.16))
    axes.axis("off")
    return diagram


def lines(found: Found) -> list[TrialRecord]:
    """The trials that are drawn, the best first: the better half of all lines, and of the rest an even choice."""
    ranked = found.record.ranked()
    half = MOST_LINES // 2
    return ranked if len(ranked) <= MOST_LINES else [*ranked[:half], *evenly(ranked[half:], MOST_LINES - half)]


def keys(record: Record) -> list[str]:
    """The settings that have an axis: of too many those that matter most, in the order of the space."""
    used = {key for trial in record for key in trial.params}
    every = [key for key in record.space if key in used]
    first = sorted(every, key=lambda key: -record.importances.get(key, 0.0))[:MOST_AXES]
    return [key for key in every if key in first]


def _settings(record: Record) -> list[_Scale]:
    return [_scale(key, record.space[key]) for key in keys(record)]


def _scale(key: str, about: Mapping[str, Any]) -> _Scale:
    if about["kind"] == "choice":
        return _Scale(key, words=tuple(map(str, about["words"])))
    return _Scale(key, float(about["low"]), float(about["high"]), bool(about["log"]), about["kind"] == "whole")


def _objectives(record: Record, trials: Sequence[TrialRecord]) -> list[_Scale]:
    return [
        _Scale(name, *_bounds([trial.values[place] for trial in trials]))
        for place, name in enumerate(record.objectives)
    ]


def _bounds(values: Sequence[float]) -> tuple[float, float, bool]:
    low, high = min(values), max(values)
    return low, high, low > 0 and high > 10 * low


def _places(trial: TrialRecord, scales: Sequence[_Scale], record: Record) -> list[float]:
    values = {
        **trial.params,
        **{f"= {name}": value for name, value in zip(record.objectives, trial.values, strict=True)},
    }
    names = [*keys(record), *(f"= {name}" for name in record.objectives)]
    return [scale.place(values[name]) if name in values else ABSENT for name, scale in zip(names, scales, strict=True)]


def _axis(axes: Axes, across: int, scale: _Scale) -> None:
    behind = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 0.8}  # lines pass below
    axes.plot([across, across], [0, 1], color=MUTED, linewidth=1)
    axes.text(across, 1.07, scale.title, ha="center", va="bottom", fontsize=9, weight="bold")
    for up, text in scale.marks():
        axes.plot([across - 0.03, across + 0.03], [up, up], color=MUTED, linewidth=1)
        axes.text(across + 0.07, up, text, va="center", fontsize=8, zorder=4, bbox=behind)
