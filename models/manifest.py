"""All that may be known about a version without loading it. Knows how it is written, not where it lies."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import ValidationError, fields, validate

from models.conformal import Conformal, ConformalSchema
from models.errors import BadVersion, InvalidConformal, InvalidSignature, InvalidStudy
from models.records import RecordSchema, TupleOf
from models.signature import Signature, SignatureSchema, Task
from models.study import Study, StudySchema
from models.tensors import output_document

FORMAT_VERSION = 1


@dataclass(frozen=True)
class FileRecord:
    """What a published file must still be."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """The contents of manifest.json; docs/model-format.md tells every key.

    Raises InvalidConformal where there are thresholds for another number of targets than the model has, or for outputs
    of a kind that has none.
    """

    signature: Signature
    created: str  # UTC, ISO 8601
    training: Mapping[str, Any]  # recipe, config, epochs, seconds, parameters
    scores: Mapping[str, Mapping[str, float]]  # split -> metric -> value
    baseline: Mapping[str, Any]  # name, and the same metrics of a linear model on test
    data: Mapping[str, Any]  # name, source, rows per split, SHA-256 of the arrays
    libraries: Mapping[str, str]  # name -> version
    parity: Mapping[str, Any] | None  # of ONNX Runtime against Keras on the golden rows; None without model.onnx
    intervals: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)  # of the scores, 95%
    conformal: Conformal | None = None  # how far validation rows lay from their predictions; None where unknown
    study: Study | None = None  # the search that chose the config; None where nobody searched
    notes: tuple[str, ...] = ()
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if self.conformal is None:
            return
        task, output = self.signature.task, self.signature.outputs[0]
        if not self.signature.is_flat:
            raise InvalidConformal("A model has thresholds for one output of one axis, not for several of either.")
        targets = output.units if task is Task.REGRESSION else 1
        if len(self.conformal.thresholds) != targets:
            raise InvalidConformal(
                f"A {task} model with {output.units} units needs thresholds for {targets} targets, "
                f"not {len(self.conformal.thresholds)}."
            )

    def to_json(self) -> str:
        """The document, with a digest over all the rest of it."""
        document = json.loads(json.dumps(asdict(self), allow_nan=False))
        document["signature"]["outputs"] = list(map(output_document, document["signature"]["outputs"]))
        return json.dumps(document | {"digest": _digest(document)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """Read what `to_json` wrote.

        Raises BadVersion, which names the key, where the document is truncated, edited or of another format.
        """
        document = _parse(content)
        digest = document.pop("digest", None)
        if document.get("format_version") != FORMAT_VERSION:
            raise BadVersion(
                f"manifest.json is of format {document.get('format_version')!r}; this Heaviside reads format "
                f"{FORMAT_VERSION}. Publish the model again with this Heaviside, or read it with the one that wrote it."
            )
        if digest != _digest(document):
            raise BadVersion("manifest.json was changed after the version was published: its digest does not fit it.")
        try:
            manifest: Manifest = ManifestSchema().load(document)
        except ValidationError as error:
            raise BadVersion(f"manifest.json does not follow format 1: {error.messages}") from error
        except (InvalidSignature, InvalidConformal, InvalidStudy) as error:
            raise BadVersion(f"manifest.json contradicts itself: {error}") from error
        return manifest


def _parse(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadVersion(f"manifest.json is no JSON, so it is truncated or damaged: {error}") from error
    if not isinstance(document, dict):
        raise BadVersion("manifest.json is no JSON object.")
    return document


def _digest(document: dict[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class FileRecordSchema(RecordSchema):
    """How a FileRecord stands in a manifest."""

    record = FileRecord

    sha256 = fields.String(required=True, validate=validate.Regexp("^[0-9a-f]{64}$"))
    bytes = fields.Integer(required=True, strict=True)


class ManifestSchema(RecordSchema):
    """How a Manifest stands in manifest.json."""

    record = Manifest

    signature = fields.Nested(SignatureSchema, required=True)
    created = fields.String(required=True)
    training = fields.Dict(keys=fields.String(), required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.Dict(fields.String(), fields.Float()), required=True)
    baseline = fields.Dict(keys=fields.String(), required=True)
    data = fields.Dict(keys=fields.String(), required=True)
    libraries = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    parity = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    intervals = fields.Dict(
        fields.String(), fields.Dict(fields.String(), fields.Tuple((fields.Float(), fields.Float()))), load_default=dict
    )
    conformal = fields.Nested(ConformalSchema, load_default=None, allow_none=True)
    study = fields.Nested(StudySchema, load_default=None, allow_none=True)
    notes = TupleOf(fields.String(), required=True)
    files = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"^[A-Za-z0-9][\w.-]*$")),
        values=fields.Nested(FileRecordSchema),
        required=True,
    )
    format_version = fields.Integer(required=True, strict=True)
