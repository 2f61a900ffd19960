"""Boxes in images, (rows, 4) as left, top, width and height. Knows not what they surround."""

import numpy as np


def iou(targets: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Intersection over union of each box with its prediction, (rows,): 1 where they are the same, 0 where apart."""
    targets, predictions = targets.astype(np.float64), predictions.astype(np.float64)
    starts = np.maximum(targets[:, :2], predictions[:, :2])
    ends = np.minimum(targets[:, :2] + targets[:, 2:], predictions[:, :2] + predictions[:, 2:])
    shared = np.maximum(ends - starts, 0).prod(axis=1)
    both = targets[:, 2:].prod(axis=1) + np.maximum(predictions[:, 2:], 0).prod(axis=1) - shared
    return np.asarray(np.divide(shared, both, out=np.zeros_like(shared), where=both > 0))
