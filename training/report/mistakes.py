"""The wrong answers of a classifier that it was most sure of, to be looked at. Knows not how rows are shown."""

from dataclasses import dataclass

import numpy as np

from models.signature import Task
from training.report.elements import Section, paragraph
from training.report.evidence import Evidence
from training.report.rows import SHOWN, shown


@dataclass(frozen=True)
class Mistake:
    """One wrong answer."""

    row: int  # of the test rows, from 0 on
    truth: str
    given: str
    probability: float  # of what was given; 1 for a decision


def mistakes(evidence: Evidence) -> Section:
    """The worst of them, as pictures or as lines."""
    every = sorted(_every(evidence), key=lambda mistake: -mistake.probability)
    if not every:
        return Section("Worst mistakes", (paragraph("Every test row was answered right."),))
    worst = every[:SHOWN]
    answers = {"true": [mistake.truth for mistake in worst], "given": [mistake.given for mistake in worst]}
    if not evidence.signature.is_hard:
        answers["probability"] = [f"{mistake.probability:.3f}" for mistake in worst]
    rows = [mistake.row for mistake in worst]
    return Section("Worst mistakes", (paragraph(_opening(evidence, len(every))), shown(evidence, rows, answers)))


def _opening(evidence: Evidence, count: int) -> str:
    answers = evidence.predictions.shape[0] * (len(evidence.names) if evidence.task is Task.MULTILABEL else 1)
    most = "all of them" if count <= SHOWN else f"{SHOWN} of them"
    order = "" if evidence.signature.is_hard else ", those first that the model was surest of"
    return f"Wrong answers: {count:,} of {answers:,}. Shown: {most}{order}."


def _every(evidence: Evidence) -> list[Mistake]:
    return _of_labels(evidence) if evidence.task is Task.MULTILABEL else _of_classes(evidence)


def _of_classes(evidence: Evidence) -> list[Mistake]:
    names, truth, chosen = evidence.names, evidence.truth, evidence.chosen
    return [
        Mistake(int(row), names[truth[row]], names[chosen[row]], float(evidence.probabilities[row, chosen[row]]))
        for row in np.flatnonzero(truth != chosen)
    ]


def _of_labels(evidence: Evidence) -> list[Mistake]:
    truth, given = evidence.targets == 1, evidence.predictions >= 0.5
    return [
        Mistake(
            int(row),
            _label(evidence.names[label], truth[row, label]),
            _label(evidence.names[label], given[row, label]),
            float(abs(evidence.predictions[row, label] - 0.5) + 0.5),
        )
        for row, label in np.argwhere(truth != given)
    ]


def _label(name: str, holds: bool) -> str:
    return name if holds else f"not {name}"
