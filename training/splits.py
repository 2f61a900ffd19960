"""Rows drawn into three parts, each with something of every class. Knows no data."""

import numpy as np

FEWEST_OF_A_CLASS = 3  # one row for each part


def three_parts(
    classes: np.ndarray, validation: float, test: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the training, validation and test rows, in an order drawn by lot.

    `classes` holds the class of each row, all the same where there are none; each needs FEWEST_OF_A_CLASS rows.
    `validation` and `test` are shares of all rows, each at most 0.4.
    """
    generator = np.random.default_rng(seed)
    rest, test_rows = hold_out(classes, test, generator)
    train, validation_rows = hold_out(classes[rest], validation / (1 - test), generator)
    return rest[train], rest[validation_rows], test_rows


def hold_out(classes: np.ndarray, share: float, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices of what stays, and of the share that is held out of each class: at least one row, and never all."""
    kept, held_out = [], []
    for one in np.unique(classes):
        rows = generator.permutation(np.flatnonzero(classes == one))
        count = int(np.clip(round(share * len(rows)), 1, len(rows) - 1))
        held_out.append(rows[:count])
        kept.append(rows[count:])
    return generator.permutation(np.concatenate(kept)), generator.permutation(np.concatenate(held_out))
