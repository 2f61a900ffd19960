"""Dense layers over the patches of an image, in turn along the patches and along what is known of each.

I. Tolstikhin et al., MLP-Mixer: An all-MLP Architecture for Vision, 2021.
"""

import keras

from training.config import Config
from training.errors import InvalidNetwork


def body(tensor: keras.KerasTensor, config: Config) -> keras.KerasTensor:
    """Images (rows, height, width) or (rows, height, width, colours) -> (rows, patches * channels)."""
    if config.heads:
        raise InvalidNetwork("heads are of architecture=dense and tabular; a mixer has none. Leave them out.")
    tensor = keras.layers.Dense(config.channels, name="patches")(_patches(tensor, config.patch))
    for units in config.hidden:
        tensor = _along_patches(tensor, config.token_units, config)
        tensor = _along_channels(tensor, units, config)
    tensor = keras.layers.Flatten()(keras.layers.LayerNormalization()(tensor))
    return keras.layers.Dropout(config.dropout)(tensor)


def _along_patches(tensor: keras.KerasTensor, units: int, config: Config) -> keras.KerasTensor:
    """Adds to each number what the same channel of all patches tells."""
    patches = tensor.shape[1]
    turned = keras.layers.Permute((2, 1))(keras.layers.LayerNormalization()(tensor))
    return keras.layers.Add()([tensor, keras.layers.Permute((2, 1))(_two_layers(turned, units, patches, config))])


def _along_channels(tensor: keras.KerasTensor, units: int, config: Config) -> keras.KerasTensor:
    """Adds to each number what all channels of the same patch tell."""
    told = _two_layers(keras.layers.LayerNormalization()(tensor), units, tensor.shape[2], config)
    return keras.layers.Add()([tensor, told])


def _two_layers(tensor: keras.KerasTensor, hidden: int, units: int, config: Config) -> keras.KerasTensor:
    tensor = keras.layers.Dense(hidden, activation=config.activation)(tensor)
    return keras.layers.Dense(units)(keras.layers.Dropout(config.dropout)(tensor))


def _patches(tensor: keras.KerasTensor, side: int) -> keras.KerasTensor:
    """(rows, height, width[, colours]) -> (rows, patches, pixels of a patch)."""
    shape = tuple(tensor.shape[1:])
    if len(shape) < 2 or shape[0] % side or shape[1] % side:
        raise InvalidNetwork(
            f"Rows of shape {shape} cannot be cut into patches of {side}x{side} pixels: architecture=mixer takes "
            "images whose height and width are multiples of patch."
        )
    down, across, colours = shape[0] // side, shape[1] // side, shape[2] if len(shape) > 2 else 1
    tensor = keras.layers.Reshape((down, side, across, side * colours))(tensor)
    tensor = keras.layers.Permute((1, 3, 2, 4))(tensor)
    return keras.layers.Reshape((down * across, side * side * colours))(tensor)
