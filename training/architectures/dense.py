"""Layers of units, each of which sees all units of the layer before."""

import keras
import numpy as np

from training.config import Config


def body(tensor: keras.KerasTensor, config: Config) -> keras.KerasTensor:
    """Rows (rows, ...) -> (rows, units), or (rows, heads, units)."""
    if len(tensor.shape) > 2:
        tensor = keras.layers.Flatten()(tensor)
    if config.heads:
        tensor = _scaled_for_each_head(tensor, config.heads)
    for units in config.hidden:
        for layer in _hidden(units, config):
            tensor = layer(tensor)
    return tensor


def _hidden(units: int, config: Config) -> list[keras.layers.Layer]:
    dropout = [keras.layers.Dropout(config.dropout)] if config.dropout else []
    if config.normalization == "none":
        return [keras.layers.Dense(units, activation=config.activation), *dropout]
    # What normalises sums takes their mean away, so a bias before it would do nothing.
    sums, activation = keras.layers.Dense(units, use_bias=False), keras.layers.Activation(config.activation)
    return [sums, normalization(config), activation, *dropout]


def normalization(config: Config) -> keras.layers.Layer:
    """The layer that keeps sums of a size, over the rows of a batch or over the units of a row."""
    return keras.layers.BatchNormalization() if config.normalization == "batch" else keras.layers.LayerNormalization()


def _scaled_for_each_head(tensor: keras.KerasTensor, heads: int) -> keras.KerasTensor:
    """(rows, units) -> (rows, heads, units): each head sees each unit times a scale of its own, at first 1 or -1.

    TabM-mini: Y. Gorishniy, A. Kotelnikov and A. Babenko, TabM: Advancing Tabular Deep Learning with
    Parameter-Efficient Ensembling, 2024, section 3.3.
    """
    units = tensor.shape[-1]
    scales = keras.layers.EinsumDense("bhu,hu->bhu", output_shape=(heads, units), name="scales")
    scaled = scales(keras.layers.RepeatVector(heads)(tensor))
    scales.set_weights([np.sign(keras.random.uniform((heads, units), -1, 1, seed=keras.random.SeedGenerator()))])
    return scaled
