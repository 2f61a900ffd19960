"""Layers that prepare words, categories, pictures and sound. Knows no others."""

from models.inspection.layer import Call, Layer, Result, Shape


def category_encoding(layer: Layer, call: Call) -> Result:
    """`num_tokens` numbers for each category, or for a row of them."""
    return Result((encoded(call.shapes[0], layer.whole("num_tokens"), layer.config.get("output_mode", "multi_hot")),))


def hashed(layer: Layer, call: Call) -> Result:
    """A number of `num_bins`, or as many numbers."""
    return Result((encoded(call.shapes[0], layer.whole("num_bins"), layer.config.get("output_mode", "int")),))


def discretization(layer: Layer, call: Call) -> Result:
    """The interval in which a number lies."""
    edges = layer.config.get("bin_boundaries")
    bins = len(edges) + 1 if isinstance(edges, list) else layer.whole("num_bins")
    return Result((encoded(call.shapes[0], bins, layer.config.get("output_mode", "int")),))


def lookup(layer: Layer, call: Call) -> Result:
    """The place of a word or number in a vocabulary."""
    words = layer.config.get("vocabulary")
    special = layer.whole("num_oov_indices", 1, 1 << 20) + (layer.config.get("mask_token") is not None)
    size = (len(words) if isinstance(words, list) else 0) + special
    size = max(size, layer.whole("max_tokens", 0), layer.whole("vocabulary_size", 0))
    return Result((encoded(call.shapes[0], size, layer.config.get("output_mode", "int")),))


def text_vectorization(layer: Layer, call: Call) -> Result:
    """The places of a text's words in a vocabulary, or how often each occurs."""
    words, batch = layer.config.get("vocabulary"), call.shapes[0][0]
    if layer.config.get("output_mode", "int") == "int":
        length = layer.config.get("output_sequence_length")
        return Result(((batch, None if length is None else layer.whole("output_sequence_length")),))
    return Result(((batch, max(len(words) + 2 if isinstance(words, list) else 0, layer.whole("max_tokens", 0))),))


def encoded(shape: Shape, size: int, mode: object) -> Shape:
    """As many numbers as there are categories for each of them, or for all of a row; or their places."""
    if mode == "int":
        return shape
    alone = len(shape) > 1 and shape[-1] == 1
    return (*shape, size) if mode == "one_hot" and not alone else (*shape[:-1], size)


def sized(layer: Layer, call: Call) -> Result:
    """A picture of `height` by `width`."""
    shape = list(call.shapes[0])
    first = -2 if layer.channels_first() else -3
    shape[first], shape[first + 1] = layer.whole("height"), layer.whole("width")
    return Result((tuple(shape),))


def grayscale(_: Layer, call: Call) -> Result:
    """The same picture."""
    return Result((call.shapes[0],))


def mel_spectrogram(layer: Layer, call: Call) -> Result:
    """`num_mel_bins` by the number of windows; a matrix of weights between."""
    shape, bins = call.shapes[0], layer.whole("num_mel_bins", 128)
    step = max(1, layer.whole("sequence_stride", 512))
    windows = None if shape[-1] is None else (shape[-1] + step + 1) // step
    scratch = bins * layer.whole("fft_length", 2048)
    return Result(((*shape[:-1], bins, windows),), 0, scratch)


def stft_spectrogram(layer: Layer, call: Call) -> Result:
    """Two convolutions, with cosines and with sines."""
    shape, mode = call.shapes[0], layer.config.get("mode", "log")
    length = layer.whole("frame_length", 256)
    frequencies = layer.whole("fft_length", length) // 2 + 1
    weights = length * frequencies * (1 if mode in ("real", "imag") else 2)
    made = frequencies * (2 if mode == "stft" else 1)
    first = layer.channels_first()
    channels, steps = (shape[1], shape[2]) if first else (shape[2], shape[1])
    rows = [shape[0], channels, made, steps] if first else [shape[0], steps, made, channels]
    if not layer.flag("expand_dims", False):
        wide = None if channels is None else channels * made
        rows = [shape[0], wide, steps] if first else [shape[0], steps, wide]
    return Result((tuple(rows),), weights)


RULES = {
    "CategoryEncoding": category_encoding,
    "Hashing": hashed,
    "HashedCrossing": hashed,
    "Discretization": discretization,
    "IntegerLookup": lookup,
    "StringLookup": lookup,
    "TextVectorization": text_vectorization,
    "Resizing": sized,
    "CenterCrop": sized,
    "RandomCrop": sized,
    "MelSpectrogram": mel_spectrogram,
    "STFTSpectrogram": stft_spectrogram,
}
