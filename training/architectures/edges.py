"""Images as how steeply their brightness changes in each of some directions, cell by cell, then dense layers.

Near to histograms of oriented gradients: N. Dalal and B. Triggs, Histograms of Oriented Gradients for Human Detection,
2005. Each direction is told by its slope where that is positive, instead of by votes, so that all of it is dense layers
along one axis of the image each, whose weights are computed and stay. Where there are colours, cells tell them too.
"""

import keras
import numpy as np

from training.architectures import dense
from training.architectures.frozen import frozen
from training.config import Config
from training.errors import InvalidNetwork

_FLAT = 1e-4  # added before the root, whose slope at 0 has no end


def body(tensor: keras.KerasTensor, config: Config) -> keras.KerasTensor:
    """Images (rows, height, width) or (rows, height, width, colours) -> as dense.body."""
    height, width = _sides(tensor, config)
    seen = [_slopes(_brightness(tensor), config.orientations)]
    if len(tensor.shape) > 3:
        seen.append(tensor)  # what colour a cell is
    grids = [(min(cells, height), min(cells, width)) for cells in config.cells]
    told = [_root(_by_cells(each, grid)) for grid in grids for each in seen]
    tensor = keras.layers.Concatenate()(told) if len(told) > 1 else told[0]
    # Cells in the middle of images differ more than those in the corners; unlike them, all units should.
    return dense.body(keras.layers.BatchNormalization(center=False, scale=False)(tensor), config)


def _sides(tensor: keras.KerasTensor, config: Config) -> tuple[int, int]:
    shape = tuple(tensor.shape[1:])
    if len(shape) < 2:
        raise InvalidNetwork(f"Rows of shape {shape} have no edges: architecture=edges takes images.")
    if not config.cells:
        raise InvalidNetwork("architecture=edges without cells sees nothing. Say how many along a side: cells=7,14.")
    return shape[0], shape[1]


def _brightness(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """(rows, height, width): the mean of the colours."""
    if len(tensor.shape) == 3:
        return tensor
    height, width, colours = tensor.shape[1:]
    mean = frozen(keras.layers.Dense(1, use_bias=False, name="brightness"), tensor, np.full((colours, 1), 1 / colours))
    return keras.layers.Reshape((height, width))(mean)


def _slopes(tensor: keras.KerasTensor, orientations: int) -> keras.KerasTensor:
    """(rows, height, width) -> (rows, height, width, orientations): how fast it grows in each direction, or 0."""
    height, width = tensor.shape[1:]
    across = _along(tensor, "rhw,wv->rhv", (height, width), _differences(width))
    down = _along(tensor, "rhw,hv->rvw", (height, width), _differences(height))
    both = keras.layers.Concatenate()([keras.layers.Reshape((height, width, 1))(part) for part in (across, down)])
    angles = 2 * np.pi * np.arange(orientations) / orientations
    grows = keras.layers.Dense(orientations, use_bias=False, activation="relu", name="orientations")
    return frozen(grows, both, np.stack([np.cos(angles), np.sin(angles)]))


def _by_cells(tensor: keras.KerasTensor, cells: tuple[int, int]) -> keras.KerasTensor:
    """(rows, height, width, numbers) -> (rows, down, across, numbers): means over cells that overlap."""
    height, width, numbers = tensor.shape[1:]
    down, across = cells
    tensor = _along(tensor, "rhwn,hd->rdwn", (down, width, numbers), _cells(height, down))
    return _along(tensor, "rdwn,wa->rdan", (down, across, numbers), _cells(width, across))


def _root(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """Flat, (rows, units): the square root, as twice as steep tells less than twice as much."""
    return keras.ops.sqrt(keras.layers.Flatten()(tensor) + _FLAT)


def _along(tensor: keras.KerasTensor, equation: str, shape: tuple[int, ...], kernel: np.ndarray) -> keras.KerasTensor:
    return frozen(keras.layers.EinsumDense(equation, output_shape=shape), tensor, kernel)


def _differences(side: int) -> np.ndarray:
    """(side, side): from pixels to the difference of each one's neighbours; at the rim to that of itself and one."""
    places, kernel = np.arange(side), np.zeros((side, side), np.float32)
    np.add.at(kernel, (np.minimum(places + 1, side - 1), places), 1)
    np.add.at(kernel, (np.maximum(places - 1, 0), places), -1)
    return kernel


def _cells(side: int, count: int) -> np.ndarray:
    """(side, count): each pixel's share in each cell, falling evenly from its centre to its neighbours'."""
    size = side / count
    centres = (np.arange(count) + 0.5) * size - 0.5
    shares = np.maximum(0, 1 - np.abs(np.arange(side)[:, None] - centres[None]) / size)
    cells: np.ndarray = (shares / shares.sum(axis=0)).astype(np.float32)
    return cells
