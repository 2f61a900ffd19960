"""Makes a file of an older Keras one that today's reads, where it is not. Runs in the throw-away process only."""

import inspect
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras

from training.importing.older import translated

CONFIG = "config.json"
NOTE = (
    "The file is Keras {version}'s: its configuration was put into the words of Keras {today}, its weights left alone."
)


def readable(path: Path, keras_version: str) -> tuple[Path, list[str]]:
    """A file of the same model that today's Keras reads, and sentences on what was changed."""
    if not keras_version.startswith("2."):
        return path, []
    new = path.with_stem("translated")
    (_archive if path.suffix == ".keras" else _hdf5)(path, new)
    return new, [NOTE.format(version=keras_version, today=keras.__version__)]


def _archive(path: Path, new: Path) -> None:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w") as archive:
        for name in old.namelist():
            content = old.read(name)
            archive.writestr(name, json.dumps(translated(json.loads(content), _accepts)) if name == CONFIG else content)


def _hdf5(path: Path, new: Path) -> None:
    new.write_bytes(path.read_bytes())
    with h5py.File(new, "r+") as file:
        config = file.attrs["model_config"]
        text = config.decode() if isinstance(config, bytes) else config
        file.attrs["model_config"] = json.dumps(translated(json.loads(text), _accepts))


def _accepts(name: str) -> frozenset[str] | None:
    layer: Any = getattr(keras.layers, name, None)
    if not inspect.isclass(layer) or not issubclass(layer, keras.layers.Layer):
        return None
    classes = [each for each in layer.__mro__ if issubclass(each, keras.layers.Layer)]
    names = {argument for each in classes for argument in inspect.signature(each).parameters}
    own = set(inspect.signature(layer).parameters)
    return frozenset(names if "kwargs" in own else own)
