"""Fashion-MNIST in two parts: sandals and shirts, of which few images are given, and the eight other classes.

Knows no network.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from training.data import Dataset, Split
from training.sources import fashion_mnist

SANDAL, SHIRT = fashion_mnist.CLASSES.index("Sandal"), fashion_mnist.CLASSES.index("Shirt")
FEW = 200  # training images of the two classes


def sandal_or_shirt(data_dir: Path | None) -> Dataset:
    """The first 200 sandals and shirts to train on; all of both to validate and test. Raises DataUnavailable."""
    two = fashion_mnist.load(data_dir).with_each(
        _two, name="Fashion-MNIST, sandals and shirts", output_names=("Sandal", "Shirt")
    )
    return replace(two, train=Split(two.train.inputs[:FEW], two.train.targets[:FEW]))


def other_eight(data_dir: Path | None) -> Dataset:
    """All images but those of sandals and shirts. Raises DataUnavailable."""
    names = tuple(name for name in fashion_mnist.CLASSES if name not in ("Sandal", "Shirt"))
    return fashion_mnist.load(data_dir).with_each(
        _eight, name="Fashion-MNIST, the eight other classes", output_names=names
    )


def _two(split: Split) -> Split:
    chosen = np.isin(split.targets, (SANDAL, SHIRT))
    return Split(split.inputs[chosen], (split.targets[chosen] == SHIRT).astype(np.float32).reshape(-1, 1))


def _eight(split: Split) -> Split:
    chosen = ~np.isin(split.targets, (SANDAL, SHIRT))
    numbers = np.cumsum(~np.isin(np.arange(len(fashion_mnist.CLASSES)), (SANDAL, SHIRT))) - 1  # old number -> new
    return Split(split.inputs[chosen], numbers[split.targets[chosen]].astype(np.int32))
