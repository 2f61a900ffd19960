"""How the requests for a model are shared out among its labels. Knows how that is written, not where it lies."""

import json
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from models.errors import BadTraffic, listed

LARGEST_WEIGHT = 999_999_999  # sums of weights stay exact as floats


@dataclass(frozen=True)
class Traffic:
    """Who answers the requests that name neither version nor label; `Traffic()` leaves them all to the newest version.

    Raises BadTraffic, which names the bad value. Labels are not looked up here: `Store.route` does that.
    """

    split: Mapping[str, int] = field(default_factory=dict)  # label -> weight, relative to the sum of all
    shadow: str | None = None  # the label that is asked too, its answers only compared

    def __post_init__(self) -> None:
        _check_split(self.split)
        if not isinstance(self.shadow, str | None):
            raise BadTraffic(f"The shadow is {reprlib.repr(self.shadow)}; it is one label, or null.")

    @property
    def labels(self) -> frozenset[str]:
        """Every label in use."""
        return frozenset(self.split) | ({self.shadow} if self.shadow is not None else frozenset())

    def to_json(self) -> str:
        """The document, with both keys, and the split in its order."""
        return json.dumps({"split": dict(self.split), "shadow": self.shadow}, indent=2) + "\n"

    @classmethod
    def from_json(cls, content: bytes) -> "Traffic":
        """Read what `to_json` wrote; a missing key is the default. Raises BadTraffic, which names the bad value."""
        document = _parse(content)
        known = [key.name for key in fields(cls)]
        for key in document:
            if key not in known:
                raise BadTraffic(f"The key {reprlib.repr(key)} is unknown; known keys: {listed(known)}.")
        return cls(**document)


def _check_split(split: object) -> None:
    if not isinstance(split, Mapping):
        raise BadTraffic(f"The split is {reprlib.repr(split)}; it is an object of labels with their weights.")
    for label, weight in split.items():
        if type(weight) is not int or not 1 <= weight <= LARGEST_WEIGHT:  # True is an int too
            raise BadTraffic(
                f"The weight of {reprlib.repr(label)} is {reprlib.repr(weight)}; "
                f"it is a whole number from 1 to {LARGEST_WEIGHT}."
            )


def _parse(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise BadTraffic(f"This is no JSON: {error}.") from error
    if not isinstance(document, dict):
        raise BadTraffic(f"This is {reprlib.repr(document)}, and no JSON object.")
    return document


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs; Python would let the last of two equal keys win."""
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            raise BadTraffic(f"The key {reprlib.repr(key)} stands twice.")
        document[key] = value
    return document
