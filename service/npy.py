"""Arrays in NumPy's own format (npy), for rows that come and answers that go as bytes. Knows no model.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import math
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.lib import format as npy

from service.errors import InvalidArray

MEDIA_TYPE = "application/x-npy"
MAGIC = npy.MAGIC_PREFIX

_LONGEST_HEADER = 12 + 10_000  # what NumPy's own readers take
_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def decode(body: bytes) -> np.ndarray:
    """The array of numbers in `body`, of any shape and any integer or float type. Copies nothing.

    Raises InvalidArray where the header is damaged, the type is none of numbers, or the bytes are too few or too many.
    """
    try:
        shape, fortran_order, dtype, start = _header(body[:_LONGEST_HEADER])
    except Exception as error:  # NumPy's readers raise what the parser of Python raises
        raise InvalidArray("The body has no header of the npy format, version 1 or 2.") from error
    if dtype.kind not in "fiu":
        raise InvalidArray(f"The array holds {dtype}; numbers are due: float16 to float64, or integers.")
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or size != len(body) - start:
        raise InvalidArray(f"An array of shape {shape} takes {size} bytes; {len(body) - start} follow its header.")
    values = np.frombuffer(body, dtype, offset=start)
    return values.reshape(shape, order="F" if fortran_order else "C")


def _header(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, order, type, and where the numbers start, from the first bytes of a body."""
    end = 10 + int.from_bytes(head[8:10], "little")  # of a header as NumPy itself writes it: version 1, and short
    return _parsed(head[:end] if head[6:8] == b"\x01\x00" and end <= len(head) else head)


@lru_cache(maxsize=256)  # parsing costs more than all else that is done with an image
def _parsed(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    stream = BytesIO(head)
    shape, fortran_order, dtype = _READERS[npy.read_magic(stream)](stream)
    return shape, fortran_order, dtype, stream.tell()


def encode(values: np.ndarray) -> bytes:
    """The array as a file of the npy format."""
    return _head(values.dtype, values.shape) + values.tobytes()


@lru_cache(maxsize=256)
def _head(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    stream = BytesIO()
    npy.write_array_header_1_0(stream, {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape})
    return stream.getvalue()
