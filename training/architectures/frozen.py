"""Layers whose weights are computed and not trained. Knows no network."""

import keras
import numpy as np


def frozen(layer: keras.layers.Layer, tensor: keras.KerasTensor, kernel: np.ndarray) -> keras.KerasTensor:
    """What a layer with this kernel gives, which no training changes."""
    layer.trainable = False
    given = layer(tensor)
    layer.set_weights([kernel])
    return given
