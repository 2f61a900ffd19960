"""What probabilities a model has stated, and what came true of them. Knows no score and no picture."""

from dataclasses import dataclass

import numpy as np

from models.signature import Task

BINS = 15  # of equal width from 0 to 1, as in C. Guo et al., On Calibration of Modern Neural Networks, 2017


@dataclass(frozen=True)
class Statements:
    """Of each row one statement or several, each a probability and whether what was stated came true."""

    probabilities: np.ndarray  # (rows, statements of a row)
    came_true: np.ndarray  # the same shape, 0 or 1

    @property
    def bins(self) -> np.ndarray:
        """The number of the bin of each probability, 0 to BINS - 1; its upper bound belongs to a bin, its lower not."""
        return np.asarray(np.digitize(self.probabilities, np.linspace(0, 1, BINS + 1)[1:-1], right=True))


def statements(task: Task, targets: np.ndarray, probabilities: np.ndarray) -> Statements:
    """What a classifier has stated: of the class that it chose, one per row; multilabel: of every label."""
    if task is Task.MULTILABEL:
        return Statements(probabilities, targets.astype(np.float64))
    if task is Task.BINARY:
        chosen = probabilities >= 0.5  # (rows, 1)
        return Statements(np.where(chosen, probabilities, 1 - probabilities), (chosen == targets).astype(np.float64))
    right = probabilities.argmax(axis=1) == targets
    return Statements(probabilities.max(axis=1, keepdims=True), right.astype(np.float64)[:, None])
