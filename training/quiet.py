"""Keeps TensorFlow's own messages off the terminal. Knows nothing of training."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back all that is written to file descriptor 2, also from C++; let it out where an error ends the block.

    TensorFlow writes a dozen lines about processors while it is imported, which no setting of it prevents.
    """
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)


def start_tensorflow() -> None:
    """Import it and let it look for devices, the two things at which it talks most. Call inside `quiet_stderr`."""
    import tensorflow  # noqa: PLC0415  # takes seconds, which a mistyped recipe must not cost

    tensorflow.config.list_logical_devices()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns that one process trains several models
