"""Recurrent layers, their cells, and the wrappers that go along time. Knows no others."""

from models.inspection.layer import Call, Layer, Result, Shape, known, product
from models.inspection.rules.convolution import convolution

GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
MOST_UNROLLED = 1_000  # time steps; each becomes operations of its own


def recurrent(layer: Layer, call: Call) -> Result:
    """SimpleRNN, GRU and LSTM: a cell of the same name, along time."""
    return _along_time(layer, call, Layer(f"{layer.class_name}Cell", layer.config, layer.place, layer.infer))


def any_cell(layer: Layer, call: Call) -> Result:
    """RNN: the cell that it is given, or a stack of them."""
    cells = layer.config.get("cell")
    if isinstance(cells, list):
        return _along_time(layer, call, Layer("StackedRNNCells", {"cells": cells}, layer.place, layer.infer))
    return _along_time(layer, call, layer.inner("cell"))


def cell(layer: Layer, call: Call) -> Result:
    """One step: the output, and the states."""
    shape, units, kind = call.shapes[0], layer.whole("units"), layer.class_name.removesuffix("Cell")
    biases = 2 if kind == "GRU" and layer.flag("reset_after", True) else 1
    per_gate = known(layer, shape[-1]) * units + units * units + biases * units * layer.flag("use_bias", True)
    state = (shape[0], units)
    return Result((state,) * (3 if kind == "LSTM" else 2), GATES[kind] * per_gate)


def stacked_cells(layer: Layer, call: Call) -> Result:
    """Cells of which each takes the output of the one before."""
    cells = layer.config.get("cells")
    if not isinstance(cells, list) or not cells:
        layer.refuse("config", "it has no cells.")
    states: list[Shape] = []
    shape, parameters = call.shapes[0], 0
    for index, document in enumerate(cells):
        result = layer.infer(layer.of(document, f"{layer.place}.cells[{index}]"), Call([shape]))
        shape, parameters = result.outputs[0], parameters + result.parameters
        states += result.outputs[1:]
    return Result((shape, *states), parameters)


def convolutional(layer: Layer, call: Call) -> Result:
    """ConvLSTM: an LSTM whose products are convolutions."""
    shape = call.shapes[0]
    rank, filters = int(layer.class_name[-2]), layer.whole("filters")
    if len(shape) != rank + 3:
        layer.refuse("shape", f"its input has {len(shape)} dimensions, and must have {rank + 3}.")
    config = {**layer.config, "filters": 4 * filters}
    step = Layer(f"Conv{rank}D", config, layer.place, layer.infer)
    result = convolution(step, Call([(shape[0], *shape[2:])]))
    channel = 1 if layer.channels_first() else -1
    state = list(result.outputs[0])
    state[channel] = filters
    recurrent_weights = product(layer.window("kernel_size", rank)) * filters * 4 * filters
    outputs = _outputs(layer, shape, tuple(state), [tuple(state), tuple(state)])
    return Result(outputs, result.parameters + recurrent_weights)


def time_distributed(layer: Layer, call: Call) -> Result:
    """The layer inside, for each step of time."""
    shape = call.shapes[0]
    result = layer.infer(layer.inner("layer"), Call([(shape[0], *shape[2:])]))
    output = result.outputs[0]
    return Result(((output[0], shape[1], *output[1:]),), result.parameters)


def bidirectional(layer: Layer, call: Call) -> Result:
    """The layer inside, from both ends."""
    forward = layer.infer(layer.inner("layer"), call)
    behind = layer.config.get("backward_layer")
    backward = layer.infer(layer.inner("backward_layer"), call) if behind is not None else forward
    states = (*forward.outputs[1:], *backward.outputs[1:])
    parameters = forward.parameters + backward.parameters
    if layer.config.get("merge_mode", "concat") is None:
        return Result((forward.outputs[0], backward.outputs[0], *states), parameters)
    output = forward.outputs[0]
    if layer.config.get("merge_mode", "concat") == "concat":
        width = output[-1]
        output = (*output[:-1], None if width is None else 2 * width)
    return Result((output, *states), parameters)


def spectral_normalization(layer: Layer, call: Call) -> Result:
    """The layer inside, and a vector as wide as its output."""
    result = layer.infer(layer.inner("layer"), call)
    return Result(result.outputs, result.parameters + known(layer, result.outputs[0][-1]))


def _along_time(layer: Layer, call: Call, step: Layer) -> Result:
    shape = call.shapes[0]
    if len(shape) < 3:
        layer.refuse("shape", f"its input has {len(shape)} dimensions, and must have time and features.")
    if layer.flag("unroll", False) and (shape[1] or 0) > MOST_UNROLLED:
        layer.refuse("shape", f"it is unrolled over {shape[1]} steps of time, and may be over {MOST_UNROLLED}.")
    result = layer.infer(step, Call([(shape[0], *shape[2:])]))
    return Result(_outputs(layer, shape, result.outputs[0], list(result.outputs[1:])), result.parameters)


def _outputs(layer: Layer, shape: Shape, output: Shape, states: list[Shape]) -> tuple[Shape, ...]:
    if layer.flag("return_sequences", False):
        output = (output[0], shape[1], *output[1:])
    return (output, *states) if layer.flag("return_state", False) else (output,)


RULES = {
    **dict.fromkeys(GATES, recurrent),
    **{f"{kind}Cell": cell for kind in GATES},
    "RNN": any_cell,
    "StackedRNNCells": stacked_cells,
    **{f"ConvLSTM{rank}D": convolutional for rank in (1, 2, 3)},
    "TimeDistributed": time_distributed,
    "Bidirectional": bidirectional,
    "SpectralNormalization": spectral_normalization,
}
