"""Operators of TensorFlow's that the ONNX converter does not know, in terms of those that ONNX has. Knows no model.

To import it is to teach the converter, whose table of operators is its own.
"""

from typing import Any

import numpy as np
from tf2onnx.handler import tf_op
from tf2onnx.utils import make_name


@tf_op("Erfc")
class ComplementaryErrorFunction:
    """1 - erf(x), which the exact GELU has: of most transformers the activation."""

    @classmethod
    def version_9(cls, context: Any, node: Any, **_: Any) -> None:
        """Since operator set 9, which has Erf."""
        shapes, kinds = node.output_shapes, node.output_dtypes
        context.remove_node(node.name)
        error_function = context.make_node("Erf", [node.input[0]])
        one = context.make_const(make_name("one"), np.array(1, np.float32))
        context.make_node(
            "Sub",
            [one.output[0], error_function.output[0]],
            name=node.name,
            outputs=node.output,
            shapes=shapes,
            dtypes=kinds,
        )
