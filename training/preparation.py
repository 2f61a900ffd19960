"""The first layers of every network: raw rows made ready, scaled, encoded and complete. Knows no task and no config.

They are stock layers and operations only, and learn from the training rows alone: what is held out must stay unknown.
docs/own-data.md tells what they do with numbers, words and what is missing.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from training.data import Dataset


def prepare(dataset: Dataset, tensor: keras.KerasTensor) -> keras.KerasTensor:
    """What the first layer of weights gets for raw rows: images in their shape with pixels from 0 to 1; of columns
    (rows, features), each of about unit size, none missing.
    """
    if dataset.largest_pixel is not None:
        return keras.layers.Rescaling(1 / dataset.largest_pixel)(tensor)
    if dataset.is_plain:
        return _adapted(dataset.train.inputs)(tensor)
    parts = [*_numbers(dataset, tensor), *_words(dataset, tensor)]
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(name="features_prepared")(parts)


def with_long_tails(dataset: Dataset, tensor: keras.KerasTensor, prepared: keras.KerasTensor) -> keras.KerasTensor:
    """What a linear model gets: beside what was prepared, columns with long tails by their size too, standardised.

    It adds up columns, which no logarithm of one can do for it; and it is not upset by what lies far out.
    """
    return keras.layers.Concatenate()([prepared, *_as_they_are(dataset, tensor, list(dataset.long_tails))])


def _adapted(rows: np.ndarray) -> keras.layers.Normalization:
    """To mean 0 and variance 1; a column of one value keeps its unit, as any other value would become enormous."""
    normalization = keras.layers.Normalization()
    normalization.adapt(rows)
    columns = rows.reshape(-1, rows.shape[-1])
    if (constant := columns.max(axis=0) == columns.min(axis=0)).any():
        normalization.adapt_variance.assign(ops.where(constant, 1.0, normalization.adapt_variance))
        normalization.finalize_state()
    return normalization


def _numbers(dataset: Dataset, tensor: keras.KerasTensor) -> list[keras.KerasTensor]:
    """The columns of numbers, standardised, 0 (the mean) where one is missing; and 1 where one is, else 0."""
    tails = [place for place in dataset.number_columns if place in dataset.long_tails]
    others = [place for place in dataset.number_columns if place not in dataset.long_tails]
    parts = [*_as_they_are(dataset, tensor, others), *_long_tails(dataset, tensor, tails)]
    if not parts:
        return []
    missing = [place for place in dataset.number_columns if np.isnan(dataset.train.inputs[:, place]).any()]
    marks = [ops.cast(ops.isnan(_columns(tensor, missing)), "float32")] if missing else []
    return [*parts, *marks]


def _as_they_are(dataset: Dataset, tensor: keras.KerasTensor, places: list[int]) -> list[keras.KerasTensor]:
    if not places:
        return []
    return [_standardised(_columns(tensor, places), dataset.train.inputs[:, places])]


def _long_tails(dataset: Dataset, tensor: keras.KerasTensor, places: list[int]) -> list[keras.KerasTensor]:
    """Their inverse hyperbolic sine: about x near the middle, about the logarithm of |x| far out, on either side."""
    if not places:
        return []
    values = dataset.train.inputs[:, places].astype(np.float64)
    middle = np.nanmedian(values, axis=0)
    distances = np.abs(values - middle)
    spread = np.nanmedian(np.where(distances > 0, distances, np.nan), axis=0)  # half of what differs lies nearer
    # Subtraction first, as Normalization does it: a product and a sum of large numbers would differ between runtimes.
    centred = keras.layers.Normalization(mean=middle, variance=np.square(spread))(_columns(tensor, places))
    return [_standardised(ops.arcsinh(centred), np.arcsinh((values - middle) / spread))]


def _standardised(tensor: keras.KerasTensor, values: np.ndarray) -> keras.KerasTensor:
    """By mean and standard deviation of the training values that are there, and 0 for those that are not."""
    mean, variance = np.nanmean(values, axis=0, dtype=np.float64), np.nanvar(values, axis=0, dtype=np.float64)
    variance = np.where(variance > 0, variance, 1.0)  # one value, or none: a column that tells by what it lacks
    return ops.where(ops.isnan(tensor), 0.0, keras.layers.Normalization(mean=mean, variance=variance)(tensor))


def _words(dataset: Dataset, tensor: keras.KerasTensor) -> list[keras.KerasTensor]:
    """One-hot: a feature per word, 1 where its column holds it. What is missing or unknown has a 0 everywhere."""
    counts = [0 if words is None else len(words) for words in dataset.categories or ()]
    if not any(counts):
        return []
    places = np.repeat(np.arange(len(counts)), counts)
    numbers = np.concatenate([np.arange(count) for count in counts]).astype(np.float32)
    return [ops.cast(ops.equal(_columns(tensor, places), numbers), "float32")]  # NaN equals nothing


def _columns(tensor: keras.KerasTensor, places: Sequence[int] | np.ndarray) -> keras.KerasTensor:
    return ops.take(tensor, np.asarray(places, np.int32), axis=1)
