"""The random numbers that others draw in this process, which a training leaves as they were. Knows no training."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def randomness_of_others() -> Iterator[None]:
    """Leave what Python and NumPy draw next as it is: Keras seeds both for all who draw in this process."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
