"""What an older Keras meant by a word that means something else today, so that no model answers otherwise unseen.

Knows configurations, and no Keras.
"""

from collections.abc import Iterator
from typing import Any

from models.inspection import ModelFile
from training.importing.errors import CannotImport

HARD_SIGMOID = "hard_sigmoid"  # of LSTM and GRU the default before Keras 2.3


def check_meanings(file: ModelFile) -> None:
    """Raises CannotImport where a file of Keras 2 has an activation that Keras 3 computes by another formula."""
    major = (file.keras_version or "2").partition(".")[0]  # what names none is older still
    if major.isdecimal() and int(major) >= 3:
        return
    for place, value in _activations(file.config, "config"):
        if value == HARD_SIGMOID:
            raise CannotImport(
                f"{place} is hard_sigmoid: in Keras 2 min(max(0.2 x + 0.5, 0), 1), and in Keras 3 another function, so "
                "the model would answer otherwise. Train it with sigmoid, or save it as a SavedModel in its own "
                "TensorFlow and import that with TRUST=1."
            )


def _activations(document: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Where an activation is named, as a word or as an object with one."""
    if isinstance(document, list):
        for index, each in enumerate(document):
            yield from _activations(each, f"{place}[{index}]")
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from _activations(value, f"{place}.{key}")
            if key.endswith("activation"):
                yield f"{place}.{key}", value.get("config") if isinstance(value, dict) else value
