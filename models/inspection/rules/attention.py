"""Layers in which some rows look at others. Knows no other layers."""

import math

from models.inspection.layer import Call, Layer, Result, Shape, known, product


def attention(layer: Layer, call: Call) -> Result:
    """What the values are at each query; the scale is one number, or one per feature where tanh is added."""
    query, value = call.shapes[:2]
    additive = layer.class_name == "AdditiveAttention"
    scale = layer.flag("use_scale", additive) * (known(layer, query[-1]) if additive else 1)
    mode = layer.config.get("score_mode") == "concat"
    wide = known(layer, query[-1]) if additive or mode else 1
    return Result(((*query[:-1], value[-1]),), scale + mode, wide * _scores(query, value))


def multi_head(layer: Layer, call: Call) -> Result:
    """Several attentions of `key_dim` features each, and a matrix that puts them together."""
    query, value, key = _arguments(layer, call)
    heads, width = layer.whole("num_heads"), layer.whole("key_dim")
    value_width = layer.whole("value_dim", width)
    output = layer.config.get("output_shape")
    sizes = tuple(_size(layer, each) for each in (output if isinstance(output, list) else [output])) if output else ()
    made: Shape = sizes or (query[-1],)
    bias = layer.flag("use_bias", True)
    parts = [(query[-1], heads * width), (key[-1], heads * width), (value[-1], heads * value_width)]
    parts += [(query[-1], heads * value_width)] if layer.flag("use_gate", False) else []
    weights = sum((known(layer, given) + bias) * taken for given, taken in parts)
    weights += (heads * value_width + bias) * math.prod(known(layer, size) for size in made)
    return Result(((*query[:-1], *made),), weights, heads * _scores(query, value))


def grouped_query(layer: Layer, call: Call) -> Result:
    """Several heads of queries that share their keys and values."""
    query, value, key = _arguments(layer, call)
    width, heads = layer.whole("head_dim"), layer.whole("num_query_heads")
    shared, bias = layer.whole("num_key_value_heads"), layer.flag("use_bias", True)
    parts = [(query[-1], heads * width), (key[-1], shared * width), (value[-1], shared * width)]
    parts += [(query[-1], heads * width)] if layer.flag("use_gate", False) else []
    weights = sum((known(layer, given) + bias) * taken for given, taken in parts)
    weights += (heads * width + bias) * known(layer, query[-1])
    return Result((query,), weights, heads * _scores(query, value))


def _arguments(layer: Layer, call: Call) -> tuple[Shape, Shape, Shape]:
    """Query, value and key, by name or in this order."""
    named = dict(zip(("query", "value", "key"), call.args, strict=False)) | dict(call.kwargs)
    query, value = named.get("query"), named.get("value")
    if not isinstance(query, tuple) or not isinstance(value, tuple):
        layer.refuse("shape", "it is not called with a query and a value.")
    key = named.get("key")
    return query, value, key if isinstance(key, tuple) else value


def _size(layer: Layer, value: object) -> int:
    return Layer(layer.class_name, {"output_shape": value}, layer.place, layer.infer).whole("output_shape")


def _scores(query: Shape, value: Shape) -> int:
    """One number for each place of the query and each of the value."""
    return product(query[:-1]) * product(value[1:-1])


RULES = {
    "Attention": attention,
    "AdditiveAttention": attention,
    "MultiHeadAttention": multi_head,
    "GroupQueryAttention": grouped_query,
    "GroupedQueryAttention": grouped_query,  # its name in an .h5
}
