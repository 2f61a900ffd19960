"""All trials of a search as trials.csv. Knows no picture."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.study import TRIALS_FILE
from training.record import Record, TrialRecord


def write_trials(record: Record, folder: Path) -> None:
    """A line per trial; what a trial has not is left empty.

    Names of columns begin with what they are, as `loss` may be an objective, a setting and a score.
    """
    with (folder / TRIALS_FILE).open("w", newline="", encoding="utf-8") as file:
        lines = [_line(record, trial) for trial in record]
        columns = dict.fromkeys(["trial", "state", *_columns(record), *(key for line in lines for key in line)])
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def _columns(record: Record) -> Iterator[str]:
    """In the order in which they are read, also where the first trials lack some."""
    yield from (f"objective_{name}" for name in record.objectives)
    yield from (f"setting_{key}" for key in record.space)
    yield from ("epochs", "seconds", "parameters")
    yield from (f"validation_{name}" for trial in record for name in trial.scores)


def _line(record: Record, trial: TrialRecord) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state,
        **dict(zip((f"objective_{name}" for name in record.objectives), trial.values, strict=False)),
        **{f"setting_{key}": value for key, value in trial.params.items()},
        "epochs": trial.epochs,
        "seconds": trial.seconds,
        "parameters": trial.parameters,
        **{f"validation_{name}": score for name, score in trial.scores.items()},
        "parent": trial.parent,
        "retry_of": trial.retry_of,
        "worker": trial.worker,
        "failure": trial.failure,
        "course": " ".join(f"{epoch}:{value:.6g}" for epoch, value in trial.course),
    }
