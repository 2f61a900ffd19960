"""Puts what was measured last into docs/performance.md, between its marks. Knows neither the figures nor the prose."""

import re
from pathlib import Path

from benchmarks.errors import BenchmarkError

_PLACE = re.compile(r"(<!-- figures: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


class MissingFigures(BenchmarkError):
    """A document that wants figures which have not been measured."""


def fill_in(document: Path, home: Path) -> list[str]:
    """Replace what stands between the marks of `document` by the files `<name>.md` in `home`; returns the names.

    Raises MissingFigures, which names the file, where one is not there.
    """
    names: list[str] = []

    def figures(place: re.Match[str]) -> str:
        file = home / f"{place[2]}.md"
        if not file.exists():
            raise MissingFigures(f"{document} wants the figures of {file}, which is not there: measure them first.")
        names.append(place[2])
        return f"{place[1]}\n{file.read_text().strip()}\n\n{place[3]}"

    text = _PLACE.sub(figures, document.read_text())
    document.write_text(text)
    return names
