"""Arrays in NumPy's own format (npy), for rows that come and answers that go as bytes. Knows no model.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import math
from io import BytesIO

import numpy as np
from numpy.lib import format as npy

from service.errors import InvalidArray

MEDIA_TYPE = "application/x-npy"
MAGIC = npy.MAGIC_PREFIX

_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def decode(body: bytes) -> np.ndarray:
    """The array of numbers in `body`, of any shape and any integer or float type. Copies nothing.

    Raises InvalidArray where the header is damaged, the type is none of numbers, or the bytes are too few or too many.
    """
    stream = BytesIO(body)
    try:
        shape, fortran_order, dtype = _READERS[npy.read_magic(stream)](stream)
    except Exception as error:  # NumPy's readers raise what the parser of Python raises
        raise InvalidArray("The body has no header of the npy format, version 1 or 2.") from error
    if dtype.kind not in "fiu":
        raise InvalidArray(f"The array holds {dtype}; numbers are due: float16 to float64, or integers.")
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or size != len(body) - stream.tell():
        raise InvalidArray(
            f"An array of shape {shape} takes {size} bytes; {len(body) - stream.tell()} follow its header."
        )
    values = np.frombuffer(body, dtype, offset=stream.tell())
    return values.reshape(shape, order="F" if fortran_order else "C")


def encode(values: np.ndarray) -> bytes:
    """The array as a file of the npy format."""
    stream = BytesIO()
    npy.write_array(stream, np.ascontiguousarray(values), version=(1, 0), allow_pickle=False)
    return stream.getvalue()
