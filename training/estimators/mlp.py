"""Layers of units as a scikit-learn estimator: what its two kinds share. Knows no task and no score."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from models.signature import Task
from training.data import Dataset, Split
from training.errors import InvalidNetwork
from training.estimators.randomness import randomness_of_others
from training.estimators.rows import LOOKED_AT, at, dataset_of, in_two, of_mean_one, weights_of
from training.estimators.settings import config_of, words_of
from training.fit import History, train
from training.network import answers, assemble, build


@dataclass(eq=False, repr=False)  # two estimators are never the same one, and scikit-learn shows them
class KerasMLP(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn is untyped
    """Its parameters, which are Config's but for the first two and the last two."""

    n_hidden: int = 1  # hidden layers; 0 is a linear model
    n_neurons: int = 30  # units of each
    hidden: Sequence[int] | None = None  # units of each hidden layer, where they differ; then the two above do nothing
    activation: str = "relu"
    normalization: str = "none"
    dropout: float = 0.0
    optimizer: str = "adam"
    learning_rate: float = 3e-3
    schedule: str = "constant"
    warmup: int = 0
    batch_size: int = 32
    epochs: int = 100
    patience: int = 10
    weight_decay: float = 0.0
    clip_norm: float = 0.0
    ema: float = 0.0
    validation_fraction: float = 0.1  # of the rows: held out where `fit` gets no validation_data and it is looked at
    random_state: int | np.random.RandomState | None = 42  # Config's seed, or where it comes from

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        validation_data: Sequence[Any] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        **unknown: Any,
    ) -> Self:
        """Train anew on X (rows, columns) and y. What is given here goes before the parameters of the same name.

        `validation_data` is (X, y) or (X, y, sample_weight). Each training gets copies of the callbacks, Keras's.
        Raises ValueError or TypeError, and Diverged where the loss is no number any more.
        """
        _refuse(unknown)
        self.words_ = words_of(self.get_params(deep=False), epochs=epochs, batch_size=batch_size, seed=self._seed())
        self.config_ = config_of(self.words_)
        task, names, rows = self._rows(X, y, sample_weight)
        is_looked_at = validation_data is not None or self.config_.patience > 0 or bool(callbacks)
        if validation_data is not None:
            validation = self._further(*validation_data)
        elif is_looked_at:
            rows, validation = in_two(rows, task, self.validation_fraction, self.config_.seed)
        else:  # training rows, as `train` wants some
            validation = at(rows, slice(LOOKED_AT))
        told = self._train(dataset_of(rows, validation, names, self._features()), task, callbacks or ())
        self.history_ = {name: told[name] for name in told if is_looked_at or not name.startswith("val_")}
        return self

    @property
    def model(self) -> keras.Model:
        """What was trained, with scaling inside: it takes rows and gives values, or probabilities."""
        check_is_fitted(self)
        return self.model_

    @abstractmethod
    def _remember(self, y: np.ndarray) -> tuple[Task, tuple[str, ...]]:
        """The task that such targets set, and the names of the outputs; and remember what is to be known of them."""

    @abstractmethod
    def _targets(self, y: np.ndarray) -> np.ndarray:
        """As a Split has them, by what is known of them."""

    def _weights(self, _y: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
        """Of the rows that are learnt from, (rows,), where each has the one that it was given."""
        return weights

    def _rows(self, X: Any, y: Any, sample_weight: Any) -> tuple[Task, tuple[str, ...], Split]:
        """The rows to be learnt from: those without weight are not."""
        X, y = validate_data(self, X, y, dtype=np.float32, multi_output=True)
        weights = weights_of(sample_weight, X)
        if weights is not None:
            X, y, weights = X[weights > 0], y[weights > 0], weights[weights > 0]
        task, names = self._remember(y)
        return task, names, Split(X, self._targets(y), of_mean_one(self._weights(y, weights)))

    def _further(self, X: Any, y: Any, sample_weight: Any = None) -> Split:
        X, y = validate_data(self, X, y, dtype=np.float32, multi_output=True, reset=False)
        return Split(X, self._targets(y), of_mean_one(weights_of(sample_weight, X)))

    def _train(self, dataset: Dataset, task: Task, callbacks: Sequence[keras.callbacks.Callback]) -> History:
        # A callback keeps the network that it was told of last: copies leave the caller's fit to be pickled.
        copies = [copy.copy(callback) for callback in keras.tree.flatten(callbacks)]
        with randomness_of_others():
            try:
                trained = train(build(dataset, task, self.config_), dataset, task, self.config_, copies)
            except InvalidNetwork as error:
                raise ValueError(str(error)) from error
        self.model_ = assemble([trained.network], dataset, task, self.config_)
        self.notes_, self.n_iter_ = trained.notes, len(trained.history["loss"])
        return trained.history

    def _outputs(self, X: Any) -> np.ndarray:
        """What the model gives, (rows, units)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        return answers(self.model_, X)

    def _features(self) -> tuple[str, ...]:
        names = getattr(self, "feature_names_in_", [f"x{number}" for number in range(self.n_features_in_)])
        return tuple(map(str, names))

    def _seed(self) -> int:
        given = self.random_state
        return int(given) if isinstance(given, int | np.integer) else check_random_state(given).randint(2**31)


def _refuse(unknown: Mapping[str, Any]) -> None:
    if unknown:
        raise TypeError(
            f"fit relays no {', '.join(map(repr, sorted(unknown)))}. It relays batch_size, callbacks, epochs and "
            "validation_data; all else is a parameter of the estimator."
        )
