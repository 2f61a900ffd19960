"""Makes a published version of what the workshop wrote and the proof accepted. Knows no Keras."""

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from models.golden import Golden, Tensors
from models.manifest import Manifest
from models.store import Store
from models.version import CARD_FILE, ModelVersion
from training.importing.card import model_card
from training.importing.plan import Plan
from training.importing.samples import Samples
from training.importing.source import Source
from training.importing.wishes import Wishes
from training.libraries import library_versions

METHOD = "import"
LIMITS = (
    "It was not scored here: the file says nothing of the rows that it was trained or tested on.",
    "Of the file's maker nothing is known but the file.",
)


@dataclass(frozen=True)
class Imported:
    """All that a version is made of."""

    source: Source
    wishes: Wishes
    plan: Plan
    samples: Samples
    golden: Golden
    files: Mapping[str, bytes]  # by name
    parity: Mapping[str, Any] | None
    difference: float  # of what is published from what was loaded, on the golden rows
    notes: tuple[str, ...] = ()


def publish(imported: Imported, store: Store) -> ModelVersion:
    """Write the files and the card, and publish them under the wished name."""
    name, manifest = imported.wishes.model_name, manifest_of(imported)
    with store.staging(name) as folder:
        for file, content in imported.files.items():
            (folder / file).write_bytes(content)
        (folder / CARD_FILE).write_text(model_card(name, manifest, imported.golden), encoding="utf-8")
        return store.publish(name, folder, manifest)


def manifest_of(imported: Imported) -> Manifest:
    """All that is known of the version, scores not among it."""
    return Manifest(
        signature=imported.plan.signature,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        training=_training(imported),
        scores={},
        baseline={},
        data={
            "name": "golden rows",
            "source": imported.samples.source,
            "rows": {"golden": imported.golden.rows},
            "sha256": _digest(imported.golden.inputs),
        },
        libraries=library_versions(),
        parity=imported.parity,
        notes=(*LIMITS, imported.samples.source, *imported.notes),
    )


def import_command(wishes: Wishes) -> str:
    """The command that imports the file again, from the folder in which it lies."""
    words = {"FILE": wishes.file.name, "NAME": wishes.model_name}
    words |= {key.upper(): value for key, value in wishes.given().items()}
    return " ".join(["make import", *(f"{key}={shlex.quote(value)}" for key, value in words.items())])


def _training(imported: Imported) -> dict[str, Any]:
    plan = imported.plan
    inferred = {
        output.name: {
            "task": each.task.value,
            "activation": each.activation,
            "appended": each.appended,
            "why": each.why,
        }
        for output, each in zip(plan.signature.outputs, plan.inferred, strict=True)
    }
    scales = {name: {"mean": list(scale.mean), "scale": list(scale.scale)} for name, scale in plan.scales.items()}
    return {
        "method": METHOD,
        "command": import_command(imported.wishes),
        **asdict(imported.source),
        "parameters": plan.facts.parameters,
        "inferred": inferred,
        "given": imported.wishes.given(),
        "scales": scales,
        "findings": plan.findings(),
        "largest_difference": imported.difference,
    }


def _digest(arrays: Tensors) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape};".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
