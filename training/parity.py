"""What is said of a runtime that has answered the golden rows beside Keras. Knows neither."""

from typing import Any

from models.golden import ATOL, RTOL, Golden, Tensors
from training.errors import ParityError


def parity(golden: Golden, outputs: Tensors) -> dict[str, Any]:
    """What the manifest says of a runtime that gave `outputs` for the golden rows. Raises ParityError."""
    difference = golden.largest_difference(outputs)
    if not golden.agrees(outputs):
        raise ParityError(
            f"ONNX Runtime differs from Keras by up to {difference:.3g} on the {golden.rows} golden rows, more than "
            f"{ATOL:g} + {RTOL:g} * |value|. The model was not published."
        )
    return {"rows": golden.rows, "largest_difference": difference, "atol": ATOL, "rtol": RTOL}
