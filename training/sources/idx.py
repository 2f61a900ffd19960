"""Reads gzipped IDX files, the format of MNIST and its relatives. Knows no data set.

The format: two zero bytes, 8 for uint8, the number of axes, each axis as a big-endian uint32, then the bytes.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np

from training.errors import DataUnavailable


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The uint8 array of that shape in `path`.

    Raises DataUnavailable, which names the file, where it is truncated, no IDX file or of another shape.
    """
    content = _unzipped(path)
    expected = _header(shape)
    if content[:4] != expected[:4]:
        raise DataUnavailable(
            f"{path} is no IDX file of {len(shape)} axes of bytes: it starts with {content[:4].hex() or 'nothing'} "
            f"instead of {expected[:4].hex()}. Put the original file there."
        )
    if content[: len(expected)] != expected or len(content) != len(expected) + np.prod(shape):
        raise DataUnavailable(
            f"{path} does not hold {' x '.join(map(str, shape))} bytes behind its header, so it is truncated or "
            "another file. Put the original file there."
        )
    return np.frombuffer(content, np.uint8, offset=len(expected)).reshape(shape)


def _unzipped(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DataUnavailable(f"{path} cannot be unpacked, so it is truncated or no gzip file: {error}.") from error


def _header(shape: tuple[int, ...]) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
