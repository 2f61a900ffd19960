"""Layers of units as a scikit-learn classifier, of two classes, of several, or of labels. Knows no score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from models.signature import Task
from training.estimators.mlp import KerasMLP


@dataclass(eq=False, repr=False)
class KerasMLPClassifier(ClassifierMixin, KerasMLP):  # type: ignore[misc]  # scikit-learn is untyped
    """Fitted, it has `classes_`, `model_`, `history_`, `config_`, `words_`, `notes_`, `n_iter_` and `n_features_in_`.

    Of targets (rows,) each holds a class; of 0 and 1 (rows, labels) each row any number of labels.
    """

    label_smoothing: float = 0.0
    class_weight: Mapping[Any, float] | str | None = None  # balanced, or weights by class, which no recipe takes

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row, (rows,); or 0 and 1, (rows, labels)."""
        outputs = self._outputs(X)
        if self._task is Task.MULTILABEL:
            return (outputs >= 0.5).astype(np.int64)
        places = outputs.argmax(axis=1) if self._task is Task.MULTICLASS else (outputs[:, 0] >= 0.5).astype(np.int64)
        its_classes: np.ndarray = self.classes_[places]
        return its_classes

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class, in the order of `classes_`, or of each label: float32 (rows, classes)."""
        outputs = self._outputs(X)
        return np.hstack([1 - outputs, outputs]) if self._task is Task.BINARY else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _remember(self, y: np.ndarray) -> tuple[Task, tuple[str, ...]]:
        check_classification_targets(y)
        if type_of_target(y) == "multilabel-indicator":
            self._task, self.classes_ = Task.MULTILABEL, np.arange(y.shape[1])
        else:
            self.classes_ = np.unique(column_or_1d(y, warn=True))
            self._task = Task.BINARY if len(self.classes_) == 2 else Task.MULTICLASS
        if len(self.classes_) < 2 and self._task is not Task.MULTILABEL:
            raise ValueError(f"y holds one class only, {self.classes_[0]!r}. A classifier needs two at least.")
        return self._task, tuple(map(str, self.classes_))

    def _targets(self, y: np.ndarray) -> np.ndarray:
        if self._task is Task.MULTILABEL:
            return y.astype(np.float32)
        y = column_or_1d(y)
        if unknown := set(y.tolist()) - set(self.classes_.tolist()):
            raise ValueError(f"y holds {', '.join(map(repr, sorted(unknown)))}, which fit has not seen.")
        places = np.searchsorted(self.classes_, y)
        return places.astype(np.int32) if self._task is Task.MULTICLASS else places.astype(np.float32).reshape(-1, 1)

    def _weights(self, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
        if not isinstance(self.class_weight, Mapping):
            return weights
        of_class: np.ndarray = compute_sample_weight(dict(self.class_weight), y)
        return of_class if weights is None else of_class * weights
