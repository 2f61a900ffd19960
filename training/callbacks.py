"""What happens after each epoch of a training: a check, a clock, and word of the progress. Knows no data."""

import math
import signal
import threading
import time
from collections.abc import Iterable
from typing import Any, Self

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

Logs = dict[str, Any] | None  # metric -> value, as Keras hands them over

OVERFITTED_RATIO = 1.3  # of the validation loss to the training loss
RISEN = 1.1  # times the best validation loss


def progress(name: str, console: Console) -> "LiveProgress | LineProgress":
    """The progress that suits the console: a live line on a terminal, plain lines elsewhere. To be closed.

    It is told by fit which network of how many is trained: Keras's parameters `network` and `networks`.
    """
    live = console.is_terminal and not console.is_dumb_terminal
    return LiveProgress(name, console) if live else LineProgress(name, console)


class LiveProgress(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """One line that is redrawn: epoch, losses and time left, at the end time gone. Needs a terminal."""

    def __init__(self, name: str, console: Console) -> None:
        super().__init__()
        self._name = name
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            TextColumn("epoch {task.completed}/{task.total} {task.fields[metrics]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
        )

    def on_train_begin(self, _logs: Logs = None) -> None:
        """Draw the line of this network for the first time."""
        description = f"{self._name}{_network(self.params)}"
        self._task = self._bar.add_task(description, total=self.params["epochs"], metrics="")
        self._bar.start()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Move the bar on."""
        self._bar.update(self._task, completed=epoch + 1, metrics=_losses(logs))

    def close(self) -> None:
        """Leave the line as it is, and the terminal as it was, also where an error or Ctrl-C ended the training."""
        self._bar.stop()


class LineProgress(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """One plain line per epoch, for files and pipes."""

    def __init__(self, name: str, console: Console) -> None:
        super().__init__()
        self._name = name
        self._console = console

    def on_train_begin(self, _logs: Logs = None) -> None:
        """Start the clock."""
        self._begin = time.monotonic()
        self._trained = 0  # epochs, without those before an interruption

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Print the line."""
        self._trained += 1
        gone_s = time.monotonic() - self._begin
        left_s = gone_s / self._trained * (self.params["epochs"] - epoch - 1)
        place = f"{self._name}{_network(self.params)}: epoch {epoch + 1}/{self.params['epochs']}"
        self._console.print(f"{place} {_metrics(logs)} {gone_s:.0f} s, {left_s:.0f} s left")

    def close(self) -> None:
        """There is nothing to put back."""


class Told(keras.callbacks.History):  # type: ignore[misc]  # Keras is untyped
    """Keeps in `history` what each epoch told, those before an interruption too."""

    def state(self) -> dict[str, Any]:
        """All that is known so far, for `restore`."""
        return {"history": self.history}

    def restore(self, state: dict[str, Any]) -> None:
        """Know what another knew."""
        self.history = state["history"]


class EpochClock(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Keeps how long each epoch took, validation included, in `seconds`."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def state(self) -> dict[str, Any]:
        """All that is known so far, for `restore`."""
        return {"seconds": self.seconds}

    def restore(self, state: dict[str, Any]) -> None:
        """Know what another knew."""
        self.seconds = state["seconds"]

    def on_epoch_begin(self, _epoch: int, _logs: Logs = None) -> None:
        """Start the clock."""
        self._begin = time.monotonic()

    def on_epoch_end(self, _epoch: int, _logs: Logs = None) -> None:
        """Stop the clock."""
        self.seconds.append(time.monotonic() - self._begin)


class Interruption(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Has Ctrl-C end a training, at the end of an epoch at the latest; a context manager around Keras's `fit`.

    Python raises KeyboardInterrupt wherever it is just then. Below C code, as TensorFlow's, it can be lost without a
    word: PyObject_HasAttr, for one, takes every exception for a no.
    Whoever has SIGINT mean something else is left alone, and so are other threads, which no signal reaches.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False
        self._listens = False

    def __enter__(self) -> Self:
        is_main = threading.current_thread() is threading.main_thread()
        self._listens = is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._listens:
            signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._listens:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def on_epoch_end(self, _epoch: int, _logs: Logs = None) -> None:
        """Raise it again, if there was one."""
        if self._asked:
            raise KeyboardInterrupt

    def _interrupt(self, *_: object) -> None:
        self._asked = True
        raise KeyboardInterrupt


class Overfitting(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Watches the ratio of the validation loss to the training loss; `note` says where it tells of overfitting.

    The ratio alone does not: it lies above 1 for a good network too. The validation loss must also have risen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ratio = math.nan  # of the last epoch
        self._best = self._last = math.inf

    def state(self) -> dict[str, Any]:
        """All that is known so far, for `restore`."""
        return {"ratio": self.ratio, "best": self._best, "last": self._last}

    def restore(self, state: dict[str, Any]) -> None:
        """Know what another knew."""
        self.ratio, self._best, self._last = state["ratio"], state["best"], state["last"]

    def on_epoch_end(self, _epoch: int, logs: Logs = None) -> None:
        """Take the ratio."""
        values = logs or {}
        self._last = values["val_loss"]
        self._best = min(self._best, self._last)
        self.ratio = self._last / values["loss"] if values["loss"] > 0 else math.inf

    @property
    def note(self) -> str:
        """A sentence, or nothing."""
        if not (self.ratio > OVERFITTED_RATIO and RISEN * self._best < self._last):
            return ""
        return (
            f"At the end of the training the validation loss was {self.ratio:.2f} times the training loss, and "
            f"{self._last / self._best:.2f} times its best: overfitting. Early stopping (patience), dropout and weight "
            "decay are the usual remedies."
        )


def losses_first(metrics: Iterable[str]) -> list[str]:
    """The names of metrics in the order in which they are read; Keras sorts them by letter."""
    return sorted(metrics, key=lambda name: not name.endswith("loss"))


def _network(params: dict[str, Any]) -> str:
    """Which network of how many, where there is more than one."""
    return f", network {params['network']} of {params['networks']}" if params.get("networks", 1) > 1 else ""


def _losses(logs: Logs) -> str:
    return _metrics({name: value for name, value in (logs or {}).items() if name.endswith("loss")})


def _metrics(logs: Logs) -> str:
    values = logs or {}
    return " ".join(f"{name} {values[name]:.4g}" for name in losses_first(values))
