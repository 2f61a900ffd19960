"""Layers that arrange, repeat, pad or cut, and those that put several inputs together. Knows no others."""

import math

from models.inspection.layer import Call, Layer, Result, Shape, product


def flatten(_: Layer, call: Call) -> Result:
    """One dimension for all but the batch."""
    shape = call.shapes[0]
    return Result(((shape[0], None if None in shape[1:] else product(shape[1:])),))


def reshape(layer: Layer, call: Call) -> Result:
    """The dimensions of `target_shape`, of which one may be -1."""
    target = layer.config.get("target_shape")
    if not isinstance(target, list):
        layer.refuse("shape", "target_shape is no list of numbers.")
    return Result((reshaped(layer, call.shapes[0][:1], call.shapes[0][1:], target),))


def reshaped(layer: Layer, batch: Shape, row: Shape, target: list[object]) -> Shape:
    """The sizes in `target`, with that of the one that is -1 or None."""
    sizes = [_size(layer, each) for each in target]
    if sizes.count(None) == 1 and None not in row:
        fixed = math.prod(size for size in sizes if size is not None)
        sizes[sizes.index(None)] = product(row) // max(fixed, 1)
    return (*batch, *sizes)


def _size(layer: Layer, value: object) -> int | None:
    if value in (-1, None):
        return None
    return Layer(layer.class_name, {"size": value}, layer.place, layer.infer).whole("size")


def repeat_vector(layer: Layer, call: Call) -> Result:
    """The row `n` times."""
    batch, width = call.shapes[0]
    return Result(((batch, layer.whole("n"), width),))


def permute(layer: Layer, call: Call) -> Result:
    """The dimensions in another order; they are counted from 1."""
    shape = call.shapes[0]
    order = layer.axes("dims", len(shape), 1)
    if sorted(order) != list(range(1, len(shape))):
        layer.refuse("shape", f"dims is no order of the {len(shape) - 1} dimensions of a row.")
    return Result(((shape[0], *(shape[axis] for axis in order)),))


def _spatial(layer: Layer, call: Call) -> tuple[int, list[int], list[int | None]]:
    """The number of spatial dimensions, where they are, and the whole shape."""
    rank = int(layer.class_name[-2])
    shape = call.shapes[0]
    if len(shape) != rank + 2:
        layer.refuse("shape", f"its input has {len(shape)} dimensions, and must have {rank + 2}.")
    first = 2 if layer.channels_first() else 1
    return rank, list(range(first, first + rank)), list(shape)


def up_sampling(layer: Layer, call: Call) -> Result:
    """Each number several times."""
    rank, places, shape = _spatial(layer, call)
    for place, times in zip(places, layer.window("size", rank, 2), strict=True):
        size = shape[place]
        shape[place] = None if size is None else size * times
    return Result((tuple(shape),))


def zero_padding(layer: Layer, call: Call) -> Result:
    """Zeros before and after."""
    rank, places, shape = _spatial(layer, call)
    for place, (before, after) in zip(places, layer.margins("padding", rank, 1), strict=True):
        size = shape[place]
        shape[place] = None if size is None else before + size + after
    return Result((tuple(shape),))


def cropping(layer: Layer, call: Call) -> Result:
    """Less before and after."""
    rank, places, shape = _spatial(layer, call)
    for place, (before, after) in zip(places, layer.margins("cropping", rank, 1 if rank != 2 else 0), strict=True):
        size = shape[place]
        shape[place] = None if size is None else max(0, size - before - after)
    return Result((tuple(shape),))


def broadcast(layer: Layer, call: Call) -> Result:
    """Several inputs, number by number; what has size 1 is repeated."""
    return Result((broadcasted(layer, call.shapes),))


def broadcasted(layer: Layer, shapes: list[Shape]) -> Shape:
    """The shape of what is put together number by number."""
    rank = max(map(len, shapes))
    sizes: list[int | None] = []
    for column in zip(*[(1,) * (rank - len(shape)) + shape for shape in shapes], strict=True):
        fixed = {size for size in column if size not in (None, 1)}
        if len(fixed) > 1:
            layer.refuse("shape", f"its inputs have sizes that do not go together: {', '.join(map(str, shapes))}.")
        sizes.append(fixed.pop() if fixed else None if None in column else 1)
    return tuple(sizes)


def concatenate(layer: Layer, call: Call) -> Result:
    """Several inputs, one after the other."""
    shapes = call.shapes
    axis = layer.axes("axis", len(shapes[0]), -1)[0]
    sizes = [shape[axis] for shape in shapes]
    joined = list(shapes[0])
    joined[axis] = None if None in sizes else sum(size or 0 for size in sizes)
    return Result((tuple(joined),))


def dot(layer: Layer, call: Call) -> Result:
    """Products along one axis of each of two inputs."""
    left, right = call.shapes
    value = layer.config.get("axes")
    first, second = value if isinstance(value, list) and len(value) == 2 else (value, value)
    one = Layer(layer.class_name, {"axes": first}, layer.place, layer.infer).axes("axes", len(left), -1)[0]
    other = Layer(layer.class_name, {"axes": second}, layer.place, layer.infer).axes("axes", len(right), -1)[0]
    kept = [size for axis, size in enumerate(left) if axis != one]
    kept += [size for axis, size in enumerate(right) if axis not in (0, other)]
    return Result((tuple(kept) if len(kept) > 1 else (*kept, 1),))


RULES = {
    "Flatten": flatten,
    "Reshape": reshape,
    "RepeatVector": repeat_vector,
    "Permute": permute,
    **{f"UpSampling{rank}D": up_sampling for rank in (1, 2, 3)},
    **{f"ZeroPadding{rank}D": zero_padding for rank in (1, 2, 3)},
    **{f"Cropping{rank}D": cropping for rank in (1, 2, 3)},
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), broadcast),
    "Concatenate": concatenate,
    "Dot": dot,
}
