"""The search that a version's settings come from, as its manifest tells it. Knows no trial but the one it chose.

All trials are in the version's trials.csv.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import fields, validate

from models.errors import InvalidStudy
from models.records import RecordSchema, TupleOf

TRIALS_FILE = "trials.csv"


@dataclass(frozen=True)
class Link:
    """A training with whose weights the next one began."""

    trial: int
    epochs: int
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """Raises InvalidStudy where the parts do not fit."""

    name: str
    sampler: str
    pruner: str
    seed: int | None
    space: Mapping[str, Any]  # key of a setting -> what it could be
    total: int  # trials that were asked for
    counts: Mapping[str, int]  # state -> trials
    seconds: float  # of training, in all trials together
    trial: int  # the number of the one that was chosen
    objectives: Mapping[
        str, float
    ]  # and their values of that trial, the smaller the better; the one that decides first
    params: Mapping[str, Any]  # of that trial: key of a setting -> what it was
    front: tuple[int, ...] = ()  # several objectives: the numbers of the trials that none is better than in each
    importances: Mapping[str, float] = field(default_factory=dict)  # key of a setting -> its part in 1
    lineage: tuple[Link, ...] = ()  # the trainings that led to its weights, the chosen one last; () = one alone

    def __post_init__(self) -> None:
        if not self.objectives:
            raise InvalidStudy("A study has an objective at least.")
        if self.lineage and self.lineage[-1].trial != self.trial:
            raise InvalidStudy(f"A lineage ends with the trial that was chosen, {self.trial}, unlike {self.lineage}.")


class LinkSchema(RecordSchema):
    """How a Link stands in a manifest."""

    record = Link

    trial = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    epochs = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    params = fields.Dict(keys=fields.String(), required=True)


class StudySchema(RecordSchema):
    """How a Study stands in a manifest."""

    record = Study

    name = fields.String(required=True)
    sampler = fields.String(required=True)
    pruner = fields.String(required=True)
    seed = fields.Integer(required=True, strict=True, allow_none=True)
    space = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)
    total = fields.Integer(required=True, strict=True)
    counts = fields.Dict(fields.String(), fields.Integer(strict=True), required=True)
    seconds = fields.Float(required=True)
    trial = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    objectives = fields.Dict(fields.String(), fields.Float(), required=True)
    params = fields.Dict(keys=fields.String(), required=True)
    front = TupleOf(fields.Integer(strict=True), required=True)
    importances = fields.Dict(fields.String(), fields.Float(), required=True)
    lineage = TupleOf(fields.Nested(LinkSchema), required=True)
