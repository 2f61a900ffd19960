"""Test rows as a reader can look at them: as pictures, or as lines of a table. Knows not why they are shown."""

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from matplotlib.image import imsave

from models.signature import Input
from training.report.elements import Html, element, paragraph, table
from training.report.evidence import Evidence

SHOWN = 24
MOST_COLUMNS = 40  # of a table
MOST_PIXELS = 112  # across a picture, as wide as it is shown


def shown(evidence: Evidence, rows: Sequence[int], answers: Mapping[str, Sequence[str]]) -> Html:
    """The test rows with these numbers; `answers` are what is said of each, by heading."""
    inputs = evidence.dataset.test.inputs[list(rows)]
    if evidence.dataset.largest_pixel is not None:
        return _pictures(inputs / evidence.dataset.largest_pixel, rows, answers)
    return _lines(evidence.signature.inputs[0], inputs, rows, answers)


def png(image: np.ndarray) -> bytes:
    """A picture of (height, width) or (height, width, colours) numbers from 0 to 1, larger ones made smaller."""
    step = -(-max(image.shape[:2]) // MOST_PIXELS)
    smaller = np.clip(image[::step, ::step], 0, 1)
    file = BytesIO()
    imsave(
        file,
        smaller[..., 0] if smaller.ndim == 3 and smaller.shape[2] == 1 else smaller,
        cmap="gray",
        vmin=0,
        vmax=1,
        format="png",
        metadata={"Software": "Heaviside"},
    )
    return file.getvalue()


def _pictures(images: np.ndarray, rows: Sequence[int], answers: Mapping[str, Sequence[str]]) -> Html:
    texts = zip(*answers.values(), strict=True)
    pictures = [_picture(image, row, answers, each) for image, row, each in zip(images, rows, texts, strict=True)]
    return element("div", *pictures, class_="pictures")


def _picture(image: np.ndarray, row: int, headings: Mapping[str, Sequence[str]], texts: tuple[str, ...]) -> Html:
    source = f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"
    lines = [element("span", f"{heading} ", element("b", text)) for heading, text in zip(headings, texts, strict=True)]
    image_element = element("img", src=source, alt=f"test row {row}", title=f"test row {row}")
    return element("div", image_element, *lines, class_="picture")


def _lines(tensor: Input, inputs: np.ndarray, rows: Sequence[int], answers: Mapping[str, Sequence[str]]) -> Html:
    flat = inputs.reshape(len(inputs), -1)
    names = tensor.feature_names or tuple(f"number {place}" for place in range(1, flat.shape[1] + 1))
    names, flat = names[:MOST_COLUMNS], flat[:, :MOST_COLUMNS]
    lines = [
        (row, *texts, *(_value(tensor, place, value) for place, value in enumerate(values)))
        for row, values, *texts in zip(rows, flat, *answers.values(), strict=True)
    ]
    shown_table = table(("test row", *answers, *names), lines)
    if tensor.size <= MOST_COLUMNS:
        return shown_table
    note = paragraph(f"The first {MOST_COLUMNS} of {tensor.size:,} columns.")
    return element("div", shown_table, note)


def _value(tensor: Input, place: int, value: float) -> str:
    words = tensor.categories[place] if tensor.categories else None
    if np.isnan(value):
        return "missing"
    if words is None or not 0 <= value < len(words):
        return f"{value:.4g}"
    return words[int(value)]
