"""Numbers as float32, and whether they are finite: each in one pass where it can be. Knows no rows and no model."""

import math

import numpy as np

# NumPy takes the product of more numbers on several threads, which wait for one another.
_FEW = 4096
_SAFE = 1e38  # a sum of squares below it is of numbers that float32 can hold


def as_float32(numbers: np.ndarray) -> np.ndarray | None:
    """A copy of integers or floats; None where one is not finite as float32."""
    if numbers.dtype.kind != "f" or (numbers.size <= _FEW and float(np.vdot(numbers, numbers)) < _SAFE):
        return numbers.astype(np.float32)
    with np.errstate(over="ignore"):
        copy = numbers.astype(np.float32)
    return copy if np.isfinite(copy).all() else None


def are_finite(values: np.ndarray) -> bool:
    """Whether none of the floats is NaN or infinite."""
    if values.size <= _FEW and math.isfinite(np.vdot(values, values)):  # which overflows where one is very large
        return True
    return bool(np.isfinite(values).all())
