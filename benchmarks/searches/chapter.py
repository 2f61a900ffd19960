"""The chapter's search: scikit-learn's RandomizedSearchCV over an estimator, three folds. Knows no other searcher.

    python -m benchmarks.searches.chapter PROBLEM SEED FILE

It goes on until it is ended. Each network, of which a candidate has three, is asked for the validation rows too.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import RandomizedSearchCV

from benchmarks.searches.draws import distributions
from benchmarks.searches.points import tell
from benchmarks.searches.problem import PROBLEMS, Problem
from models.signature import Task
from training.config import Config
from training.data import Split
from training.estimators import KerasMLPClassifier, KerasMLPRegressor

CANDIDATES = 10_000  # more than any run has time for
FOLDS = 3


def main() -> None:
    """Search."""
    name, seed, file = sys.argv[1:]
    search(PROBLEMS[name], int(seed), Path(file))


def search(problem: Problem, seed: int, file: Path, candidates: int = CANDIDATES) -> None:
    """The cell of the chapter, on this problem."""
    recipe, config = problem.recipe_and_config()
    dataset = problem.dataset()
    rows, validation = _flat(dataset.train), _flat(dataset.validation)
    kind, error = (KerasMLPRegressor, _mse) if recipe.task is Task.REGRESSION else (KerasMLPClassifier, _log_loss)

    def scored(estimator: Any, inputs: np.ndarray, targets: np.ndarray) -> float:
        tell(file, error(estimator, *validation))
        return -error(estimator, inputs, targets)

    RandomizedSearchCV(
        kind(**_given(kind(), config), random_state=seed), list(distributions(problem.space())), n_iter=candidates,
        cv=FOLDS, scoring=scored, random_state=seed, refit=False,
    ).fit(*rows, validation_data=validation)  # fmt: skip


def _mse(estimator: Any, inputs: np.ndarray, targets: np.ndarray) -> float:
    return -float(estimator.score(inputs, targets))


def _log_loss(estimator: Any, inputs: np.ndarray, targets: np.ndarray) -> float:
    return float(log_loss(targets, estimator.predict_proba(inputs), labels=estimator.classes_))


def _given(estimator: Any, config: Config) -> dict[str, Any]:
    """What all trials share, as far as an estimator takes it."""
    known = estimator.get_params()
    return {key: value for key, value in asdict(config).items() if key in known and key != "hidden"}


def _flat(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Rows as scikit-learn takes them: numbers side by side, and one target for each."""
    return split.inputs.reshape(split.rows, -1), split.targets.ravel()


if __name__ == "__main__":
    main()
