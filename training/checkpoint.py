"""What a training has so far, network by network, and how it goes on to the same numbers. Knows no file and no data."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import keras
import numpy as np

from training.errors import CannotResume

State = dict[str, Any]  # of what JSON can say, and of arrays
Logs = dict[str, Any] | None  # metric -> value, as Keras hands them over

SHARE = 0.05  # of the time that writing may take


class Part(Protocol):
    """What knows something from one epoch to the next, beside the variables."""

    def state(self) -> State:
        """All that it knows."""

    def restore(self, state: State) -> None:
        """Know what another knew."""


@dataclass(frozen=True)
class Saved:
    """A training at the end of one of its epochs, or of one of its networks."""

    seconds: float = 0.0  # of training until then
    finished: tuple[State, ...] = ()  # a network each: stage, variables, history, notes
    current: State | None = None  # the network under way: stage, epochs, variables, optimizer, and the parts by name

    @property
    def place(self) -> str:
        """How far it has come, as a sentence part."""
        epochs = self.current["epochs"] if self.current else 0
        network = f"network {len(self.finished) + 1}, " if self.finished else ""
        return f"{network}epoch {epochs}" if epochs else f"the last epoch of network {len(self.finished)}"


def _nowhere(_: Saved) -> None:
    """Keep nothing."""


class Checkpoint:
    """Of one training. `Checkpoint()` has nothing to go on with, and keeps nothing.

    `write` gets the training as it stands: at the end of each network, and of an epoch where `every_s` have passed
    since the last time; less often where writing would take more than SHARE of the time.
    """

    def __init__(
        self, saved: Saved | None = None, write: Callable[[Saved], None] = _nowhere, every_s: float = math.inf
    ) -> None:
        self._saved, self._write, self._every_s = saved or Saved(), write, every_s
        self._stage = ""
        self._begin = time.monotonic() - self._saved.seconds
        self._due = time.monotonic() + every_s

    @property
    def seconds(self) -> float:
        """Of training, without those between an interruption and the resumption."""
        return time.monotonic() - self._begin

    def enter(self, stage: str) -> None:
        """What follows is of this stage: networks are counted by stages."""
        self._stage = stage

    def finished(self, number: int) -> State | None:
        """What `finish` was told of the network of that number, from 0, in this stage."""
        done = [network for network in self._saved.finished if network["stage"] == self._stage]
        return done[number] if number < len(done) else None

    def finish(self, network: keras.Model, history: dict[str, list[float]], notes: Iterable[str]) -> None:
        """Keep a network that is trained."""
        done = {
            "stage": self._stage,
            "variables": values_of(network.variables),
            "history": history,
            "notes": list(notes),
        }
        self._keep(replace(self._saved, finished=(*self._saved.finished, done), current=None))

    def under_way(self, network: keras.Model, parts: Mapping[str, Part]) -> "UnderWay":
        """For the network that is trained next. It goes last among the callbacks, behind all `parts`."""
        return UnderWay(self, network, parts)

    def resume(self, network: keras.Model, parts: Mapping[str, Part]) -> int:
        """Put a network, its optimizer and the parts where they were; returns the epochs that are done.

        Raises CannotResume where the network has other variables.
        """
        current = self._saved.current
        if current is None or current["stage"] != self._stage:
            return 0
        network.optimizer.build(network.trainable_variables)
        assign(network.variables, current["variables"])
        assign(network.optimizer.variables, current["optimizer"])
        for name, part in parts.items():
            part.restore(current["parts"][name])
        epochs: int = current["epochs"]
        return epochs

    def epoch_ended(self, epochs: int, network: keras.Model, parts: Mapping[str, Part]) -> None:
        """Keep a network that is under way, where that is due."""
        if time.monotonic() < self._due:
            return
        current = {
            "stage": self._stage,
            "epochs": epochs,
            "variables": values_of(network.variables),
            "optimizer": values_of(network.optimizer.variables),
            "parts": {name: part.state() for name, part in parts.items()},
        }
        self._keep(replace(self._saved, current=current))

    def _keep(self, saved: Saved) -> None:
        begin = time.monotonic()
        self._saved = replace(saved, seconds=self.seconds)
        self._write(self._saved)
        took_s = time.monotonic() - begin
        self._due = time.monotonic() + max(self._every_s, took_s / SHARE)


class UnderWay(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Tells a checkpoint of each epoch of one network."""

    def __init__(self, checkpoint: Checkpoint, network: keras.Model, parts: Mapping[str, Part]) -> None:
        super().__init__()
        self._checkpoint, self._network, self._parts = checkpoint, network, parts

    def resume(self) -> int:
        """Put all where it was; returns the epochs that are done. The network must be compiled."""
        return self._checkpoint.resume(self._network, self._parts)

    def on_epoch_end(self, epoch: int, _logs: Logs = None) -> None:
        """The last epoch is left to `Checkpoint.finish`: going on after it would train one too many."""
        if not self.model.stop_training and epoch + 1 < self.params["epochs"]:
            self._checkpoint.epoch_ended(epoch + 1, self._network, self._parts)


def values_of(variables: Iterable[keras.Variable]) -> list[np.ndarray]:
    """Copies of their values."""
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def assign(variables: Iterable[keras.Variable], values: Iterable[np.ndarray]) -> None:
    """Give them these values. Raises CannotResume where they are not of the same number and shapes."""
    variables, values = list(variables), list(values)
    if [tuple(variable.shape) for variable in variables] != [value.shape for value in values]:
        raise CannotResume(
            "The interrupted training had other weights than the network that its config now gives: this Heaviside "
            "builds it otherwise. Leave RESUME=1 out to begin anew."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
