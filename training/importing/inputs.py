"""The inputs of a version, from those of a loaded model and what the caller says of them. Knows no Keras."""

import math
from collections.abc import Sequence

from models.signature import Input
from training.errors import InvalidWish
from training.importing.errors import CannotImport
from training.importing.facts import InputFacts
from training.importing.naming import input_names
from training.importing.wishes import Wishes, by_tensor, numbers_of, sizes_of, words_of

# The dtype that callers see, by the one that the model was saved with; Keras casts between them, exactly.
DTYPES = {
    **dict.fromkeys(("float32", "float16", "bfloat16", "float64"), "float32"),
    **dict.fromkeys(("int32", "int16", "int8", "uint16", "uint8", "bool"), "int32"),
    **dict.fromkeys(("int64", "uint32", "uint64"), "int64"),
}
BOUNDS = {"bool": (0, 1), "uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)}


Shape = tuple[int, ...]


def shapes_of(tensors: Sequence[InputFacts], wishes: Wishes) -> list[Shape]:
    """The shape of a row of each input, with what SHAPE says where the model leaves sizes open.

    Raises InvalidWish where it does not, and CannotImport for an input that is not made of numbers.
    """
    names = input_names([tensor.name for tensor in tensors])
    said = {name: sizes_of(text) for name, text in by_tensor(wishes.shape, names, "SHAPE", "input").items()}
    return [_shape(tensor, name, said.get(name)) for tensor, name in zip(tensors, names, strict=True)]


def inputs_of(tensors: Sequence[InputFacts], shapes: Sequence[Shape], wishes: Wishes) -> list[Input]:
    """As callers see them. Raises InvalidWish."""
    names = input_names([tensor.name for tensor in tensors])
    features = by_tensor(wishes.features, names, "FEATURES", "input")
    ranges = by_tensor(wishes.input_range, names, "INPUT_RANGE", "input")
    return [
        Input(
            name,
            shape,
            dtype_of(tensor),
            _features(name, shape, features.get(name, "")),
            _range(tensor, ranges.get(name, "")),
        )
        for name, shape, tensor in zip(names, shapes, tensors, strict=True)
    ]


def dtype_of(tensor: InputFacts) -> str:
    """What callers send: whole numbers too where the model takes others, but only to look them up in an Embedding."""
    dtype = DTYPES[tensor.dtype]
    return "int32" if tensor.below and dtype == "float32" else dtype


def _shape(tensor: InputFacts, name: str, said: tuple[int, ...] | None) -> tuple[int, ...]:
    if tensor.dtype not in DTYPES:
        raise CannotImport(
            f"The input {name} takes {tensor.dtype}, and requests hold numbers. Save a model that begins behind the "
            "layer that turns it into numbers, such as StringLookup or TextVectorization."
        )
    known = tensor.shape
    text = "x".join("?" if size is None else str(size) for size in known)
    if said is None:
        if None in known:
            example = "x".join(str(size or 20) for size in known)
            raise InvalidWish(
                f"The input {name} has rows of shape {text}, whose open sizes (?) must be settled: write, for example, "
                f"SHAPE={example}."
            )
        return tuple(size for size in known if size is not None)
    if len(said) != len(known) or any(size not in (None, given) for size, given in zip(known, said, strict=True)):
        raise InvalidWish(f"SHAPE={'x'.join(map(str, said))} does not fit the input {name}, whose rows have {text}.")
    return said


def _features(name: str, shape: tuple[int, ...], text: str) -> tuple[str, ...] | None:
    if not text:
        return None
    words = words_of(text, "FEATURES")
    if shape != (len(words),):
        raise InvalidWish(
            f"FEATURES names {len(words)} columns, and a row of the input {name} has the shape "
            f"{'x'.join(map(str, shape))}. "
            + (f"Give {shape[0]} names." if len(shape) == 1 else "Only flat rows have names.")
        )
    return words


def _range(tensor: InputFacts, text: str) -> tuple[tuple[float, float], ...] | None:
    known = (0, tensor.below - 1) if tensor.below else BOUNDS.get(tensor.dtype)
    if not text:
        return known and ((float(known[0]), float(known[1])),)
    numbers = numbers_of(text, "INPUT_RANGE")
    if len(numbers) != 2 or not -math.inf < numbers[0] < numbers[1] < math.inf:
        raise InvalidWish(f"INPUT_RANGE={text[:80]} must be the least and the greatest number: INPUT_RANGE=0,255.")
    low, high = numbers
    is_whole = dtype_of(tensor) != "float32"
    if (is_whole and (low % 1 or high % 1)) or (known and not known[0] <= low < high <= known[1]):
        least, greatest = known or ("any", "any whole number")
        raise InvalidWish(
            f"INPUT_RANGE={text[:80]} does not fit: the input takes whole numbers from {least} to {greatest}."
        )
    return ((low, high),)
