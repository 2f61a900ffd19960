"""Layers of units as a scikit-learn regressor, of one target or several. Knows no class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import mean_squared_error

from models.signature import Task
from training.estimators.mlp import KerasMLP


@dataclass(eq=False, repr=False)
class KerasMLPRegressor(RegressorMixin, KerasMLP):  # type: ignore[misc]  # scikit-learn is untyped
    """Fitted, it has `model_`, `history_`, `config_`, `words_`, `notes_`, `n_iter_` and `n_features_in_`."""

    loss: str = "mse"
    output: str = "linear"
    output_scaling: str = "standard"

    def predict(self, X: Any) -> np.ndarray:
        """Values in the unit of the targets, float32 (rows,), or (rows, targets) where `fit` got such."""
        values = self._outputs(X)
        return values.reshape(len(values), *self._row_shape)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The negative mean squared error, over all targets: what is greater is better."""
        return -float(mean_squared_error(y, self.predict(X), sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _remember(self, y: np.ndarray) -> tuple[Task, tuple[str, ...]]:
        self._row_shape = y.shape[1:]
        return Task.REGRESSION, tuple(f"y{number}" for number in range(y.reshape(len(y), -1).shape[1]))

    def _targets(self, y: np.ndarray) -> np.ndarray:
        if y.shape[1:] != self._row_shape:
            raise ValueError(f"y has rows of shape {y.shape[1:]}, and those of fit are {self._row_shape}.")
        return y.reshape(len(y), -1).astype(np.float32)
