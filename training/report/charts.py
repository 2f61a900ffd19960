"""Matplotlib figures as SVG that takes its colours from the page, light or dark. Knows nothing of what they show."""

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from training.report.elements import Html, element

# Colours that stand for those of the page: style.py says what they are. Nothing else is drawn in nearly black.
INK, MUTED, ACCENT, SECOND, PAPER = "#000001", "#000002", "#000003", "#000004", "#000005"
DOTS = "#4a86d8"  # for what is drawn as pixels, whose colour must do on light and dark

_VARIABLES = {INK: "--ink", MUTED: "--muted", ACCENT: "--accent", SECOND: "--second", PAPER: "--paper"}
_STYLE: dict[Any, Any] = {  # Matplotlib's own type is a list of every key
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=[ACCENT, SECOND]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": MUTED,
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}
_PIXELS_PER_INCH = 96  # on the page; SVG's own unit is a point
_LEAST_PIXELS = 560  # across, also on a narrow page, where it scrolls sideways: words must stay large enough
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def chart(draw: Callable[[], Figure], title: str) -> Html:
    """What `draw` draws, as wide as it is drawn or as the page allows. `title` is for those who cannot see it."""
    with mpl.rc_context(_STYLE | {"svg.hashsalt": title}):
        figure = draw()
        svg = StringIO()
        figure.savefig(svg, format="svg", metadata=_NO_METADATA, dpi=144)
    width = figure.get_figwidth() * _PIXELS_PER_INCH
    style = f"max-width:{width:.0f}px;min-width:{min(width, _LEAST_PIXELS):.0f}px"
    return element("div", _inline(svg.getvalue()), class_="chart", style=style, aria_label=title)


def _inline(svg: str) -> Html:
    """Without what only a file of its own needs, and without names that nothing refers to: a page has many figures."""
    _, opening, drawing = svg.partition("<svg ")
    drawing = re.sub(r"<style.*?</style>", "", drawing, count=1, flags=re.DOTALL)
    view = re.search(r'viewBox="[^"]*"', drawing)
    drawing = f'{opening}{view.group() if view else ""} role="img">{drawing.partition(">")[2]}'
    used = set(re.findall(r'(?:url\(#|href="#)([\w.-]+)', drawing))
    drawing = re.sub(r' id="([^"]*)"', lambda name: name.group() if name.group(1) in used else "", drawing)
    for colour, variable in _VARIABLES.items():
        drawing = drawing.replace(colour, f"var({variable})")
    return Html(drawing.strip())
