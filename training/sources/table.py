"""A table of the caller's, from its file to a data set that is ready to train on. Knows no network."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import listed, quoted
from models.signature import Task
from training.data import Dataset, Split
from training.errors import InvalidOverride, UnusableData
from training.splits import three_parts
from training.table.columns import Kind, read_column
from training.table.delimited import read_delimited
from training.table.features import Feature, LeftOut, feature
from training.table.findings import counted, findings
from training.table.parquet import MAGIC, read_parquet
from training.table.sheet import Sheet, some
from training.table.targets import AUTO, Target, target

FEWEST_ROWS = 20


@dataclass(frozen=True)
class Choices:
    """What a caller says of a table; `target` and `path` must be said."""

    path: Path
    target: tuple[str, ...] = ()  # columns to be told
    task: str = AUTO  # or one of the tasks
    drop: tuple[str, ...] = ()  # columns to leave out
    numeric: tuple[str, ...] = ()  # columns that hold numbers, whatever they look like
    categorical: tuple[str, ...] = ()  # columns that hold words, whatever they look like
    missing: tuple[str, ...] = ()  # texts that stand for a missing value, besides those of columns.MISSING
    validation: float = 0.2  # share of the rows
    test: float = 0.2  # share of the rows
    split_seed: int = 42  # of the lot by which rows are drawn


@dataclass(frozen=True)
class Table:
    """A table that is ready to train on."""

    dataset: Dataset
    task: Task
    findings: str  # what was found in it, for a person
    dates: tuple[str, ...]  # features that are days since 1970-01-01


def read_table(choices: Choices) -> Table:
    """Read, understand and split the file.

    Raises InvalidOverride where a choice does not fit the file, and UnusableData where nothing can be learnt from it.
    """
    sheet = read_sheet(choices.path)
    choices = _checked(sheet, choices)
    columns = [read_column(sheet, name, _said(name, choices), choices.missing) for name in choices.target]
    rows = np.flatnonzero(~np.any([column.missing for column in columns], axis=0))  # which have something to tell
    _check_rows(sheet, rows, choices)
    columns = [column.of(rows) for column in columns]
    told = target(columns, choices.task)
    parts = three_parts(told.classes, choices.validation, choices.test, choices.split_seed)
    features = _features(sheet, choices, rows, parts[0])
    found = f"{_heading(sheet, rows)}\n{findings(features, columns, told)}"
    taken = [one for one in features if isinstance(one, Feature)]
    if not taken:
        raise UnusableData(f"{sheet.path} has no column from which {listed(choices.target)} could be told.\n{found}")
    dates = tuple(one.name for one in taken if one.kind is Kind.DATE)
    return Table(_dataset(sheet, taken, told, parts, _source(sheet, rows, features)), told.task, found, dates)


def read_sheet(path: Path) -> Sheet:
    """The columns of a CSV or Parquet file, whatever it is called. Raises UnusableData."""
    if path.is_dir():
        raise UnusableData(f"{path} is a folder. Name the file in it; for a folder of images: RECIPE=images.")
    try:
        with path.open("rb") as file:
            is_parquet = file.read(len(MAGIC)) == MAGIC
    except FileNotFoundError as error:
        raise UnusableData(f"There is no file {path}. The folder in which this runs is {Path.cwd()}.") from error
    except OSError as error:
        raise UnusableData(f"{path} cannot be read: {error.strerror}.") from error
    return read_parquet(path) if is_parquet else read_delimited(path)


def _checked(sheet: Sheet, choices: Choices) -> Choices:
    """The choices, whose columns are all there. Raises InvalidOverride."""
    if not choices.target:
        raise InvalidOverride(
            f"Say which column is to be told: target={sheet.names[-1]}, say, the last. The columns of {sheet.path}: "
            f"{some(sheet.names)}."
        )
    checked: dict[str, Any] = {
        key: sheet.checked(getattr(choices, key), key) for key in ("target", "drop", "numeric", "categorical")
    }
    for one, other in (("target", "drop"), ("numeric", "categorical")):
        if both := set(checked[one]) & set(checked[other]):
            raise InvalidOverride(
                f"The column {quoted(min(both))} stands in {one}= and in {other}=. Take it out of one."
            )
    return replace(choices, **checked)


def _check_rows(sheet: Sheet, rows: np.ndarray, choices: Choices) -> None:
    if len(rows) < FEWEST_ROWS:
        raise UnusableData(
            f"{sheet.path} has {len(rows)} rows that hold {listed(choices.target)}, too few to learn from and to "
            f"measure by. It takes {FEWEST_ROWS} at least, and some hundred to tell much."
        )


def _features(sheet: Sheet, choices: Choices, rows: np.ndarray, train: np.ndarray) -> list[Feature | LeftOut]:
    """What becomes of each column that is no target, in the order of the file."""
    features: list[Feature | LeftOut] = []
    for name in sheet.names:
        if name in choices.drop:
            features.append(LeftOut(name, 0, f"drop={name} says so"))
        elif name not in choices.target:
            said = _said(name, choices)
            column = read_column(sheet, name, said, choices.missing)
            features.append(feature(column.of(rows), train, is_said=said is not None))
    return features


def _said(name: str, choices: Choices) -> Kind | None:
    if name in choices.numeric:
        return Kind.NUMBER
    return Kind.WORDS if name in choices.categorical else None


def _heading(sheet: Sheet, rows: np.ndarray) -> str:
    without = sheet.table.num_rows - len(rows)
    left_out = f"; {without:,} rows without a target are left out" if without else ""
    return f"{sheet.path}: {sheet.form}, {sheet.table.num_rows:,} rows of {len(sheet.names):,} columns{left_out}"


def _source(sheet: Sheet, rows: np.ndarray, features: list[Feature | LeftOut]) -> str:
    left_out = [one.name for one in features if isinstance(one, LeftOut)]
    without = f" Left out: {some(left_out)}." if left_out else ""
    return (
        f"The file {sheet.path.name} of whoever trained this: {len(rows):,} rows with a target, columns taken: "
        f"{counted(features)}.{without}"
    )


def _dataset(sheet: Sheet, taken: list[Feature], told: Target, parts: tuple[np.ndarray, ...], source: str) -> Dataset:
    inputs = np.stack([one.values for one in taken], axis=1)  # (rows, features)
    train, validation, test = (Split(inputs[part], told.values[part]) for part in parts)
    words = tuple(one.words for one in taken)
    return Dataset(
        name=sheet.path.name,
        source=source,
        input_name="features",
        output_names=told.names,
        train=train,
        validation=validation,
        test=test,
        feature_names=tuple(one.name for one in taken),
        target_unit="the unit of the file" if told.task is Task.REGRESSION else "",
        categories=words if any(words) else None,
        optional=bool(np.isnan(inputs).any()),
        long_tails=tuple(place for place, one in enumerate(taken) if one.long_tail),
    )
