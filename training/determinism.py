"""Makes a process repeat itself to the last bit, on the same kind of processor. Knows no network."""

import tensorflow as tf

from training.errors import CannotRepeat


def repeat_exactly() -> None:
    """From now on: on one thread, so that sums have one order, and with only those operations that repeat themselves.

    There is no way back in this process. Raises CannotRepeat where TensorFlow has started with several threads.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError as error:
        raise CannotRepeat(
            "TensorFlow has started with several threads, so deterministic=yes comes too late. Train in a process of "
            "its own, which is told at its start: DETERMINISTIC=1 make train."
        ) from error
    tf.config.experimental.enable_op_determinism()
