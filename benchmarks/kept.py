"""Measurements that are kept in a file, a line of JSON each: an interruption costs the last. Knows none of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson


def read(file: Path) -> Iterator[dict[str, Any]]:
    """Each line, but for such as an interruption has cut off; none where there is no file."""
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            continue


def add(file: Path, measured: Any) -> None:
    """Keep a data class, on a line of its own, also behind one that an interruption has cut off."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cut = file.exists() and (before := file.read_bytes()) and not before.endswith(b"\n")
    with file.open("ab") as lines:
        lines.write((b"\n" if cut else b"") + orjson.dumps(measured) + b"\n")
