"""What a network is trained to give: targets in units that suit its output layer. Knows no layer and no loss."""

from dataclasses import dataclass

import numpy as np

from models.signature import Task
from training.config import Config
from training.data import Dataset
from training.errors import InvalidNetwork


@dataclass(frozen=True)
class Scaling:
    """From what the network gives to the unit of the targets: times `scale`, plus `offset`, each (targets,)."""

    scale: np.ndarray
    offset: np.ndarray

    @property
    def changes_nothing(self) -> bool:
        """Whether the network gives the targets themselves."""
        return bool((self.scale == 1).all() and (self.offset == 0).all())


def scaling(dataset: Dataset, task: Task, config: Config) -> Scaling:
    """How a regression's outputs are scaled. Raises InvalidNetwork for an output that cannot reach the targets."""
    ones, zeros = np.ones(len(dataset.output_names)), np.zeros(len(dataset.output_names))
    if task is not Task.REGRESSION or config.output_scaling == "none":
        return Scaling(ones, zeros)
    targets = dataset.train.targets.astype(np.float64)  # (rows, targets)
    low, high = targets.min(axis=0), targets.max(axis=0)
    if config.output_scaling == "range":
        return _to_range(low, high, config.output)
    spread = np.where(targets.std(axis=0) > 0, targets.std(axis=0), 1.0)
    if config.output in ("relu", "softplus"):
        return Scaling(spread, zeros)  # nothing is taken away: what is positive stays so
    return Scaling(spread, targets.mean(axis=0))


def encoded(targets: np.ndarray, dataset: Dataset, task: Task, config: Config) -> np.ndarray:
    """Targets as a Split has them, as the loss compares them with what the network gives.

    float32 (rows, units); class numbers (rows,) where no label is smoothed, which takes the least room.
    """
    if task is Task.REGRESSION:
        its = scaling(dataset, task, config)
        scaled: np.ndarray = ((targets - its.offset) / its.scale).astype(np.float32)
        return scaled
    if task is Task.MULTICLASS and config.label_smoothing:
        shares: np.ndarray = np.eye(len(dataset.output_names), dtype=np.float32)[targets]
        return shares
    return targets if task is Task.MULTICLASS else targets.astype(np.float32)


def first_biases(dataset: Dataset, task: Task, config: Config) -> np.ndarray:
    """With which biases the output units start, (units,): 0, but where that could leave a unit without a slope.

    A positive output starts with the mean of its targets: a ReLU that starts below 0 for all rows never learns.
    """
    if task is not Task.REGRESSION or config.output not in ("relu", "softplus"):
        return np.zeros(1)
    means = np.maximum(encoded(dataset.train.targets, dataset, task, config).mean(axis=0, dtype=np.float64), 1e-3)
    return np.asarray(means if config.output == "relu" else means + np.log(-np.expm1(-means)))


def smoothed(shares: np.ndarray, task: Task, config: Config) -> np.ndarray:
    """Encoded targets of which a share is spread evenly: over all classes, or over yes and no of each label.

    C. Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016, section 7.
    """
    if task is Task.REGRESSION or not config.label_smoothing:
        return shares
    others = shares.shape[1] if task is Task.MULTICLASS else 2
    return (shares * (1 - config.label_smoothing) + config.label_smoothing / others).astype(np.float32)


def _to_range(low: np.ndarray, high: np.ndarray, output: str) -> Scaling:
    width = np.where(high > low, high - low, 1.0)
    if output == "sigmoid":
        return Scaling(width, low)
    if output == "tanh":
        return Scaling(width / 2, (low + high) / 2)
    raise InvalidNetwork(f"output_scaling=range takes an output between two bounds, sigmoid or tanh, and not {output}.")
