"""Layers of threshold units in NumPy: a unit gives 1 where its weighted sum is at least 0, else 0. Knows no Keras.

W. McCulloch and W. Pitts, A Logical Calculus of the Ideas Immanent in Nervous Activity, 1943.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Layer:
    """Units that all see the same inputs."""

    kernel: Sequence[Sequence[float]] | np.ndarray  # (inputs, units)
    bias: Sequence[float] | np.ndarray  # (units,): less the sum that a unit needs to fire

    def decisions(self, rows: np.ndarray) -> np.ndarray:
        """(rows, inputs) -> (rows, units) of 0 and 1."""
        sums = rows @ np.asarray(self.kernel) + np.asarray(self.bias)
        return np.asarray(sums >= 0, np.float32)
