"""The first layers of every network: numbers as callers send them to numbers that a network learns from."""

import keras

from training.data import Dataset


def prepare(dataset: Dataset, tensor: keras.KerasTensor) -> keras.KerasTensor:
    """Images to 0..1, columns to a mean of 0 and a variance of 1 over the training rows; the shape stays."""
    if dataset.largest_pixel is not None:
        return keras.layers.Rescaling(1 / dataset.largest_pixel)(tensor)
    normalization = keras.layers.Normalization()
    normalization.adapt(dataset.train.inputs)  # on training rows only: what is held out must stay unknown
    return normalization(tensor)
