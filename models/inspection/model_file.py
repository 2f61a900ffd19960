"""A model file that has passed inspection, with the bytes that did. Knows neither rules nor Keras."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.inspection.hdf5 import rewritten
from models.inspection.limits import Limits
from models.inspection.stripped import stripped, stripped_archive

Content = bytes
KERAS = "keras"
H5 = "h5"


@dataclass(frozen=True)
class ModelFile:
    """What is known of a file without Keras. `path` may have changed since; use `copy_to` or `strip_to`."""

    path: Path
    kind: str  # "keras" or "h5"
    sha256: str
    bytes: int
    keras_version: str | None  # that saved it, as the file says
    config: Mapping[str, Any]  # of the model, as read
    compile_config: Mapping[str, Any] | None  # never given to Keras; its names may be shown
    parameters: (
        int | None
    )  # counted from the configuration; None where a layer of an allowed package makes that impossible
    saved: str | None  # when, as the file says
    content: Content = field(repr=False)

    def copy_to(self, folder: Path) -> Path:
        """Write exactly the bytes that were inspected into `folder`, as a new file, and return its path."""
        return _written(folder / f"model.{self.kind}", self.content)

    def strip_to(self, folder: Path) -> Path:
        """Write the model without what loading it does not need, as a new file, and return its path.

        Metadata and weights stay as they are. The configuration has neither `compile_config` nor `build_config` at any
        depth, and what Keras 2 wrote in a way that Keras 3 cannot read is written in Keras 3's (modern.py). An `.h5`
        loses its optimizer's weights too. Raises Refused where HDF5 cannot be written anew.
        """
        if self.kind == KERAS:
            return _written(folder / "model.keras", stripped_archive(self.content, self.config))
        content = rewritten(self.content, stripped(self.config), Limits(), "file")
        return _written(folder / f"model.{self.kind}", content)


def _written(path: Path, content: Content) -> Path:
    # Where the path exists, even as a link, this fails: what was inspected goes nowhere else.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
