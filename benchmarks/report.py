"""What a measurement found, as text, as Markdown and as JSON. Knows no measurement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import layout
from benchmarks.layout import Row
from benchmarks.machine import sentences
from benchmarks.targets import HEADER, Target


@dataclass(frozen=True)
class Report:
    """A table, sentences on how to read it, and targets. `figures` is all that was measured, for programs."""

    name: str  # of the files it is written to
    columns: Row
    groups: Sequence[Sequence[Row]]  # the terminal shows an empty line before each
    notes: Sequence[str]
    targets: Sequence[Target]
    figures: Mapping[str, Any]
    machine: Mapping[str, str]
    others_share: Sequence[float]
    texts: int = 1  # the first columns hold text; what follows are numbers, which stand to the right

    def as_text(self) -> str:
        """For the terminal."""
        shown = [*layout.as_text(self.columns, self.groups, self.texts), "", *self._sentences()]
        if self.targets:
            shown += ["", *layout.as_text(HEADER, [[target.row() for target in self.targets]])]
        return "\n".join(shown)

    def as_markdown(self) -> str:
        """For a document."""
        rows = [row for group in self.groups for row in group]
        shown = [*layout.as_markdown(self.columns, rows, self.texts), "", *self._sentences()]
        if self.targets:
            shown += ["", *layout.as_markdown(HEADER, [target.row() for target in self.targets])]
        return "\n".join(shown) + "\n"

    def as_json(self) -> bytes:
        """For programs."""
        told = {"machine": self.machine, "others_share": self.others_share, "notes": self.notes}
        targets = list(map(Target.as_figures, self.targets))
        return orjson.dumps({**told, "targets": targets, **self.figures}, option=orjson.OPT_INDENT_2)

    def write(self, home: Path) -> None:
        """To `<name>.md` and `<name>.json` in `home`."""
        (home / f"{self.name}.md").write_text(self.as_markdown())
        (home / f"{self.name}.json").write_bytes(self.as_json())

    def _sentences(self) -> list[str]:
        return [*self.notes, *sentences(self.machine, self.others_share)]
