"""Pictures of a search: its values trial by trial, their courses, what mattered, the front. Knows no page."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from training.record import COMPLETE, PRUNED, Found, Record, TrialRecord, evenly
from training.report.charts import ACCENT, DOTS, INK, MUTED, SECOND

DRAWN_DOTS = 500  # of a chart; with more of them it is smaller as pixels
MOST_CURVES = 80  # that can be told from each other
MOST_SPREAD = 30  # times the least value: beyond it a chart is drawn by logarithm

WORDS = {  # objective -> what its axis says
    "error": "error on validation rows",
    "loss": "loss on validation rows",
    "size": "parameters",
    "latency": "latency of one row, µs",
}


def history(found: Found) -> Figure:
    """Each trial's value of the objective that decides, and the best until then."""
    record, place = found.record, found.record.deciding
    diagram = Figure(figsize=(10, 3.9), layout="constrained")
    axes = diagram.subplots()
    pruned = [(trial.number, value) for trial in record if trial.state == PRUNED and (value := _last(trial, place))]
    complete = _complete(record, place)
    _dots(axes, pruned, "pruned: its value then", marker="x", color=MUTED)
    _dots(axes, complete, "complete", marker="o", color=DOTS)
    numbers, values = zip(*complete, strict=True)
    axes.step(numbers, np.minimum.accumulate(values), where="post", color=SECOND, linewidth=1.6, label="best so far")
    _star(axes, found.trial.number, found.value)
    _by_logarithm_where_wide(axes, [value for _, value in (*complete, *pruned)])
    axes.set(xlabel="trial", ylabel=_words(record.objectives[place]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(axes)
    return diagram


def courses(found: Found) -> Figure:
    """The value at the end of each epoch, a curve per trial."""
    diagram = Figure(figsize=(10, 3.9), layout="constrained")
    axes = diagram.subplots()
    drawn = curves(found)
    for trial in drawn:
        colour, opacity = (DOTS, 0.55) if trial.state == COMPLETE else (MUTED, 0.5)
        axes.plot(*zip(*trial.course, strict=True), color=colour, linewidth=1, alpha=opacity)
    ends = [trial.course[-1] for trial in drawn if trial.state == PRUNED]
    _dots(axes, ends, "pruned", marker="x", color=MUTED)
    if found.trial.course:
        axes.plot(*zip(*found.trial.course, strict=True), color=SECOND, linewidth=2.2, label=_named(found))
    axes.plot([], [], color=DOTS, label="complete")
    _by_logarithm_where_wide(axes, [value for trial in drawn for _, value in trial.course])
    axes.set(xlabel="epoch", ylabel="value on validation rows")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(axes)
    return diagram


def curves(found: Found) -> list[TrialRecord]:
    """The trials whose courses are drawn: of too many an even choice, by their last values, the best among them."""
    told = [trial for trial in found.record if len(trial.course) > 1]
    return evenly(sorted(told, key=lambda trial: trial.course[-1][1]), MOST_CURVES)


def importances(parts: Mapping[str, float]) -> Figure:
    """A bar per setting, the most important one at the top."""
    diagram = Figure(figsize=(8, 0.6 + 0.32 * len(parts)), layout="constrained")
    axes = diagram.subplots()
    bars = axes.barh(list(parts), list(parts.values()), color=ACCENT, alpha=0.6, height=0.65)
    axes.bar_label(bars, [f"{100 * part:.0f}%" for part in parts.values()], padding=4, color=INK)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlim(0, 1.1 * max(parts.values()))
    axes.tick_params(axis="y", labelcolor=INK, length=0)
    return diagram


def front(found: Found) -> Figure:
    """The deciding objective against each other one: the trials, and those that none is better than in each."""
    record, place = found.record, found.record.deciding
    others = [other for other in range(len(record.objectives)) if other != place]
    diagram = Figure(figsize=(5.2 * len(others), 4.2), layout="constrained")
    for axes, other in zip(diagram.subplots(1, len(others), squeeze=False)[0], others, strict=True):
        _front(axes, found, other)
    return diagram


def _front(axes: Axes, found: Found, other: int) -> None:
    record, place = found.record, found.record.deciding
    members = set(record.front)
    all_trials = [trial for trial in record if trial.state == COMPLETE and trial.values]
    rest = [(trial.values[other], trial.values[place]) for trial in all_trials if trial.number not in members]
    best = sorted((trial.values[other], trial.values[place]) for trial in all_trials if trial.number in members)
    _dots(axes, rest, "other trials", marker="o", color=DOTS)
    if best:
        line = "-" if len(record.objectives) == 2 else "none"  # of more objectives, one picture shows no edge
        axes.plot(*zip(*best, strict=True), color=SECOND, marker="o", markersize=4.5, linestyle=line, label="the front")
    _star(axes, found.trial.values[other], found.value)
    across, up = zip(*rest, *best, strict=True)
    _by_logarithm_where_wide(axes, up)
    if _is_wide(across):
        axes.set_xscale("log")
    axes.set(xlabel=_words(record.objectives[other]), ylabel=_words(record.objectives[place]))
    _legend(axes)


def _complete(record: Record, place: int) -> list[tuple[int, float]]:
    return [(trial.number, trial.values[place]) for trial in record if trial.state == COMPLETE and trial.values]


def _last(trial: TrialRecord, place: int) -> float | None:
    """What a pruned trial had reached."""
    if trial.values:
        return trial.values[place]
    return trial.course[-1][1] if trial.course else None


def _dots(axes: Axes, points: Sequence[tuple[float, float]], label: str, **look: str) -> None:
    if not points:
        return
    many = len(points) > DRAWN_DOTS
    across, up = zip(*points, strict=True)
    # Pixels know no colour of the page, so those of a large chart are drawn in one that does on light and dark.
    colour = DOTS if many else look["color"]
    size, opacity = (5, 0.35) if many else (18, 0.75)
    if many and look["marker"] == "x":
        colour, size = "#8a8f98", 8
    axes.scatter(
        across,
        up,
        s=size,
        alpha=opacity,
        color=colour,
        marker=look["marker"],
        linewidths=1 if look["marker"] == "x" else 0,
        rasterized=many,
        label=label,
    )


def _star(axes: Axes, across: float, up: float) -> None:
    axes.plot([across], [up], marker="*", markersize=12, color=SECOND, linestyle="none", label="published")


def _legend(axes: Axes) -> None:
    axes.grid(alpha=0.3)
    legend = axes.legend(fontsize="small", loc="lower right", bbox_to_anchor=(1, 1), ncols=4)  # above, where nothing is
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1)


def _named(found: Found) -> str:
    return f"trial {found.trial.number}, published"


def _words(objective: str) -> str:
    return WORDS.get(objective, objective)


def _is_wide(values: Iterable[float]) -> bool:
    values = list(values)
    return min(values) > 0 and max(values) > MOST_SPREAD * min(values)


def _by_logarithm_where_wide(axes: Axes, values: Sequence[float]) -> None:
    if _is_wide(values):
        axes.set_yscale("log")
