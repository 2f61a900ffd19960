"""What a worker and the process of one of its trials say to each other. Knows neither Optuna nor Keras."""

from dataclasses import dataclass, field
from pathlib import Path

from training.config import Config


@dataclass(frozen=True)
class Assignment:
    """One training: of what, and how."""

    recipe: str  # name of a recipe or a form
    arguments: tuple[str, ...]  # words that fill a form
    config: Config
    objectives: tuple[str, ...]
    data: str  # SHA-256 that the data must have
    data_dir: Path | None
    threads: int
    start: Path | None = None  # weights to begin with
    keep: Path | None = None  # where the weights at the end go


@dataclass(frozen=True)
class Epoch:
    """One epoch is over."""

    number: int  # from 1
    value: float  # what a pruner compares


@dataclass(frozen=True)
class Finished:
    """The training is over, and what it reached on validation rows."""

    values: tuple[float, ...]  # one per objective
    scores: dict[str, float] = field(default_factory=dict)
    parameters: int = 0
    epochs: int = 0
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    inherited: bool = False  # whether it began with the weights of `start`


@dataclass(frozen=True)
class Failed:
    """What was chosen cannot be trained; no repetition would help."""

    sentence: str


@dataclass(frozen=True)
class Refused:
    """No trial of this study can run on this machine, whatever is chosen."""

    sentence: str


@dataclass(frozen=True)
class Died:
    """The process ended without a word: it was killed, or there was no memory."""

    sentence: str


Message = Epoch | Finished | Failed | Refused | Died
