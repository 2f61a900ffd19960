"""Which settings a search may choose, and from what. Knows no library that searches, and no data.

A value is a number, or a word as the command line takes it: `Space.config` reads both as `key=value`, so that what a
search chose is what `make train` gets.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from training.config import Config, override
from training.errors import InvalidOverride

Value = int | float | str
Values = dict[str, Value]  # key of a dimension -> what was chosen

# Dimensions that are no settings: so many hidden layers, of so many units each.
LAYERS, UNITS = "layers", "units"


@dataclass(frozen=True)
class Whole:
    """Whole numbers from `low` to `high`, both among them."""

    low: int
    high: int
    log: bool = False  # evenly by their logarithm

    @property
    def empty(self) -> bool:
        """Whether there is nothing to choose."""
        return self.low > self.high or (self.log and self.low < 1)

    def within(self, low: float, high: float) -> "Whole":
        """The same kind from one number to another."""
        return replace(self, low=math.ceil(low), high=math.floor(high))

    def __str__(self) -> str:
        return f"{self.low} to {self.high}{' by logarithm' if self.log else ''}"


@dataclass(frozen=True)
class Real:
    """Numbers from `low` to `high`."""

    low: float
    high: float
    log: bool = False  # evenly by their logarithm

    @property
    def empty(self) -> bool:
        """Whether there is nothing to choose."""
        return self.low > self.high or (self.log and self.low <= 0)

    def within(self, low: float, high: float) -> "Real":
        """The same kind from one number to another."""
        return replace(self, low=low, high=high)

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{' by logarithm' if self.log else ''}"


@dataclass(frozen=True)
class Choice:
    """One of some words that have no order."""

    words: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to choose."""
        return not self.words

    def __str__(self) -> str:
        return " or ".join(self.words)


Range = Whole | Real | Choice


@dataclass(frozen=True)
class Dimension:
    """A setting, or LAYERS or UNITS, and what it may be."""

    key: str
    range: Range
    # Choices before it in the space, and the words for which it is there; elsewhere the recipe's own setting holds.
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_there(self, values: Mapping[str, Value]) -> bool:
        """Whether it is to be chosen, after what was chosen before it."""
        return all(values.get(key) in words for key, words in self.when.items())


@dataclass(frozen=True)
class Space:
    """All that a search chooses, in the order in which it does."""

    dimensions: tuple[Dimension, ...] = ()
    # Settings that are sensible on any data, to begin with, the first first. No part of what a study is compared by.
    starts: tuple[Values, ...] = field(default=(), compare=False)

    def __iter__(self) -> Iterator[Dimension]:
        return iter(self.dimensions)

    def __bool__(self) -> bool:
        return bool(self.dimensions)

    def values(self, choose: Callable[[Dimension], Value]) -> Values:
        """What `choose` gives for each dimension that is there, after those before it."""
        values: Values = {}
        for dimension in self:
            if dimension.is_there(values):
                values[dimension.key] = choose(dimension)
        return values

    def config(self, values: Mapping[str, Value], base: Config) -> Config:
        """The base with what was chosen. Raises InvalidOverride for what a setting does not take."""
        return override(base, words(values))

    def without(self, keys: Iterable[str]) -> "Space":
        """Less these settings, which are then as the base has them."""
        gone = set(keys)
        if "hidden" in gone:
            gone |= {LAYERS, UNITS}
        return replace(self, dimensions=tuple(dimension for dimension in self if dimension.key not in gone))

    def narrowed(self, assignments: Sequence[str]) -> "Space":
        """With other ranges for some dimensions, such as `units=32..64` or `activation=relu..tanh`.

        Raises InvalidOverride for a dimension that is not there, and a range of which nothing is left.
        """
        ranges = dict(assignment.split("=", 1) for assignment in assignments)
        if unknown := ranges.keys() - {dimension.key for dimension in self}:
            keys = ", ".join(dimension.key for dimension in self) or "nothing"
            raise InvalidOverride(f"A range for {', '.join(sorted(unknown))} fits nothing that is searched: {keys}.")
        return replace(
            self,
            dimensions=tuple(
                replace(dimension, range=_range(dimension, ranges[dimension.key]))
                if dimension.key in ranges
                else dimension
                for dimension in self
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            dimension.key: {
                "kind": type(dimension.range).__name__.lower(),
                **{each.name: _plain(getattr(dimension.range, each.name)) for each in fields(dimension.range)},
                **({"when": {key: list(words) for key, words in dimension.when.items()}} if dimension.when else {}),
            }
            for dimension in self
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Mapping[str, Any]]) -> "Space":
        """What `to_dict` gave."""
        return cls(
            tuple(
                Dimension(
                    key,
                    _range_of(known["kind"], {name: _frozen(given) for name, given in known.items()}),
                    {choice: tuple(words) for choice, words in known.get("when", {}).items()},
                )
                for key, known in document.items()
            )
        )


NOTHING = Space()


def is_range(word: str) -> bool:
    """Whether a `key=value` word gives a range."""
    return ".." in word.partition("=")[2]


def words(values: Mapping[str, Value]) -> list[str]:
    """What was chosen as `key=value` words of the config."""
    plain = [f"{key}={_text(value)}" for key, value in values.items() if key not in (LAYERS, UNITS)]
    if LAYERS in values or UNITS in values:
        plain.insert(0, f"hidden={','.join([str(values[UNITS])] * int(values.get(LAYERS, 1))) or 'none'}")
    return plain


def _text(value: Value) -> str:
    return value if isinstance(value, str) else repr(value)


def _range_of(kind: str, values: Mapping[str, Any]) -> Range:
    known = {each.__name__.lower(): each for each in (Whole, Real, Choice)}[kind]
    return known(**{each.name: values[each.name] for each in fields(known)})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _range(dimension: Dimension, text: str) -> Range:
    parts, known = text.split(".."), dimension.range
    if isinstance(known, Choice):
        if not set(parts) <= set(known.words):
            raise InvalidOverride(f"{dimension.key}={text[:40]} does not fit: choose among {'..'.join(known.words)}.")
        return Choice(tuple(parts))
    right = f"{dimension.key} takes low..high, such as {known.low:g}..{known.high:g}"
    number = r"[0-9.]+(e[+-]?[0-9]+)?"
    if len(parts) != 2 or not all(re.fullmatch(number, part, re.IGNORECASE) for part in parts):
        raise InvalidOverride(f"{dimension.key}={text[:40]} does not fit: {right}.")
    try:
        low, high = map(float, parts)
        if not math.isfinite(low + high):
            raise OverflowError(text)
        narrowed = known.within(low, high)
    except (ValueError, OverflowError) as error:
        raise InvalidOverride(f"{dimension.key}={text[:40]} does not fit: {right}.") from error
    if narrowed.empty:
        raise InvalidOverride(f"{dimension.key}={text[:40]} leaves nothing to choose: {right}.")
    return narrowed
