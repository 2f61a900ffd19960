"""Layers that multiply by one matrix or look up in it: Dense, EinsumDense, Embedding. Knows no others."""

import re

from models.inspection.layer import Call, Layer, Result, Shape, known, product


def dense(layer: Layer, call: Call) -> Result:
    """`units` numbers in place of the last dimension."""
    shape, units = call.shapes[0], layer.whole("units")
    weights = known(layer, shape[-1]) * units + units * layer.flag("use_bias", True)
    return Result(((*shape[:-1], units),), weights)


def embedding(layer: Layer, call: Call) -> Result:
    """A vector for each whole number."""
    width = layer.whole("output_dim")
    return Result(((*call.shapes[0], width),), layer.whole("input_dim") * width)


def reversible_embedding(layer: Layer, call: Call) -> Result:
    """An embedding whose matrix, or a second one, leads back."""
    rows, width, shape = layer.whole("input_dim"), layer.whole("output_dim"), call.shapes[0]
    weights = rows * width * (1 if layer.flag("tie_weights", True) else 2)
    outputs = (*shape[:-1], rows) if call.kwargs.get("reverse") or True in call.args[1:] else (*shape, width)
    return Result((outputs,), weights)


def einsum_dense(layer: Layer, call: Call) -> Result:
    """A product in Einstein's notation, as `ab,bc->ac`; `...` stands for what comes first."""
    match = re.fullmatch(r"(\.{0,3})([a-zA-Z]+)(\.{0,3}),([a-zA-Z]+)->(\.{0,3})([a-zA-Z]+)(\.{0,3})", _equation(layer))
    if match is None:
        layer.refuse("shape", "its equation is not of the form 'ab,bc->ac'.")
    before, given, after, kernel, _, made, _ = match.groups()
    shape = call.shapes[0]
    free = len(shape) - len(given)
    if free < 0 or (free and not before and not after):
        layer.refuse("shape", f"its equation is not for an input of {len(shape)} dimensions.")
    sizes: dict[str, int | None] = dict(zip(given, shape[free:] if before else shape[: len(given)], strict=True))
    spread = shape[:free] if before else shape[len(given) :]
    _add_named(layer, sizes, made, len(spread) if before else 0)
    output = tuple(sizes.get(letter) for letter in made)
    bias = [sizes.get(letter) for letter in str(layer.config.get("bias_axes") or "")]
    weights = product(tuple(known(layer, sizes.get(letter)) for letter in kernel))
    weights += product(tuple(known(layer, size) for size in bias)) if bias else 0
    return Result(((*spread, *output) if before else (*output, *spread),), weights)


def _equation(layer: Layer) -> str:
    return str(layer.config.get("equation")).replace(" ", "")


def _add_named(layer: Layer, sizes: dict[str, int | None], made: str, spread: int) -> None:
    """The sizes that `output_shape` gives; with or without those of the dots, but never of the batch."""
    value = layer.config.get("output_shape")
    named = value if isinstance(value, list) else [value]
    letters = made if spread else made[1:]
    for letter, size in zip(reversed(letters), reversed(named), strict=False):
        if size is not None and sizes.get(letter) is None:
            sizes[letter] = Layer("output_shape", {"size": size}, layer.place, layer.infer).whole("size")


def lookup_shape(shape: Shape, size: int, mode: object) -> Shape:
    """What encoding whole numbers gives: as they are, one of `size` each, or a set of them."""
    if mode == "int":
        return shape
    if mode == "one_hot":
        return (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), size)
    return (*shape[:-1], size) if len(shape) > 1 else (*shape, size)


RULES = {
    "Dense": dense,
    "EinsumDense": einsum_dense,
    "Embedding": embedding,
    "ReversibleEmbedding": reversible_embedding,
}
