"""A model's answers as people read them, and as a table that programs read. Knows no model."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.signature import Signature, Task


@dataclass(frozen=True)
class Predictions:
    """Answers of one model, (rows, units)."""

    signature: Signature
    answers: np.ndarray

    def in_short(self) -> tuple[list[str], list[list[str]]]:
        """A header, and the words of each row: its class and how sure that is, its labels, or its values."""
        if self.signature.task is Task.REGRESSION:
            return list(self._names), [[f"{value:.6g}" for value in row] for row in self.answers]
        if self.signature.task is Task.MULTILABEL:
            return ["labels"], [[self._labels(row)] for row in self.answers]
        best, rows = self._classes(), self._all()
        if self.signature.is_hard:
            return ["class"], [[self._names[index]] for index in best]
        sure = [f"{row[index]:.4f}" for row, index in zip(rows, best, strict=True)]
        return ["class", "probability"], [[self._names[index], word] for index, word in zip(best, sure, strict=True)]

    def write(self, path: Path) -> None:
        """Write a CSV file with a column per class, label or target and, for classes, the class before them."""
        classes = self.signature.task in (Task.BINARY, Task.MULTICLASS)
        first = [[self._names[index]] for index in self._classes()] if classes else [[] for _ in self.answers]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*(["class"] if classes else []), *self._names])
            # The shortest digits that give the float32 again.
            writer.writerows([*word, *map(str, row)] for word, row in zip(first, self._all(), strict=True))

    @property
    def _names(self) -> Sequence[str]:
        return self.signature.outputs[0].names

    def _all(self) -> np.ndarray:
        """A column per name, also where the unit of a binary model says the second of its two."""
        if self.signature.task is Task.BINARY:
            return np.concatenate([1 - self.answers, self.answers], axis=1)
        return self.answers

    def _classes(self) -> list[int]:
        columns = self._all()
        if self.signature.task is Task.BINARY:
            return [int(probability >= 0.5) for probability in columns[:, 1]]
        return [int(index) for index in columns.argmax(axis=1)]

    def _labels(self, row: np.ndarray) -> str:
        given = [
            name if self.signature.is_hard else f"{name} {value:.4f}"
            for name, value in zip(self._names, row, strict=True)
            if value >= 0.5
        ]
        return ", ".join(given) or "none"
