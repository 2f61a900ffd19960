"""Whether probabilities can be believed, and how well they tell two classes apart. Knows no single row."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from models.signature import Task
from training.calibration import BINS, Statements, statements
from training.report.charts import ACCENT, MUTED, SECOND, chart
from training.report.elements import Section, figure, paragraph
from training.report.evidence import Evidence

_OF_WHAT = {
    Task.BINARY: "of the class that was given",
    Task.MULTICLASS: "of the class that was given",
    Task.MULTILABEL: "of each label",
}


def reliability(evidence: Evidence) -> Section | None:
    """What came true of the probabilities that were stated; None for decisions."""
    if evidence.signature.is_hard:
        return None
    stated = statements(evidence.task, evidence.targets, evidence.predictions.astype(np.float64))
    what, error = _OF_WHAT[evidence.task], evidence.manifest.scores["test"]["ece"]
    return Section(
        "Reliability",
        (
            paragraph(
                f"The expected calibration error (ece) is {error:.4f}: so far, on average over {BINS} bins of equal "
                f"width, the probability {what} lies from the share that came true."
            ),
            figure(
                chart(lambda: reliability_diagram(stated, what), "reliability diagram"),
                "Above: of the statements whose probability fell into a bin, the share that came true, and as a dot "
                "their mean probability. On the dashed line both are the same; below it the probabilities are too "
                "high. Below: how many there were; a bin with few tells little.",
            ),
        ),
    )


def roc(evidence: Evidence) -> Section | None:
    """How the two classes can be told apart at each threshold; None for decisions, or where one class is missing."""
    if "auc" not in evidence.manifest.scores["test"]:
        return None
    area, positive = evidence.manifest.scores["test"]["auc"], evidence.names[1]
    truth, probabilities = evidence.truth, evidence.predictions.ravel()
    return Section(
        "ROC curve",
        (
            figure(
                chart(lambda: roc_diagram(truth, probabilities, positive), "ROC curve"),
                f"At every threshold of the probability of “{positive}”, the share of its rows that are found, over "
                f"the share of the others that are taken for it. The area below (auc) is {area:.4f}; 0.5 is chance. "
                "The dot is the threshold 0.5.",
            ),
        ),
    )


def reliability_diagram(stated: Statements, what: str) -> Figure:
    """Shares that came true over the probabilities stated, and how many there were of each."""
    diagram = Figure(figsize=(6, 5.2), layout="constrained")
    above, below = diagram.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    bins = stated.bins.ravel()
    counts = np.bincount(bins, minlength=BINS)
    filled = counts > 0
    means, shares = (
        np.bincount(bins, values.ravel(), minlength=BINS)[filled] / counts[filled]
        for values in (stated.probabilities, stated.came_true)
    )
    lefts = np.arange(BINS) / BINS
    above.bar(lefts[filled], shares, 1 / BINS, align="edge", color=ACCENT, alpha=0.3)
    above.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1)
    above.plot(means, shares, "o", color=ACCENT, markersize=4)
    above.set(ylabel="share that came true", ylim=(0, 1.02), xlim=(0, 1))
    below.bar(lefts, counts, 1 / BINS, align="edge", color=SECOND, alpha=0.6)
    below.set(xlabel=f"probability {what}", ylabel="how many", yscale="symlog")
    below.set_ylim(0, None)
    return diagram


def roc_curve(truth: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares (false positives, true positives), from (0, 0) to (1, 1), a point per different probability."""
    order = np.argsort(-probabilities, kind="stable")
    last = np.flatnonzero(np.diff(probabilities[order], append=-np.inf))  # of rows of equal probability
    hits = truth[order].cumsum()[last]
    misses = last + 1 - hits
    return np.r_[0, misses] / max(misses[-1], 1), np.r_[0, hits] / max(hits[-1], 1)


def roc_diagram(truth: np.ndarray, probabilities: np.ndarray, positive: str) -> Figure:
    """The ROC curve, with the point of the threshold 0.5."""
    diagram = Figure(figsize=(5, 4.6), layout="constrained")
    axes = diagram.subplots()
    axes.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1)
    axes.plot(*roc_curve(truth, probabilities), color=ACCENT, linewidth=1.8)
    given = probabilities >= 0.5
    axes.plot(given[truth == 0].mean(), given[truth == 1].mean(), "o", color=SECOND)
    _percent(axes)
    axes.set(xlabel=f"of the others, taken for “{positive}”", ylabel=f"of “{positive}”, found")
    return diagram


def _percent(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.grid(alpha=0.3)
