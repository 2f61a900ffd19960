"""Columns of numbers as where they lie among the values that the targets tell apart, then dense layers.

Piecewise linear encoding with bins of a decision tree: Y. Gorishniy, I. Rubachev and A. Babenko, On Embeddings for
Numerical Features in Tabular Deep Learning, 2022, section 3.2.
"""

import keras
import numpy as np
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from models.signature import Task
from training.architectures import dense
from training.architectures.frozen import frozen
from training.config import Config
from training.data import Dataset
from training.errors import InvalidNetwork

LEAST_ROWS = 80  # of the training rows in a bin
_FAR = 1e6  # the start of a bin that no value reaches
_NEIGHBOURS = 3  # whose distance decides how wide a place is
_OF_NEIGHBOURS = 0.7  # times their mean distance


def body(
    tensor: keras.KerasTensor, rows: np.ndarray, dataset: Dataset, task: Task, config: Config
) -> keras.KerasTensor:
    """Prepared columns (rows, columns) -> as dense.body; `rows` are the training rows, prepared in the same way."""
    near = _nearness(tensor, rows, _coordinates(dataset, "places"), config.places) if config.places else None
    if config.directions:
        kernel = _directions(dataset, config.directions)
        tensor, rows = _with_directions(tensor, kernel), np.concatenate([rows, rows @ kernel], axis=1)
    starts, widths = _bins(rows, dataset.train.targets, task, config.bins)
    bins, columns = starts.shape
    # (rows, bins, columns): 0 before a bin, 1 behind it, and in it the share that lies behind the value. The start is
    # taken away before anything is multiplied, so that float32 loses nothing of values close to it.
    tensor = keras.layers.RepeatVector(bins)(tensor)
    tensor = keras.layers.Normalization(axis=(1, 2), mean=starts, variance=widths**2, name="bins")(tensor)
    tensor = keras.layers.ReLU(max_value=1.0)(tensor)
    embed = keras.layers.EinsumDense(
        "rbc,bce->rce",
        output_shape=(columns, config.embedding),
        bias_axes="ce",
        activation="relu",
        kernel_initializer=keras.initializers.RandomUniform(-(bins**-0.5), bins**-0.5),
        name="embeddings",
    )
    told = keras.layers.Flatten()(embed(tensor))
    return dense.body(told if near is None else keras.layers.Concatenate()([told, near]), config)


def _coordinates(dataset: Dataset, setting: str) -> tuple[int, int]:
    if dataset.coordinates is None:
        raise InvalidNetwork(f"{setting} are of rows that hold the two coordinates of a place, which these do not.")
    return dataset.coordinates


def _directions(dataset: Dataset, count: int) -> np.ndarray:
    """(columns, count): how far a place lies in each of so many directions between its two coordinates.

    What changes across a slanting line, such as a coast, no bin of one coordinate can tell.
    """
    angles = np.pi * np.arange(1, count + 1) / (count + 1)
    kernel = np.zeros((dataset.shape[0], count), np.float32)
    for column, shares in zip(_coordinates(dataset, "directions"), (np.cos(angles), np.sin(angles)), strict=True):
        kernel[column] = shares
    return kernel


def _with_directions(tensor: keras.KerasTensor, kernel: np.ndarray) -> keras.KerasTensor:
    along = frozen(keras.layers.Dense(kernel.shape[1], use_bias=False, name="directions"), tensor, kernel)
    return keras.layers.Concatenate()([tensor, along])


def _nearness(
    tensor: keras.KerasTensor, rows: np.ndarray, coordinates: tuple[int, int], count: int
) -> keras.KerasTensor:
    """(rows, columns) -> (rows, count): how near each of so many places is, exp(-distance² / (2 * width²)).

    The places are the centres of as many clusters of the training rows, each as wide as its neighbours are far: so a
    network learns of each neighbourhood what no coordinate by itself tells.
    """
    if count > len(rows):
        raise InvalidNetwork(f"{count} places are more than the {len(rows)} training rows. Take fewer.")
    clusters = KMeans(count, n_init=1, random_state=0).fit(rows[:, coordinates])
    centres = clusters.cluster_centers_  # (count, 2)
    distances = np.sort(np.linalg.norm(centres[:, None] - centres[None], axis=2), axis=1)
    widths = _OF_NEIGHBOURS * distances[:, 1 : 1 + _NEIGHBOURS].mean(axis=1, keepdims=True)  # (count, 1)
    place = frozen(keras.layers.Dense(2, use_bias=False, name="place"), tensor, np.eye(rows.shape[1])[:, coordinates])
    away = keras.layers.Normalization(
        axis=(1, 2), mean=centres, variance=np.repeat(widths**2, 2, axis=1), name="places"
    )(keras.layers.RepeatVector(count)(place))
    near = keras.layers.Dense(1, use_bias=False, activation="exponential", name="nearness")
    return keras.layers.Flatten()(frozen(near, keras.layers.Multiply()([away, away]), np.full((2, 1), -0.5)))


def _bins(rows: np.ndarray, targets: np.ndarray, task: Task, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each bin of each column starts, and how wide it is: (bins, columns) each."""
    edges = [_edges(column, targets, task, most) for column in rows.T]
    bins = max(len(each) for each in edges) - 1
    starts, widths = np.full((bins, len(edges)), _FAR, np.float32), np.ones((bins, len(edges)), np.float32)
    for column, each in enumerate(edges):
        starts[: len(each) - 1, column], widths[: len(each) - 1, column] = each[:-1], np.diff(each)
    return starts, widths


def _edges(column: np.ndarray, targets: np.ndarray, task: Task, most: int) -> np.ndarray:
    """The least value, where a tree of this column alone would split it, and the largest; at least one bin."""
    kind = DecisionTreeRegressor if task is Task.REGRESSION else DecisionTreeClassifier
    tree = kind(max_leaf_nodes=most, min_samples_leaf=min(LEAST_ROWS, max(1, len(column) // 4)), random_state=0)
    fitted = tree.fit(column.reshape(-1, 1), targets).tree_
    splits = fitted.threshold[fitted.feature >= 0]
    edges = np.unique(np.concatenate([[column.min()], splits, [column.max()]]).astype(np.float32))
    return edges if len(edges) > 1 else np.array([edges[0], edges[0] + 1], np.float32)
