"""All that a report is drawn from: what the manifest says, the data, and the answers. Knows no picture and no HTML."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.manifest import Manifest
from models.signature import Signature, Task
from training.data import Dataset
from training.fit import Run
from training.record import Found
from training.uncertainty import class_probabilities


@dataclass(frozen=True)
class Evidence:
    """A version that is about to be published."""

    manifest: Manifest
    dataset: Dataset
    run: Run
    earlier: int  # versions of the same model in the store that were scored on the same data
    found: Found | None = None  # the search that chose its config

    @property
    def name(self) -> str:
        """Of the model."""
        return str(self.manifest.training["recipe"])

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        return self.manifest.signature

    @property
    def task(self) -> Task:
        """What the model is for."""
        return self.signature.task

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes, the labels or the targets."""
        return self.signature.outputs[0].names

    @property
    def targets(self) -> np.ndarray:
        """Of the test rows, as in a Split."""
        return self.dataset.test.targets

    @property
    def predictions(self) -> np.ndarray:
        """For the test rows, (rows, units)."""
        return self.run.predictions["test"]

    @cached_property
    def truth(self) -> np.ndarray:
        """The class of each test row, (rows,), of a binary or multiclass model."""
        return self.targets.ravel().astype(np.int64)

    @cached_property
    def chosen(self) -> np.ndarray:
        """The class that the model chose for each test row, (rows,)."""
        if self.task is Task.BINARY:
            return (self.predictions.ravel() >= 0.5).astype(np.int64)
        return np.asarray(self.predictions.argmax(axis=1))

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Of each class for each test row, (rows, classes)."""
        return class_probabilities(self.task, self.predictions)
