"""What a network is to tell: the task and its targets, from the columns that hold them. Knows no features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import listed, quoted
from models.signature import Task
from training.errors import InvalidOverride, UnusableData
from training.splits import FEWEST_OF_A_CLASS
from training.table.columns import Column, Kind

AUTO = "auto"
TASKS = (AUTO, *(task.value for task in Task))
MOST_CLASSES = 10  # different whole numbers that are taken for classes unless the caller says otherwise
NO = ("0", "no", "n", "false", "f")
YES = ("1", "yes", "y", "true", "t")
SHOWN = 6  # classes in a sentence


@dataclass(frozen=True)
class Target:
    """What a network is to tell of each row."""

    task: Task
    reason: str  # why this task
    names: tuple[str, ...]  # of classes, labels or values
    values: np.ndarray  # as a Split holds them
    classes: np.ndarray  # (rows,) of each row, by which they are drawn into parts; all 0 where there are none


def target(columns: Sequence[Column], asked: str) -> Target:
    """The target of columns in which nothing is missing. `asked` is a task, or AUTO.

    Raises UnusableData where there is nothing to learn, and InvalidOverride where the task does not fit.
    """
    for column in columns:
        if len(np.unique(column.values)) < 2:
            raise UnusableData(
                f"The target {quoted(column.name)} is {_label(column, column.values[0])} in every row, so there is "
                "nothing to tell. Choose another column: target=…"
            )
    task, reason = _auto(columns) if asked == AUTO else (Task(asked), f"since task={asked} says so")
    if task is Task.REGRESSION:
        return _values(columns, reason)
    return _labels(columns, reason) if task is Task.MULTILABEL else _classes(columns, task, reason)


def _auto(columns: Sequence[Column]) -> tuple[Task, str]:
    if len(columns) > 1:
        if all(_is_flag(column) for column in columns):
            return Task.MULTILABEL, f"since each of {_names(columns)} holds yes or no"
        return Task.REGRESSION, f"since {_names(columns)} hold numbers"
    (column,) = columns
    different = len(np.unique(column.values))
    if column.kind is Kind.WORDS:
        return _of_classes(different), f"since {quoted(column.name)} holds {different} different words"
    is_whole = bool((column.values == np.trunc(column.values)).all())
    if column.kind is Kind.NUMBER and is_whole and different <= MOST_CLASSES:
        return _of_classes(different), f"since {quoted(column.name)} holds {different} different whole numbers"
    what = "days" if column.kind is Kind.DATE else "whole numbers" if is_whole else "numbers"
    return Task.REGRESSION, f"since {quoted(column.name)} holds {different:,} different {what}"


def _of_classes(count: int) -> Task:
    return Task.BINARY if count == 2 else Task.MULTICLASS


def _values(columns: Sequence[Column], reason: str) -> Target:
    for column in columns:
        if column.kind is Kind.WORDS:
            raise InvalidOverride(
                f"The target {quoted(column.name)} holds words, such as {quoted(column.words[0])}, and a regression "
                "tells numbers. One target of words may stand alone; several are all numbers, or all yes and no."
            )
    values = np.stack([column.values for column in columns], axis=1).astype(np.float32)
    return Target(Task.REGRESSION, reason, _names_of(columns), values, np.zeros(len(values), np.int32))


def _labels(columns: Sequence[Column], reason: str) -> Target:
    for column in columns:
        if not _is_flag(column):
            raise InvalidOverride(
                f"The target {quoted(column.name)} is no label: it holds {_shown(column)} instead of 0 and 1, no and "
                "yes, or false and true."
            )
    if len(columns) < 2:
        raise InvalidOverride("Of one label the task is binary; multilabel needs several targets: target=a,b,c.")
    values = np.stack([_flags(column) for column in columns], axis=1)
    return Target(Task.MULTILABEL, reason, _names_of(columns), values, np.zeros(len(values), np.int32))


def _classes(columns: Sequence[Column], task: Task, reason: str) -> Target:
    if len(columns) > 1:
        raise InvalidOverride(f"The task {task} tells one target, not {_names(columns)}. Name one, or leave task= out.")
    (column,) = columns
    different, numbers, counts = np.unique(column.values, return_inverse=True, return_counts=True)
    if task is Task.BINARY and len(different) != 2:
        raise InvalidOverride(
            f"The target {quoted(column.name)} holds {len(different):,} different values ({_shown(column)}), and the "
            "task binary tells two. Take task=auto."
        )
    _check_counts(column, different, counts)
    names = tuple(_label(column, value) for value in different)
    values = numbers.astype(np.float32)[:, None] if task is Task.BINARY else numbers.astype(np.int32)
    return Target(task, reason, names, values, numbers.astype(np.int32))


def _check_counts(column: Column, different: np.ndarray, counts: np.ndarray) -> None:
    few = np.flatnonzero(counts < FEWEST_OF_A_CLASS)
    if not few.size:
        return
    first = f"{_label(column, different[few[0]])!r} has {counts[few[0]]}"
    others = f", and {few.size - 1:,} more have as few" if few.size > 1 else ""
    numbers = " Where the target is a quantity, say task=regression." if column.kind is not Kind.WORDS else ""
    raise UnusableData(
        f"Each class of {quoted(column.name)} needs {FEWEST_OF_A_CLASS} rows, for training, validation and test, but "
        f"{first}{others}. Add rows, remove these, or give them another class.{numbers}"
    )


def _is_flag(column: Column) -> bool:
    texts = {_label(column, value).lower() for value in np.unique(column.values)}
    return column.kind is not Kind.DATE and len(texts) == 2 and texts <= {*NO, *YES} and len(texts & {*YES}) == 1


def _flags(column: Column) -> np.ndarray:
    """1 where the column says yes, else 0."""
    different, places = np.unique(column.values, return_inverse=True)
    is_yes = np.array([_label(column, value).lower() in YES for value in different], np.float32)
    return is_yes[places]


def _label(column: Column, value: float) -> str:
    if column.kind is Kind.WORDS:
        return column.words[int(value)]
    return str(int(value)) if value == int(value) else repr(float(value))


def _shown(column: Column) -> str:
    labels = [_label(column, value) for value in np.unique(column.values)]
    return listed(labels[:SHOWN]) + (", …" if len(labels) > SHOWN else "")


def _names(columns: Sequence[Column]) -> str:
    return listed(quoted(column.name) for column in columns)


def _names_of(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)
