"""Whether intervals and sets of classes hold the truth as often as is asked of them. Knows not how they are served."""

from collections.abc import Iterator

import numpy as np

from models.conformal import Conformal
from models.signature import Task
from training.report.elements import Html, Section, paragraph, table
from training.report.evidence import Evidence
from training.uncertainty import nonconformity

ASKED = (0.5, 0.8, 0.9, 0.95, 0.99)


def coverage(evidence: Evidence) -> Section | None:
    """Asked against measured on the test rows; None where the version promises nothing."""
    conformal = evidence.manifest.conformal
    if conformal is None:
        return None
    return _of_intervals(evidence, conformal) if evidence.task is Task.REGRESSION else _of_sets(evidence, conformal)


def measured(conformal: Conformal, task: Task, targets: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """The share of rows whose truth the interval or the set holds, (coverages in ASKED, targets)."""
    scores = nonconformity(task, targets, predictions)
    return np.array([(scores <= conformal.threshold(asked)).mean(axis=0) for asked in ASKED])


def _of_intervals(evidence: Evidence, conformal: Conformal) -> Section:
    shares = measured(conformal, evidence.task, evidence.targets, evidence.predictions)
    rows = [
        (
            name,
            _asked(conformal, asked),
            f"{shares[place, target]:.3f}",
            f"{2 * conformal.threshold(asked)[target]:.4g}",
        )
        for target, name in enumerate(evidence.names)
        for place, asked in enumerate(ASKED)
    ]
    opening = (
        "An interval is the prediction plus and minus so much that it held the truth of the asked share of the "
        f"{conformal.rows:,} validation rows (split conformal prediction). The test rows tell whether that holds "
        "elsewhere."
    )
    header = ("target", "asked", "measured on test", "mean width")
    return Section("Interval coverage", (paragraph(opening), table(header, rows), *_notes(conformal)))


def _of_sets(evidence: Evidence, conformal: Conformal) -> Section:
    shares = measured(conformal, evidence.task, evidence.targets, evidence.predictions)
    rows = [
        (_asked(conformal, asked), f"{share:.3f}", *_sizes(1 - evidence.probabilities <= conformal.threshold(asked)))
        for asked, (share,) in zip(ASKED, shares, strict=True)
    ]
    opening = (
        "A set holds every class whose probability is high enough that the true one was among them in the asked share "
        f"of the {conformal.rows:,} validation rows (split conformal prediction). The test rows tell whether that "
        "holds elsewhere. The smaller the sets, the more they say. Where less is asked for than the accuracy, those of "
        "the rows that the model is least sure of are empty."
    )
    header = ("asked", "measured on test", "mean size", "of one class", "of several", "empty")
    return Section("Set coverage", (paragraph(opening), table(header, rows), *_notes(conformal)))


def _sizes(members: np.ndarray) -> Iterator[str]:
    """Mean size of the sets, (rows, classes), and the shares that hold one class, several and none."""
    sizes = members.sum(axis=1)
    yield f"{sizes.mean():.2f}"
    yield from (f"{100 * np.mean(which):.1f}%" for which in (sizes == 1, sizes > 1, sizes == 0))


def _asked(conformal: Conformal, asked: float) -> str:
    return f"{asked:g}" if conformal.is_precise(asked) else f"{asked:g} *"


def _notes(conformal: Conformal) -> Iterator[Html]:
    if not all(conformal.is_precise(asked) for asked in ASKED):
        yield paragraph(
            f"* {conformal.rows:,} validation rows are too few to tell this from certainty, so it is not promised; "
            "here it takes the largest error that was seen among them."
        )
