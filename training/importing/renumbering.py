"""Renames the weights of a .keras file of Keras 2.12 or 2.13 as today's Keras looks for them.

Those kept layers in a container that held each layer with weights twice, and counted both: dense, dense_2, dense_4.
Runs in the throw-away process only.
"""

import io
import re
import zipfile
from collections import defaultdict
from pathlib import Path

import h5py

WEIGHTS = "model.weights.h5"
OLD, NEW = "_layer_checkpoint_dependencies", "layers"


def renumbered(path: Path) -> Path:
    """The file itself, or beside it one with the same weights under today's names."""
    if path.suffix != ".keras":
        return path
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members[WEIGHTS])
    with h5py.File(weights, "r+") as file:
        if OLD not in file:
            return path
        _rename(file)
    new = path.with_stem("renumbered")
    with zipfile.ZipFile(new, "w") as archive:
        for name, content in (members | {WEIGHTS: weights.getvalue()}).items():
            archive.writestr(name, content)
    return new


def _rename(group: h5py.Group) -> None:
    """The container of layers in a model, and those of the models in it."""
    if OLD in group:
        group.move(OLD, NEW)
        _count_anew(group[NEW])
    for child in group.values():
        if isinstance(child, h5py.Group):
            _rename(child)


def _count_anew(layers: h5py.Group) -> None:
    """The layers of each class as 0, 1, 2, in the order that they have; the first of them has no number."""
    numbers = defaultdict(list)
    for name in layers:
        kind = re.sub(r"_\d+$", "", name)
        numbers[kind].append(int(name[len(kind) + 1 :] or 0))
    for kind, found in numbers.items():
        for place, number in enumerate(sorted(found)):
            if place != number:  # which is larger, and so free by now
                layers.move(f"{kind}_{number}", f"{kind}_{place}")
