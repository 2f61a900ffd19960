"""HTML from Python values, balanced and escaped by construction. Knows no report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

_VOID = frozenset({"img", "meta"})  # elements that have no end tag


class Html(str):
    """Text that is HTML already; all other text is escaped where it is put into an element."""

    __slots__ = ()


@dataclass(frozen=True)
class Section:
    """A part of the report, with a heading of its own."""

    title: str
    content: tuple[Html, ...]


def element(tag: str, *content: object, **attributes: object) -> Html:
    """An element. Attributes are written with underscores for hyphens, `class_` for class."""
    words = (f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for name, value in attributes.items())
    opening = f"<{tag}{''.join(words)}>"
    return Html(opening if tag in _VOID else f"{opening}{joined(content)}</{tag}>")


def joined(content: Iterable[object]) -> Html:
    """One after the other, with nothing between them."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in content))


def paragraph(*content: object) -> Html:
    """Sentences."""
    return element("p", *content)


def code(text: object) -> Html:
    """A word or a line for a machine."""
    return element("code", text)


def table(header: Sequence[object], rows: Iterable[Sequence[object]], align: str = "") -> Html:
    """A table that scrolls sideways where it is too wide.

    `align` has a letter per column, l for words and r for numbers; without it all columns but the first hold numbers.
    """
    align = align or "l" + "r" * (len(header) - 1)
    head = element("thead", _line("th", header, align))
    body = element("tbody", *(_line("td", row, align) for row in rows))
    return element("div", element("table", head, body), class_="wide")


def details(title: str, *content: object) -> Html:
    """What is shown only to those who ask for it."""
    return element("details", element("summary", title), *content)


def figure(content: Html, caption: str) -> Html:
    """A picture with a sentence below it."""
    return element("figure", element("div", content, class_="wide"), element("figcaption", caption))


def _line(tag: str, cells: Sequence[object], align: str) -> Html:
    return element("tr", *(element(tag, cell, class_=side) for cell, side in zip(cells, align, strict=True)))
