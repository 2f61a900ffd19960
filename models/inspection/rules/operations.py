"""Operations between layers, as `x * 2` or `keras.ops.mean(x)` put them into a functional model. Knows no layers."""

from typing import Any

from models.inspection.layer import LARGEST_WINDOW, Call, Layer, Result
from models.inspection.rules.dense import lookup_shape
from models.inspection.rules.reshaping import broadcasted, reshaped


def elementwise(layer: Layer, call: Call) -> Result:
    """One number from those at the same place of all arguments."""
    return Result((broadcasted(layer, call.shapes),))


def reduced(layer: Layer, call: Call) -> Result:
    """One number from all along the axes, or from all of the tensor."""
    shape = call.shapes[0]
    whole = layer.config.get("axis") is None
    axes = set(range(len(shape))) if whole else set(layer.axes("axis", len(shape), -1))
    kept = layer.flag("keepdims", False)
    return Result((tuple(1 if axis in axes else size for axis, size in enumerate(shape) if kept or axis not in axes),))


def concatenated(layer: Layer, call: Call) -> Result:
    """One tensor after the other, along an axis that is there."""
    shapes = call.shapes
    axis = layer.axes("axis", len(shapes[0]), 0)[0]
    sizes = [shape[axis] for shape in shapes]
    joined = list(shapes[0])
    joined[axis] = None if None in sizes else sum(size or 0 for size in sizes)
    return Result((tuple(joined),))


def stacked(layer: Layer, call: Call) -> Result:
    """One tensor after the other, along a new axis."""
    shape = list(call.shapes[0])
    shape.insert(layer.axes("axis", len(shape) + 1, 0)[0], len(call.shapes))
    return Result((tuple(shape),))


def expanded(layer: Layer, call: Call) -> Result:
    """An axis of size 1 more."""
    shape = list(call.shapes[0])
    for axis in sorted(layer.axes("axis", len(shape) + 1, 0)):
        shape.insert(axis, 1)
    return Result((tuple(shape),))


def squeezed(layer: Layer, call: Call) -> Result:
    """The axes of size 1 less."""
    shape = call.shapes[0]
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    axes = ones if layer.config.get("axis") is None else layer.axes("axis", len(shape), 0)
    return Result((tuple(size for axis, size in enumerate(shape) if axis not in axes),))


def transposed(layer: Layer, call: Call) -> Result:
    """The axes in another order."""
    shape = call.shapes[0]
    backwards = layer.config.get("axes") is None
    order = list(reversed(range(len(shape)))) if backwards else layer.axes("axes", len(shape), 0)
    return Result((tuple(shape[axis] for axis in order),))


def swapped(layer: Layer, call: Call) -> Result:
    """Two axes in each other's place."""
    shape = list(call.shapes[0])
    one, other = layer.axes("axis1", len(shape), 0)[0], layer.axes("axis2", len(shape), 0)[0]
    shape[one], shape[other] = shape[other], shape[one]
    return Result((tuple(shape),))


def reshape(layer: Layer, call: Call) -> Result:
    """Other dimensions for the same numbers; the batch among them."""
    target = layer.config.get("newshape")
    if not isinstance(target, list):
        layer.refuse("shape", "newshape is no list of numbers.")
    return Result((reshaped(layer, (), call.shapes[0], target),))


def multiplied(layer: Layer, call: Call) -> Result:
    """A product of matrices."""
    left, right = call.shapes
    if len(left) < 2 or len(right) < 2:
        layer.refuse("shape", "it multiplies what is no matrix.")
    front = broadcasted(layer, [left[:-2], right[:-2]]) if len(left) > 2 or len(right) > 2 else ()
    return Result(((*front, left[-2], right[-1]),))


def one_hot(layer: Layer, call: Call) -> Result:
    """`num_classes` numbers for each."""
    return Result((lookup_shape((*call.shapes[0], 2), layer.whole("num_classes"), "multi_hot"),))


