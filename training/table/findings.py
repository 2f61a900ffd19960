"""What was found in a table, as a person reads it before the training. Knows no file."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from models.errors import listed
from models.signature import Task
from training.table.columns import Column, Kind
from training.table.features import Feature, LeftOut
from training.table.targets import Target

MOST_LINES = 40  # columns shown, of a table with very many
SHOWN_WORDS = 6
ROWS_OF_A_VALUE = 5  # on average, from which on it is no chance that a value goes with one class
Line = tuple[str, str, str, str]  # name, taken as, missing, what it holds


def findings(features: Sequence[Feature | LeftOut], targets: Sequence[Column], target: Target) -> str:
    """A line per column, then the task and why, then how to overrule."""
    lines = [_target(column, target) for column in targets] + [_line(feature) for feature in features]
    shown = [("column", "taken as", "missing", "holds"), *lines[:MOST_LINES]]
    widths = [max(len(line[place]) for line in shown) for place in range(3)]
    table = [f"  {a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {holds}".rstrip() for a, b, c, holds in shown]
    remedy = "To overrule: task=, target=, drop=a,b, numeric=a,b, categorical=a,b, missing=word"
    return "\n".join(
        [*table, *_more(lines), f"Task: {target.task}, {target.reason}", *_hints(features, target), remedy]
    )


def counted(features: Iterable[Feature | LeftOut]) -> str:
    """How many columns of each kind are taken, as a sentence part."""
    kinds = Counter(_taken(feature) for feature in features if isinstance(feature, Feature))
    return listed(f"{count:,} as {kind}" for kind, count in kinds.items())


def _more(lines: Sequence[Line]) -> list[str]:
    rest = Counter(line[1] for line in lines[MOST_LINES:])
    what = listed(f"{count:,} {taken}" for taken, count in rest.items())
    return [f"  and {rest.total():,} more columns: {what}"] if rest else []


def _hints(features: Sequence[Feature | LeftOut], target: Target) -> list[str]:
    """What a person should look at: columns that may have been written down after the target was known."""
    if not target.classes.any():
        return []
    names = [one.name for one in features if isinstance(one, Feature) and _gives_away(one.values, target.classes)]
    return [
        f"Look at {name}: each of its values goes with one class only. If it is not known before, say drop={name}"
        for name in names
    ]


def _gives_away(values: np.ndarray, classes: np.ndarray) -> bool:
    """Whether few values, each of several rows, tell all classes alone."""
    different, places = np.unique(values, return_inverse=True)  # of which NaN is one
    if len(different) * ROWS_OF_A_VALUE > len(values):
        return False
    return len(np.unique(places * (int(classes.max()) + 1) + classes)) == len(different)


def _target(column: Column, target: Target) -> Line:
    if target.task in (Task.BINARY, Task.MULTICLASS):
        counts = np.bincount(target.classes)
        holds = _some([f"{name} ({count:,})" for name, count in zip(target.names, counts, strict=True)])
    else:
        holds = _some(column.words) if column.kind is Kind.WORDS else _range(column.values)
    return column.name, "target", "0", holds + _noted(column.note)


def _line(feature: Feature | LeftOut) -> Line:
    if isinstance(feature, LeftOut):
        return feature.name, "left out", f"{feature.missing:,}", feature.reason
    missing = f"{int(np.isnan(feature.values).sum()):,}"
    holds = _range(feature.values) if feature.words is None else _some(feature.words)
    tail = ", long tail" if feature.long_tail else ""
    return feature.name, _taken(feature), missing, f"{holds}{tail}{_noted(feature.note)}"


def _noted(note: str) -> str:
    return f"; {note}" if note else ""


def _taken(feature: Feature | LeftOut) -> str:
    if isinstance(feature, LeftOut):
        return "left out"
    return "days" if feature.kind is Kind.DATE else feature.kind.value


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN_WORDS:,} more" if len(words) > SHOWN_WORDS else ""
    return listed(words[:SHOWN_WORDS]) + more


def _range(values: np.ndarray) -> str:
    return f"{np.nanmin(values):g} to {np.nanmax(values):g}"
