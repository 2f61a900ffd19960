"""What runs in Ray's processes: a trial epoch by epoch, and a member of a population. They know no study.

The training itself is in a process of its own, as those of every worker are (`processes`): it ends with the trial, and
what kills it or takes too much memory kills nothing of Ray's.
"""

import json
import math
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ray import tune

from training.errors import InvalidOverride
from training.search.assignment import Assignment, Died, Epoch, Failed, Finished, Message
from training.search.on_ray.spaces import there
from training.search.processes import TrialProcess
from training.space import Space, Values

VALUE, MESSAGE = "value", "message"  # keys of a result: what Ray compares, and what the process said
LOOK_S = 1.0
WEIGHTS, PARENT = "weights.npz", "parent.json"  # files of a checkpoint


class Epochs(tune.Trainable):  # type: ignore[misc]  # Ray's types are not followed
    """A trial, of which Ray gets a result an epoch, and one more at the end."""

    def setup(self, config: dict[str, Any]) -> None:
        """Begin."""
        self._process: TrialProcess | None = None
        self.reset_config(config)

    def reset_config(self, config: dict[str, Any]) -> bool:
        """Begin another trial in the same process of Ray's."""
        self.cleanup()
        self._value = math.inf
        self._process = TrialProcess(config["assignment"], config["memory_mb"])
        return True

    def step(self) -> dict[str, Any]:
        """Until the next message."""
        assert self._process is not None
        message = _next(self._process)
        if isinstance(message, Epoch):
            self._value = message.value
        return {VALUE: self._value, MESSAGE: message, "done": not isinstance(message, Epoch)}

    def cleanup(self) -> None:
        """End it, wherever it is."""
        if self._process is not None:
            self._process.__exit__(None, None, None)


@dataclass(frozen=True)
class Brood:
    """What the members of a population share."""

    assignment: Assignment  # all but the settings
    space: Space
    memory_mb: int


class Member(tune.Trainable):  # type: ignore[misc]  # Ray's types are not followed
    """A member of a population, of which Ray gets a result a generation; its weights are Ray's checkpoints.

    `config["member"]` holds a point and, where the study has them already, weights and the number of their trial.
    """

    def setup(self, config: dict[str, Any]) -> None:
        """Be ready to train."""
        self._folder = Path(tempfile.mkdtemp(prefix="member"))
        self.reset_config(config)

    def reset_config(self, config: dict[str, Any]) -> bool:
        """Be another member. Where Ray has a checkpoint, it is loaded next."""
        self.config = config
        self._own.unlink(missing_ok=True)
        self._start: Path | None = config["member"]["start"]
        self._parent: str | int | None = config["member"]["parent"]
        return True

    def step(self) -> dict[str, Any]:
        """A generation: a whole training, from the weights of the one before."""
        brood: Brood = self.config["brood"]
        values, made, course = there(brood.space, self.config["member"]["point"]), uuid.uuid4().hex, list[float]()
        message, parent = self._trained(brood, values, course), self._parent
        value = math.inf
        if isinstance(message, Finished):
            value, parent = message.values[0], self._parent if message.inherited else None
            self._start, self._parent = self._own, made
            (self._folder / "next.npz").replace(self._own)
        return {VALUE: value, MESSAGE: message, "values": values, "course": course, "parent": parent, "made": made}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """The weights, and which generation made them."""
        if self._start is not None:
            with suppress(FileNotFoundError):  # of another machine
                shutil.copyfile(self._start, Path(checkpoint_dir) / WEIGHTS)
        (Path(checkpoint_dir) / PARENT).write_text(json.dumps(self._parent))

    def load_checkpoint(self, checkpoint: str) -> None:
        """Go on from the weights of this or another member."""
        folder = Path(checkpoint)
        self._parent, self._start = json.loads((folder / PARENT).read_text()), None
        if (folder / WEIGHTS).exists():
            self._start = Path(shutil.copyfile(folder / WEIGHTS, self._own))

    def cleanup(self) -> None:
        """Leave nothing on the disk."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _own(self) -> Path:
        return self._folder / WEIGHTS

    def _trained(self, brood: Brood, values: Values, course: list[float]) -> Message:
        """How a training ended. Raises RuntimeError where it was killed, so that Ray repeats it from the checkpoint."""
        try:
            config = brood.space.config(values, brood.assignment.config)
        except InvalidOverride as error:
            return Failed(str(error))
        assignment = replace(brood.assignment, config=config, start=self._start, keep=self._folder / "next.npz")
        with TrialProcess(assignment, brood.memory_mb) as process:
            while isinstance(message := _next(process), Epoch):
                course.append(message.value)
        if isinstance(message, Died):
            raise RuntimeError(message.sentence)
        return message


def worker_of(result: Mapping[str, Any]) -> str:
    """The process of Ray's that a result comes from, for a reader."""
    return f"{result['hostname']}:{result['pid']}"


def _next(process: TrialProcess) -> Message:
    while (message := process.message(LOOK_S)) is None:
        pass
    return message
