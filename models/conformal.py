"""How sure a model's answers are: from rows that it was calibrated on, thresholds by coverage. Knows no model.

Split conformal prediction: V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World, 2005; J. Lei et
al., Distribution-Free Predictive Inference for Regression, 2018; M. Sadinle, J. Lei and L. Wasserman, Least Ambiguous
Set-Valued Classifiers, 2019.
"""

import math
from dataclasses import dataclass

import numpy as np
from marshmallow import fields, validate

from models.errors import InvalidConformal
from models.records import RecordSchema, TupleOf

LEAST, MOST = 0.01, 0.99  # the coverages that can be asked for
_LEVELS = 197  # from LEAST to MOST in steps of half a point


@dataclass(frozen=True)
class Conformal:
    """Thresholds that so large a share of the calibration rows did not exceed.

    A row's score is, for regression, the distance of each target from its prediction, in the target's unit; for
    classification 1 - the probability of the class that was true. Raises InvalidConformal where the parts do not fit.
    """

    rows: int  # that were calibrated on
    levels: tuple[float, ...]  # coverages, ascending
    thresholds: tuple[tuple[float, ...], ...]  # per target (classification: the only one) a threshold per level

    def __post_init__(self) -> None:
        if not self.levels or list(self.levels) != sorted(set(self.levels)) or not self.levels[0] > 0:
            raise InvalidConformal(f"Coverages ascend from above 0, unlike {list(self.levels[:5])}.")
        for thresholds in self.thresholds:
            if len(thresholds) != len(self.levels) or list(thresholds) != sorted(thresholds):
                raise InvalidConformal(f"{len(self.levels)} coverages need as many thresholds, which do not descend.")

    @classmethod
    def of(cls, scores: np.ndarray) -> "Conformal":
        """From the scores of the calibration rows, (rows, targets); (rows, 1) for classification."""
        levels = np.linspace(LEAST, MOST, _LEVELS)
        ascending, rows = np.sort(scores.astype(np.float64), axis=0), len(scores)
        # The smallest score that at least the share `level` of rows + 1 do not exceed: the row to come counts too.
        places = np.minimum(np.ceil(levels * (rows + 1)).astype(int), rows) - 1
        return cls(rows, tuple(levels.round(4).tolist()), tuple(map(tuple, ascending[places].T.tolist())))

    def threshold(self, coverage: float) -> np.ndarray:
        """The threshold of each target for a coverage from LEAST to MOST, (targets,); between two levels the higher."""
        place = min(int(np.searchsorted(self.levels, coverage - 1e-9)), len(self.levels) - 1)
        return np.array([thresholds[place] for thresholds in self.thresholds])

    @property
    def most(self) -> float:
        """The largest coverage that there were rows enough for, in steps of a thousandth, and at most MOST."""
        return min(MOST, math.floor(1000 * self.rows / (self.rows + 1)) / 1000)

    def is_precise(self, coverage: float) -> bool:
        """Whether there were rows enough to tell such a coverage from certainty."""
        return math.ceil(coverage * (self.rows + 1)) <= self.rows


class ConformalSchema(RecordSchema):
    """How a Conformal stands in a manifest."""

    record = Conformal

    rows = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    levels = TupleOf(fields.Float(), required=True)
    thresholds = TupleOf(TupleOf(fields.Float()), required=True, validate=validate.Length(min=1))
