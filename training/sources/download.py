"""Downloads that end: with the data, or with a sentence on how to supply it. Knows no data set and no format."""

import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from training.errors import DataUnavailable

TIMEOUT_S = 20.0  # without a byte from the other side

Data = TypeVar("Data")


@dataclass(frozen=True)
class Supply:
    """Where a data set may be found."""

    name: str
    files: tuple[str, ...]  # below DATA_DIR
    host: str  # from which the loader downloads

    def missing(self, data_dir: Path | None) -> list[str]:
        """The files that are not in DATA_DIR: all of them where it is not set."""
        return [file for file in self.files if data_dir is None or not (data_dir / file).is_file()]


def download(supply: Supply, data_dir: Path | None, loader: Callable[[], Data], timeout_s: float = TIMEOUT_S) -> Data:
    """What `loader` brings. Raises DataUnavailable, which says what was tried and how to supply the data."""
    try:
        with _timeout(timeout_s), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Retry downloading", UserWarning)  # scikit-learn's; the error says enough
            return loader()
    except Exception as error:  # Keras raises a bare Exception for a failed download
        raise DataUnavailable(
            f"{supply.name} is not available: {_absence(supply, data_dir)}, and the download from {supply.host} failed "
            f"({_reason(error)}). To supply it, set DATA_DIR to a folder that holds {', '.join(supply.files)}."
        ) from error


@contextmanager
def _timeout(seconds: float) -> Iterator[None]:
    """The loaders of Keras and scikit-learn take no timeout, so it is set for every new socket."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _absence(supply: Supply, data_dir: Path | None) -> str:
    if data_dir is None:
        return "DATA_DIR is not set"
    return f"DATA_DIR ({data_dir}) lacks {', '.join(supply.missing(data_dir))}"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
