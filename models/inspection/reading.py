"""Reads a file once, if it is a regular local one of bounded size. Knows no format."""

import os
import stat
from pathlib import Path

from models.inspection.limits import Limits
from models.inspection.refused import Refused

REMEDY = "Give the path of a regular file on this machine"


def read_once(path: Path, limits: Limits) -> bytes:
    """All bytes of `path`. What happens to the file afterwards changes nothing: it is not opened again.

    Raises Refused for a URL, a link, a folder, a pipe, a device, and what is empty, too large or unreadable.
    """
    if "://" in os.fspath(path) or os.fspath(path).startswith(("hf:/", "gs:/", "s3:/", "http:/", "https:/", "file:/")):
        raise Refused("file", _shown(path), f"this is an address. {REMEDY}; nothing is fetched.")
    try:
        # NONBLOCK so that a pipe without a writer is refused rather than waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise Refused("file", _shown(path), _why_unopened(path, error)) from error
    try:
        size = _checked_size(path, descriptor, limits)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(size + 1)  # a file that grows meanwhile is read no further
    finally:
        os.close(descriptor)
    if len(content) != size:
        raise Refused("file", _shown(path), "the file changed while it was read. Import it when nobody writes to it.")
    return content


def _checked_size(path: Path, descriptor: int, limits: Limits) -> int:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Refused("file", _shown(path), f"this is no regular file. {REMEDY}.")
    if not 0 < status.st_size <= limits.file_bytes:
        raise Refused(
            "size", _shown(path), f"the file has {status.st_size} bytes, and must have 1 to {limits.file_bytes}."
        )
    return status.st_size


def _why_unopened(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and path.is_symlink():
        return f"this is a symbolic link. {REMEDY}, not of a link to it."
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"the file cannot be opened ({reason}). {REMEDY} that may be read."


def _shown(path: Path) -> str:
    return repr(path.name)[1:-1][:100] or "file"
