"""A data set that is split and ready to train on. Knows neither where it came from nor what will be trained."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Split:
    """Rows and what they should give."""

    inputs: np.ndarray  # (rows, *shape of a row), float32, in the units in which a caller will send them; NaN: missing
    targets: np.ndarray  # (rows,) int32 class numbers, or (rows, outputs) float32
    weights: np.ndarray | None = None  # (rows,) how much each counts in training; None where all count alike

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.inputs)


@dataclass(frozen=True)
class Dataset:
    """Three splits of real rows, with the names of what is in them."""

    name: str
    source: str  # a sentence: who made the data, and under what terms
    input_name: str  # "image" or "features"
    output_names: tuple[str, ...]  # of the classes, the labels or the targets, in the order of the targets
    train: Split
    validation: Split
    test: Split
    feature_names: tuple[str, ...] | None = None  # one per column, None for images
    largest_pixel: float | None = None  # images hold 0 to this; None where each column has a unit of its own
    target_unit: str = ""  # of a regression target
    coordinates: tuple[int, int] | None = None  # the columns that together are a place
    # Per column the words that stand for 0, 1, ... in it, or None where it holds numbers; None where all do.
    categories: tuple[tuple[str, ...] | None, ...] | None = None
    optional: bool = False  # whether values are missing
    long_tails: tuple[int, ...] = ()  # columns with a few values so far out that their logarithm tells more

    @property
    def splits(self) -> dict[str, Split]:
        """The splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def with_each(self, change: Callable[[Split], Split], **changes: Any) -> "Dataset":
        """The same with each split changed, and with other `changes`."""
        splits = {name: change(split) for name, split in self.splits.items()}
        return replace(self, **(changes | splits))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.train.inputs.shape[1:]

    @property
    def is_plain(self) -> bool:
        """Whether rows are numbers that need no more than to be scaled."""
        return self.categories is None and not self.optional and not self.long_tails

    @property
    def number_columns(self) -> tuple[int, ...]:
        """The places of the columns that hold numbers, not words."""
        categories = self.categories or (None,) * self.shape[0]
        return tuple(place for place, words in enumerate(categories) if words is None)

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Smallest and largest training value: of each column, or one pair for all pixels of an image.

        Each column has at least one value in the training rows.
        """
        if self.feature_names is None:
            return ((float(self.train.inputs.min()), float(self.train.inputs.max())),)
        lows, highs = np.nanmin(self.train.inputs, axis=0), np.nanmax(self.train.inputs, axis=0)
        return tuple(zip(lows.tolist(), highs.tolist(), strict=True))

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of all arrays: it changes with any number, any shape and the order of the rows."""
        digest = hashlib.sha256()
        for array in self._arrays():
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def _arrays(self) -> Iterator[np.ndarray]:
        for split in self.splits.values():
            yield from (split.inputs, split.targets)
            if split.weights is not None:
                yield split.weights
