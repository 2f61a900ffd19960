"""Where the ink of real images lies, computed from their pixels: its centre, the box around it. Knows no network."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from training.data import Dataset, Split
from training.sources import embedded, fashion_mnist

Targets = Callable[[np.ndarray, float], np.ndarray]  # from images and their largest pixel

INKED = 0.2  # of the largest pixel: what is fainter is no part of a piece of clothing


def digit_centres(data_dir: Path | None) -> Dataset:
    """Images of digits, and the centre of gravity of their ink, across and down, in pixels from the top left one."""
    return _with_targets(
        embedded.digits(data_dir),
        centres,
        name="digits, ink centres",
        output_names=("x", "y"),
        target_unit="pixels from the middle of the top left one, across and down",
    )


def fashion_boxes(data_dir: Path | None) -> Dataset:
    """Images of clothes, and the smallest box around the piece, in shares of the image. Raises DataUnavailable."""
    return _with_targets(
        fashion_mnist.load(data_dir),
        boxes,
        name="Fashion-MNIST, boxes",
        output_names=("left", "top", "width", "height"),
        target_unit="shares of the image's side",
    )


def centres(images: np.ndarray, _largest_pixel: float) -> np.ndarray:
    """Images (rows, height, width) -> (rows, 2): x and y."""
    ink = images.sum(axis=(1, 2))
    x = images.sum(axis=1) @ np.arange(images.shape[2]) / ink
    y = images.sum(axis=2) @ np.arange(images.shape[1]) / ink
    return np.stack([x, y], axis=1)


def boxes(images: np.ndarray, largest_pixel: float) -> np.ndarray:
    """Images (rows, height, width) -> (rows, 4): left, top, width and height, from 0 to 1."""
    inked = images >= INKED * largest_pixel
    left, width = _extent(np.any(inked, axis=1))
    top, height = _extent(np.any(inked, axis=2))
    return np.stack([left, top, width, height], axis=1)


def _extent(inked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the ink starts along an axis, (rows, pixels) of bool, and how long it is there, as shares of the axis."""
    pixels = inked.shape[1]
    start, rest = inked.argmax(axis=1), inked[:, ::-1].argmax(axis=1)
    return start / pixels, (pixels - rest - start) / pixels


def _with_targets(dataset: Dataset, of_images: Targets, **changes: Any) -> Dataset:
    def changed(split: Split) -> Split:
        return replace(split, targets=of_images(split.inputs, dataset.largest_pixel or 1.0).astype(np.float32))

    source = f"{dataset.source} The targets are computed from the pixels."
    return dataset.with_each(changed, source=source, **changes)
