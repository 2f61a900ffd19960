"""Convolutions and pooling in one, two and three dimensions. Knows no other layers."""

from models.inspection.layer import Call, Layer, Result, Shape, known, product


def _split(layer: Layer, call: Call, rank: int) -> tuple[int | None, Shape, int | None]:
    """Batch, spatial sizes, channels."""
    shape = call.shapes[0]
    if len(shape) != rank + 2:
        layer.refuse("shape", f"its input has {len(shape)} dimensions, and must have {rank + 2}.")
    return (shape[0], shape[2:], shape[1]) if layer.channels_first() else (shape[0], shape[1:-1], shape[-1])


def _joined(layer: Layer, batch: int | None, sizes: Shape, channels: int | None) -> Shape:
    return (batch, channels, *sizes) if layer.channels_first() else (batch, *sizes, channels)


def _slid(layer: Layer, sizes: Shape, window: tuple[int, ...], strides: tuple[int, ...]) -> Shape:
    """How often a window fits into each dimension."""
    fitted = []
    for size, width, stride in zip(sizes, window, strides, strict=True):
        room = None if size is None else size if layer.config.get("padding") in ("same", "causal") else size - width + 1
        fitted.append(None if room is None else max(0, -(-room // max(stride, 1))))
    return tuple(fitted)


def _windows(layer: Layer, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The kernel, and what it covers where it is dilated."""
    kernel, dilation = layer.window("kernel_size", rank), layer.window("dilation_rate", rank, 1)
    covered = tuple((size - 1) * rate + 1 for size, rate in zip(kernel, dilation, strict=True))
    if any(size > 1 << 20 for size in covered):
        layer.refuse("shape", f"its kernel covers {max(covered)} numbers in one dimension.")
    return kernel, covered


def _rank(layer: Layer) -> int:
    return int(next(letter for letter in reversed(layer.class_name) if letter.isdigit()))


def convolution(layer: Layer, call: Call) -> Result:
    """`filters` channels."""
    rank, filters, groups = _rank(layer), layer.whole("filters"), max(1, layer.whole("groups", 1))
    batch, sizes, channels = _split(layer, call, rank)
    kernel, covered = _windows(layer, rank)
    weights = product(kernel) * (known(layer, channels) // groups) * filters + filters * layer.flag("use_bias", True)
    slid = _slid(layer, sizes, covered, layer.window("strides", rank, 1))
    return Result((_joined(layer, batch, slid, filters),), weights)


def transposed(layer: Layer, call: Call) -> Result:
    """The other way: each number becomes a window."""
    rank, filters = _rank(layer), layer.whole("filters")
    batch, sizes, channels = _split(layer, call, rank)
    kernel, covered = _windows(layer, rank)
    strides = layer.window("strides", rank, 1)
    added = layer.window("output_padding", rank, 0) if layer.config.get("output_padding") is not None else None
    grown = tuple(
        None
        if size is None
        else _grown(layer, size, covered[axis], strides[axis], None if added is None else added[axis])
        for axis, size in enumerate(sizes)
    )
    weights = product(kernel) * filters * known(layer, channels) + filters * layer.flag("use_bias", True)
    return Result((_joined(layer, batch, grown, filters),), weights)


def _grown(layer: Layer, size: int, width: int, stride: int, added: int | None) -> int:
    same = layer.config.get("padding") == "same"
    if added is None:
        return size * stride + (0 if same else max(width - stride, 0))
    return (size - 1) * stride + width - 2 * (width // 2 if same else 0) + added


def depthwise(layer: Layer, call: Call) -> Result:
    """`depth_multiplier` channels for each."""
    rank = _rank(layer)
    batch, sizes, channels = _split(layer, call, rank)
    kernel, covered = _windows(layer, rank)
    made = known(layer, channels) * layer.whole("depth_multiplier", 1)
    slid = _slid(layer, sizes, covered, layer.window("strides", rank, 1))
    return Result((_joined(layer, batch, slid, made),), product(kernel) * made + made * layer.flag("use_bias", True))


def separable(layer: Layer, call: Call) -> Result:
    """Depthwise, and then all channels into `filters`."""
    rank, filters = _rank(layer), layer.whole("filters")
    batch, sizes, channels = _split(layer, call, rank)
    kernel, covered = _windows(layer, rank)
    between = known(layer, channels) * layer.whole("depth_multiplier", 1)
    weights = product(kernel) * between + between * filters + filters * layer.flag("use_bias", True)
    slid = _slid(layer, sizes, covered, layer.window("strides", rank, 1))
    return Result((_joined(layer, batch, slid, filters),), weights)


def pooling(layer: Layer, call: Call) -> Result:
    """One number per window."""
    rank = _rank(layer)
    batch, sizes, channels = _split(layer, call, rank)
    pool = layer.window("pool_size", rank, 2)
    strides = layer.window("strides", rank) if layer.config.get("strides") is not None else pool
    return Result((_joined(layer, batch, _slid(layer, sizes, pool, strides), channels),))


def adaptive_pooling(layer: Layer, call: Call) -> Result:
    """As many windows as are asked for."""
    rank = _rank(layer)
    batch, _, channels = _split(layer, call, rank)
    return Result((_joined(layer, batch, layer.window("output_size", rank), channels),))


def global_pooling(layer: Layer, call: Call) -> Result:
    """One number per channel."""
    rank = _rank(layer)
    batch, _, channels = _split(layer, call, rank)
    kept = layer.flag("keepdims", False)
    return Result((_joined(layer, batch, (1,) * rank, channels) if kept else (batch, channels),))


RULES = {
    **{f"Conv{rank}D": convolution for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": transposed for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": depthwise for rank in (1, 2)},
    **{f"SeparableConv{rank}D": separable for rank in (1, 2)},
    **{f"{kind}Pooling{rank}D": pooling for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Adaptive{kind}Pooling{rank}D": adaptive_pooling for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Global{kind}Pooling{rank}D": global_pooling for kind in ("Max", "Average") for rank in (1, 2, 3)},
}
