"""Puts what was measured last into docs/performance.md, between its marks. Knows neither the figures nor the prose."""

import re
from pathlib import Path

_PLACE = re.compile(r"(<!-- figures: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill_in(document: Path, home: Path) -> list[str]:
    """Replace what stands between the marks of `document` by the files `<name>.md` in `home`; returns the names.

    Figures that were not measured anew stay as they are: each tells its own date.
    """
    names: list[str] = []

    def figures(place: re.Match[str]) -> str:
        file = home / f"{place[2]}.md"
        if not file.exists():
            return place[0]
        names.append(place[2])
        return f"{place[1]}\n{file.read_text().strip()}\n\n{place[3]}"

    text = _PLACE.sub(figures, document.read_text())
    document.write_text(text)
    return names
