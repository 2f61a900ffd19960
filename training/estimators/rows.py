"""Rows that are validated, as splits of a Dataset. Knows no estimator and no network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_scalar
from sklearn.utils.validation import _check_sample_weight  # without a public way to it, as in estimators elsewhere

from models.signature import Task
from training.data import Dataset, Split
from training.splits import hold_out

LOOKED_AT = 1024  # rows, where a training needs rows to validate on and nobody looks at what comes out


def weights_of(sample_weight: Any, inputs: np.ndarray) -> np.ndarray | None:
    """(rows,) float32, or None. Raises ValueError for weights that are negative, all zero, or of another number."""
    if sample_weight is None:
        return None
    weights: np.ndarray = _check_sample_weight(sample_weight, inputs, dtype=np.float32, ensure_non_negative=True)
    return weights


def of_mean_one(weights: np.ndarray | None) -> np.ndarray | None:
    """The weights at a size that leaves the optimizer's steps as long as they are without weights."""
    return None if weights is None else (weights / weights.mean()).astype(np.float32)


def in_two(rows: Split, task: Task, share: float, seed: int) -> tuple[Split, Split]:
    """What is trained on, and the share that is held out, of each class. Raises ValueError where nothing is left."""
    check_scalar(share, "validation_fraction", (int, float), min_val=0, max_val=1, include_boundaries="neither")
    classes: np.ndarray = np.zeros(rows.rows)
    if task is not Task.REGRESSION:
        classes = np.unique(rows.targets, axis=0, return_inverse=True)[1].ravel()
    kept, held_out = hold_out(classes, share, np.random.default_rng(seed))
    if not (len(kept) and len(held_out)):
        raise ValueError(
            f"Of n_samples={rows.rows} none can be held out for validation. Give validation_data, or patience=0."
        )
    return at(rows, kept), at(rows, held_out)


def at(rows: Split, places: Any) -> Split:
    """Some of the rows."""
    return Split(rows.inputs[places], rows.targets[places], None if rows.weights is None else rows.weights[places])


def dataset_of(train: Split, validation: Split, outputs: Sequence[str], features: Sequence[str]) -> Dataset:
    """For network.build and fit.train, which look at no test rows."""
    return Dataset(
        name="rows of the caller's",
        source="An estimator was fitted to them.",
        input_name="features",
        output_names=tuple(outputs),
        train=train,
        validation=validation,
        test=at(validation, slice(0)),
        feature_names=tuple(features),
    )
