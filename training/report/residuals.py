"""Where a regression errs: its errors by what was predicted, how they are spread, and the largest. Knows no class."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.report.charts import ACCENT, DOTS, MUTED, chart
from training.report.elements import Html, Section, figure, joined, paragraph
from training.report.evidence import Evidence
from training.report.rows import SHOWN, shown

DRAWN_DOTS = 500  # of a scatter plot; with more of them it is smaller as pixels


def residuals(evidence: Evidence) -> Section:
    """Three pictures per target."""
    unit = evidence.manifest.data["target_unit"]
    opening = f"A residual is the true value minus the predicted one, on the test rows{unit and f', in {unit}'}."
    return Section("Residuals", (paragraph(opening), *(_of_target(evidence, at) for at in range(len(evidence.names)))))


def largest_errors(evidence: Evidence) -> Section:
    """The test rows that were missed by most; of several targets the one that was missed by most, in its spreads."""
    errors = evidence.targets - evidence.predictions  # (rows, targets)
    spreads = np.where(evidence.targets.std(axis=0) > 0, evidence.targets.std(axis=0), 1)
    relative = np.abs(errors) / spreads
    rows = np.argsort(-relative.max(axis=1), kind="stable")[:SHOWN]
    places = [(int(row), int(relative[row].argmax())) for row in rows]
    answers = {
        "true": [f"{evidence.targets[place]:.4g}" for place in places],
        "predicted": [f"{evidence.predictions[place]:.4g}" for place in places],
        "residual": [f"{errors[place]:+.4g}" for place in places],
    }
    if len(evidence.names) > 1:
        answers = {"target": [evidence.names[target] for _, target in places]} | answers
    return Section("Largest errors", (shown(evidence, [row for row, _ in places], answers),))


def residual_diagram(truth: np.ndarray, predicted: np.ndarray, title: str) -> Figure:
    """Predicted against true, residuals over predictions, and how many residuals there are of each size."""
    diagram = Figure(figsize=(11, 3.7), layout="constrained")
    parity, over, spread = diagram.subplots(1, 3)
    _parity(parity, truth, predicted)
    _over(over, truth - predicted, predicted)
    _spread(spread, truth - predicted)
    diagram.suptitle(title, fontsize="medium")
    return diagram


def _of_target(evidence: Evidence, target: int) -> Html:
    name = evidence.names[target]
    truth, predicted = (values[:, target].astype(np.float64) for values in (evidence.targets, evidence.predictions))
    title = name if len(evidence.names) > 1 else ""
    drawn = chart(lambda: residual_diagram(truth, predicted, title), f"residuals of {name}")
    errors = truth - predicted
    quarter, middle, three_quarters = np.percentile(errors, [25, 50, 75])
    caption = (
        f"Mean residual {errors.mean():.4g}, median {middle:.4g}; half of the residuals lie between {quarter:.4g} and "
        f"{three_quarters:.4g}. On the dashed lines the prediction is right."
    )
    return joined((figure(drawn, caption),))


def _parity(axes: Axes, truth: np.ndarray, predicted: np.ndarray) -> None:
    _dots(axes, truth, predicted)
    low, high = min(truth.min(), predicted.min()), max(truth.max(), predicted.max())
    axes.plot([low, high], [low, high], "--", color=MUTED, linewidth=1)
    axes.set(xlabel="true", ylabel="predicted", title="Predicted against true")


def _over(axes: Axes, errors: np.ndarray, predicted: np.ndarray) -> None:
    _dots(axes, predicted, errors)
    axes.axhline(0, linestyle="--", color=MUTED, linewidth=1)
    axes.set(xlabel="predicted", ylabel="residual", title="Residuals over predictions")


def _spread(axes: Axes, errors: np.ndarray) -> None:
    axes.hist(errors, bins=min(50, max(10, int(len(errors) ** 0.5))), color=ACCENT, alpha=0.6)
    axes.axvline(0, linestyle="--", color=MUTED, linewidth=1)
    axes.set(xlabel="residual", ylabel="test rows", title="How many of each size")


def _dots(axes: Axes, across: np.ndarray, up: np.ndarray) -> None:
    size, opacity = (10, 0.6) if len(across) <= DRAWN_DOTS else (4, 0.25)
    axes.scatter(across, up, s=size, color=DOTS, alpha=opacity, linewidths=0, rasterized=len(across) > DRAWN_DOTS)
    axes.grid(alpha=0.3)
