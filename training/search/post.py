"""Where a worker works, with what, and how often it looks around. Knows no study."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Pace:
    """How often a worker does what, in seconds."""

    look_s: float = 1.0  # between two looks at the study where there is nothing to do
    beat_s: float = 10.0  # between two beats
    lost_after_s: float = 60.0  # without a beat


@dataclass(frozen=True)
class Post:
    """Where a worker works, and with what."""

    storage: str  # path or address
    study: str
    data_dir: Path | None
    weights: Path  # a folder
    threads: int  # of TensorFlow, in a trial
    memory_mb: int  # that a trial may use; 0: its share of the memory that Ray has
    arguments: tuple[str, ...] = ()  # words that fill a form here, where its data lies elsewhere than for others
    at_once: int = 1  # trials, of a worker that runs several; 0: as many as Ray has room for
    pace: Pace = field(default_factory=Pace)
