"""Reads and writes single files of a store: bounded, whole, and onto the disk. Knows nothing of what they hold."""

import errno
import os
import stat
import uuid
from io import BufferedReader
from pathlib import Path


def open_file(path: Path) -> BufferedReader:
    """A file to read from. Raises OSError, also where it is none: a pipe would be waited for, a device has no end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Is a directory" if stat.S_ISDIR(mode) else "Is no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a file, of a larger one only the first `most`. Raises OSError, also where it is no regular file."""
    with open_file(path) as file:
        return file.read(most)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file at once for every later reader; its folder is made where there is none."""
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        beside.write_bytes(content)
        fsync(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    fsync(path.parent)


def fsync(path: Path) -> None:
    """Bring a file or a folder onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
