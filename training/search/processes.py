"""The process of one trial: started quickly, watched, and gone afterwards. Knows neither the study nor Keras.

Each trial has a process of its own, so that its memory is given back, and what kills it kills nothing else. It is
forked from one that has imported TensorFlow and done nothing with it, which costs a tenth of importing it anew: from
its worker, where `make tune` has forked that from a server, or else from a server of the worker's own.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, ForkServerContext
from pathlib import Path
from types import TracebackType
from typing import Self

from training.quiet import quiet_stderr, start_tensorflow
from training.search.assignment import Assignment, Died, Failed, Message

MIB = 2**20
SERVED = ["training.search.nursery", "training.search.worker"]  # what a server imports: trials and workers need it


class TrialProcess:
    """Trains as it is assigned from the moment on at which it is made. To be used in a `with`, whose end ends it."""

    def __init__(self, assignment: Assignment, memory_mb: int) -> None:
        context = _context()
        self._memory_mb = memory_mb
        self._messages, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_train, args=(assignment, theirs), name="trial")
        with uninterrupted():
            self._process.start()
        theirs.close()  # so that the pipe ends with the process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._process.kill()  # it has nothing to put in order: what it had to say is said
        self._process.join()
        self._messages.close()

    @property
    def pid(self) -> int:
        """Of the operating system."""
        return self._process.pid or 0

    def message(self, wait_s: float) -> Message | None:
        """The next message; None where there was none for so long. One that uses too much memory has failed."""
        if (used := resident_mb(self.pid)) > self._memory_mb:
            return Failed(
                f"It used {used:,.0f} MB of memory, more than the {self._memory_mb:,} MB that each trial may use. "
                "memory_mb= allows more, and fewer workers= leave more to each."
            )
        try:
            if not self._messages.poll(wait_s):
                return None
            message: Message = self._messages.recv()
        except (EOFError, OSError):
            self._process.join()
            return Died(f"Its process ended by itself, with exit code {self._process.exitcode}.")
        return message


def start_server() -> None:
    """Begin with it, and do not wait for it: it takes seconds."""
    served()
    with uninterrupted():
        forkserver.ensure_running()


def served() -> ForkServerContext:
    """Processes that are forked from a server, which is started for the first of them where none is."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(SERVED)
    return context


def warm_up() -> None:
    """Return once trials can be forked quickly: it takes seconds, in which nobody can beat."""
    if _is_forked():
        return
    process = _context().Process(target=_nothing, name="warm up")
    with uninterrupted():
        process.start()
    process.join()


def resident_mb(pid: int) -> float:
    """How much memory a process has now, libraries that it shares with others included; 0 where nobody can tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def machine_mb() -> int:
    """The memory of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Start processes that Ctrl-C, which a terminal sends to all, does not reach. It reaches this one afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """End this process at once when the one that asked for it is gone: a killed search leaves nothing behind."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()


def _context() -> ForkContext | ForkServerContext:
    return multiprocessing.get_context("fork") if _is_forked() else served()


def _is_forked() -> bool:
    """Whether this process comes from a server: it has imported what trials need then, and has no thread but one."""
    return forkserver.get_inherited_fds() is not None


def _nothing() -> None:
    """What the first process does."""


def _train(assignment: Assignment, messages: Connection) -> None:
    end_with_parent()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet_stderr():
        from training.search.trial import run  # noqa: PLC0415  # imports Keras, where the server has not

        _start_tensorflow(assignment.threads)
    run(assignment, messages.send)


def _start_tensorflow(threads: int) -> None:
    import tensorflow  # noqa: PLC0415  # is imported already

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    start_tensorflow()