def split(layer: Layer, call: Call) -> Result:
    """Equal parts along an axis."""
    shape = call.shapes[0]
    parts = layer.whole("indices_or_sections", most=LARGEST_WINDOW)
    axis = layer.axes("axis", len(shape), 0)[0]
    size = shape[axis]
    part = (*shape[:axis], None if size is None else size // max(parts, 1), *shape[axis + 1 :])
    return Result((part,) * parts)


def item(layer: Layer, call: Call) -> Result:
    """`x[key]`, where the key is made of numbers, slices, `...` and None."""
    shape = call.shapes[0]
    key = call.kwargs["key"] if "key" in call.kwargs else call.args[1]
    parts = key if isinstance(key, list) else [key]
    used = sum(part is not None and not _is_ellipsis(part) for part in parts)
    if used > len(shape):
        layer.refuse("shape", f"it takes {used} indices of a tensor with {len(shape)} dimensions.")
    if not any(map(_is_ellipsis, parts)):
        parts = [*parts, {"class_name": "__ellipsis__"}]
    sizes: list[int | None] = []
    taken = 0
    for part in parts:
        if _is_ellipsis(part):
            rest = len(shape) - used
            sizes += shape[taken : taken + rest]
            taken += rest
        elif part is None:
            sizes.append(1)
        else:
            sizes += _picked(layer, part, shape[taken])
            taken += 1
    return Result((tuple(sizes),))


def _is_ellipsis(part: Any) -> bool:
    return isinstance(part, dict) and part.get("class_name") == "__ellipsis__"


def _picked(layer: Layer, part: Any, size: int | None) -> list[int | None]:
    if type(part) is int:
        return []
    if not isinstance(part, dict) or part.get("class_name") != "__slice__":
        layer.refuse("shape", "it is indexed with what is neither a number nor a slice.")
    if size is None:
        return [None]
    ends = [part["config"].get(end) for end in ("start", "stop", "step")]
    if not all(end is None or type(end) is int for end in ends) or ends[2] == 0:
        layer.refuse("shape", "it is sliced with what are no whole numbers.")
    return [len(range(size)[slice(*ends)])]


_UNARY = (
    "Absolute Abs Arccos Arccosh Arcsin Arcsinh Arctan Arctanh Cast Ceil Clip Cos Cosh Cumprod Cumsum Erf Exp Expm1 "
    "Flip Floor Isfinite Isinf Isnan Log Log10 Log1p Log2 LogicalNot NanToNum Negative OnesLike Reciprocal Roll Round "
    "Rsqrt Sign Sin Sinh Sort Sqrt Square StopGradient Tan Tanh Trunc ZerosLike Celu Elu Gelu HardSigmoid HardSilu "
    "HardTanh LeakyRelu LogSigmoid LogSoftmax Normalize Relu Relu6 Selu Sigmoid Silu Softmax Softplus Softsign "
    "Squareplus TanhShrink"
)
_SEVERAL = (
    "Add Arctan2 Divide DivideNoNan Equal FloorDivide Greater GreaterEqual Hypot Less LessEqual Logaddexp LogicalAnd "
    "LogicalOr LogicalXor Maximum Minimum Mod Multiply NotEqual Power Subtract TrueDivide Where"
)
_REDUCED = "All Amax Amin Any Argmax Argmin CountNonzero Logsumexp Max Mean Median Min Prod Ptp Std Sum Var"

RULES = {
    **dict.fromkeys(f"{_UNARY} {_SEVERAL}".split(), elementwise),
    **dict.fromkeys(_REDUCED.split(), reduced),
    "Concatenate": concatenated,
    "Stack": stacked,
    "ExpandDims": expanded,
    "Squeeze": squeezed,
    "Transpose": transposed,
    "Swapaxes": swapped,
    "Reshape": reshape,
    "Matmul": multiplied,
    "OneHot": one_hot,
    "Split": split,
    "GetItem": item,
}
