"""Iris, which scikit-learn carries: 150 flowers of three species, as three questions. Knows no network."""

from pathlib import Path
from typing import Any

import numpy as np

from training.data import Dataset, Split
from training.sources.embedded import three

SOURCE = "Iris by R. Fisher (1936; UCI, CC BY 4.0), 150 flowers of three species, in scikit-learn."
PETALS = (2, 3)  # the columns of their length and width


def species(_: Path | None) -> Dataset:
    """Four measurements of a flower, and which species it is."""
    bunch = _iris()
    rows, species = _measurements(tuple(range(4))), bunch.target.astype(np.int32)
    return _dataset("iris", (0, 1, 2, 3), tuple(map(str, bunch.target_names)), three(rows, species, bunch.target))


def setosa(_: Path | None) -> Dataset:
    """Length and width of a petal, and whether the flower is a setosa."""
    species = _iris().target
    splits = three(_measurements(PETALS), (species == 0).astype(np.float32).reshape(-1, 1), species)
    return _dataset("iris petals, setosa or not", PETALS, ("another species", "setosa"), splits)


def species_each(_: Path | None) -> Dataset:
    """Length and width of a petal, and for each species whether the flower is one: three labels."""
    bunch = _iris()
    splits = three(_measurements(PETALS), np.eye(3, dtype=np.float32)[bunch.target], bunch.target)
    return _dataset("iris petals, a label per species", PETALS, tuple(map(str, bunch.target_names)), splits)


def _iris() -> Any:
    from sklearn.datasets import load_iris

    return load_iris()


def _measurements(columns: tuple[int, ...]) -> np.ndarray:
    measurements: np.ndarray = _iris().data[:, columns]
    return measurements


def _dataset(
    name: str, columns: tuple[int, ...], output_names: tuple[str, ...], splits: tuple[Split, Split, Split]
) -> Dataset:
    train, validation, test = splits
    names = _iris().feature_names
    return Dataset(
        name=name,
        source=SOURCE,
        input_name="features",
        output_names=output_names,
        train=train,
        validation=validation,
        test=test,
        feature_names=tuple(names[column] for column in columns),
    )
