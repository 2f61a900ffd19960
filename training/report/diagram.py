"""The layers of a model as a picture and as Keras's own summary. Knows not how a graph is laid out in rows."""

import keras

from training.report.elements import Html, Section, details, element, figure, paragraph
from training.report.evidence import Evidence
from training.report.graph import Box, Passage, boxes, rows

MOST_BOXES = 80  # more of them are no picture that tells anything

_WIDTH, _HEIGHT, _PASSAGE = 210, 56, 26  # of a box, and how wide a passage is
_ACROSS, _DOWN = 26, 34  # between boxes
_LONGEST = 30  # letters in a box

_Place = tuple[float, float]  # of the middle of a box, across and down
_SUMMARY_WIDTH = 76


def model(evidence: Evidence) -> Section:
    """What the model is made of."""
    keras_model = evidence.run.model
    every = boxes(keras_model)
    summary = details("Keras's summary", element("pre", summary_text(keras_model)))
    if not 0 < len(every) <= MOST_BOXES:
        words = f"{len(every):,} layers and operations are no picture that could be read."
        return Section("The model", (paragraph(words), summary))
    caption = "Of each layer its kind, its name, the shape of what it gives for one row, and its parameters."
    return Section("The model", (figure(layer_diagram(every), caption), summary))


def summary_text(keras_model: keras.Model) -> str:
    """What `model.summary()` prints."""
    lines: list[str] = []
    keras_model.summary(line_length=_SUMMARY_WIDTH, print_fn=lines.append)
    return "\n".join(lines).strip()


def layer_diagram(every: list[Box]) -> Html:
    """Boxes and arrows, from the inputs at the top to the outputs at the bottom."""
    laid = rows(every)
    width = max(_row_width(row) for row in laid)
    places = {key: place for number, row in enumerate(laid) for key, place in _row_places(row, number, width).items()}
    drawn = [
        *(_line(places[parent], places[item.key], item) for row in laid for item in row for parent in item.parents),
        *(_passage(places[item.key]) for row in laid for item in row if isinstance(item, Passage)),
        *(_box(item, places[item.key]) for row in laid for item in row if isinstance(item, Box)),
    ]
    height = len(laid) * (_HEIGHT + _DOWN) - _DOWN + 2
    size = {"width": width, "height": height, "viewBox": f"0 0 {width} {height}"}
    return element("svg", *drawn, class_="layers", role="img", aria_label="layers of the model", **size)


def _row_width(row: list[Box | Passage]) -> int:
    return sum(map(_item_width, row)) + _ACROSS * (len(row) - 1) + 2


def _item_width(item: Box | Passage) -> int:
    return _WIDTH if isinstance(item, Box) else _PASSAGE


def _row_places(row: list[Box | Passage], number: int, width: int) -> dict[str, _Place]:
    """The middle of each item of a row that stands in the middle of the picture."""
    places, left = {}, (width - _row_width(row)) / 2 + 1
    for item in row:
        places[item.key] = (left + _item_width(item) / 2, number * (_HEIGHT + _DOWN) + _HEIGHT / 2 + 1)
        left += _item_width(item) + _ACROSS
    return places


def _line(start: _Place, end: _Place, item: Box | Passage) -> Html:
    """From the lower edge of one item to the upper edge of the next, with a head where that is a box."""
    (x, y), (to_x, to_y) = start, end
    y, to_y = y + _HEIGHT / 2, to_y - _HEIGHT / 2
    middle = (y + to_y) / 2
    curve = element("path", d=f"M{x:g},{y:g} C{x:g},{middle:g} {to_x:g},{middle:g} {to_x:g},{to_y:g}")
    if isinstance(item, Passage):
        return curve
    head = f"{to_x - 4:g},{to_y - 7:g} {to_x + 4:g},{to_y - 7:g} {to_x:g},{to_y:g}"
    return element("g", curve, element("polygon", points=head))


def _passage(place: _Place) -> Html:
    x, y = place
    return element("path", d=f"M{x:g},{y - _HEIGHT / 2:g} V{y + _HEIGHT / 2:g}")


def _box(box: Box, place: _Place) -> Html:
    x, y = place
    size = f"({box.shape})" + (f" · {box.parameters:,} parameters" if box.parameters else "")
    return element(
        "g",
        element("title", f"{box.kind} {box.name} {size}"),
        element("rect", x=f"{x - _WIDTH / 2:g}", y=f"{y - _HEIGHT / 2:g}", width=_WIDTH, height=_HEIGHT, rx=8),
        element("text", _short(box.kind), x=f"{x:g}", y=f"{y - 10:g}", class_="name"),
        element("text", _short(box.name), x=f"{x:g}", y=f"{y + 6:g}"),
        element("text", _short(size), x=f"{x:g}", y=f"{y + 21:g}"),
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
