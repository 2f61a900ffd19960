"""Truth tables: what propositions about A and B say of each of the four cases. Knows no network."""

from pathlib import Path

import numpy as np

from training.data import Dataset, Split

CASES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)  # A and B


def five(_: Path | None) -> Dataset:
    """Five propositions, a label each, any of which may be true."""
    a, b = CASES.astype(bool).T
    truths = {"A": a, "A and B": a & b, "A or B": a | b, "A and not B": a & ~b, "not A": ~a}
    return _dataset("truth tables", tuple(truths), np.stack(list(truths.values()), axis=1), ("A", "B"))


def exclusive_or(_: Path | None) -> Dataset:
    """Whether exactly one of two is true: no line separates the cases in which it is from the others."""
    a, b = CASES.astype(bool).T
    return _dataset("exclusive or", ("both or neither", "either"), (a ^ b).reshape(-1, 1), ("x1", "x2"))


def _dataset(name: str, output_names: tuple[str, ...], truths: np.ndarray, feature_names: tuple[str, ...]) -> Dataset:
    """There are no other cases, so each split holds all of them."""
    cases = Split(CASES, truths.astype(np.float32))
    return Dataset(
        name=name,
        source="Computed: all four cases of two propositions. Train, validation and test rows are the same.",
        input_name="features",
        output_names=output_names,
        train=cases,
        validation=cases,
        test=cases,
        feature_names=feature_names,
    )
