"""Thresholds by coverage: what they cover, what they refuse, and how they come back from a manifest."""

from dataclasses import replace

import numpy as np
import pytest

from models.conformal import Conformal
from models.errors import BadVersion, InvalidConformal
from models.manifest import Manifest


@pytest.fixture
def residuals():
    return np.abs(np.random.default_rng(1).normal(size=(4000, 2)) * [1.0, 10.0])


@pytest.mark.parametrize("coverage", [0.1, 0.5, 0.8, 0.9, 0.95, 0.99])
def test_rows_that_are_drawn_alike_are_covered_as_often_as_asked(residuals, coverage):
    threshold = Conformal.of(residuals[:2000]).threshold(coverage)
    assert (residuals[2000:] <= threshold).mean(axis=0) == pytest.approx(coverage, abs=0.02)


def test_a_threshold_is_the_score_that_leaves_room_for_the_row_to_come():
    conformal = Conformal.of(np.arange(1.0, 11.0).reshape(-1, 1))  # ten rows: 0.9 of eleven is the tenth
    assert conformal.threshold(0.9)[0] == 10.0
    assert conformal.threshold(0.5)[0] == 6.0


def test_a_coverage_between_two_levels_gets_the_threshold_of_the_higher(residuals):
    conformal = Conformal.of(residuals)
    np.testing.assert_array_equal(conformal.threshold(0.9012), conformal.threshold(0.905))


def test_few_rows_cannot_tell_a_high_coverage_from_certainty():
    conformal = Conformal.of(np.ones((30, 1)))
    assert conformal.is_precise(0.9)
    assert not conformal.is_precise(0.99)


@pytest.mark.parametrize("rows", [1, 2, 9, 19, 30, 98, 99, 100, 5000])
def test_the_most_that_can_be_told_is_precise_and_a_thousandth_more_is_not(rows):
    conformal = Conformal.of(np.ones((rows, 1)))
    assert conformal.is_precise(conformal.most)
    assert conformal.most == 0.99 or not conformal.is_precise(conformal.most + 0.001)


@pytest.mark.parametrize(
    ("levels", "thresholds"),
    [
        pytest.param((), ((),), id="no level"),
        pytest.param((0.5, 0.5), ((1.0, 2.0),), id="twice the same level"),
        pytest.param((0.5, 0.9), ((1.0,),), id="too few thresholds"),
        pytest.param((0.5, 0.9), ((2.0, 1.0),), id="descending"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(levels, thresholds):
    with pytest.raises(InvalidConformal):
        Conformal(10, levels, thresholds)


def test_it_comes_back_from_a_manifest_as_it_was_written(zoo, residuals):
    manifest = replace(zoo.version("prices").manifest, conformal=Conformal.of(residuals[:, :1]))
    assert Manifest.from_json(manifest.to_json().encode()) == manifest


def test_a_manifest_whose_thresholds_contradict_each_other_is_refused(zoo, residuals):
    manifest = replace(zoo.version("prices").manifest, conformal=Conformal.of(residuals[:, :1]))
    object.__setattr__(manifest.conformal, "levels", manifest.conformal.levels[1:])
    with pytest.raises(BadVersion, match="contradicts itself"):
        Manifest.from_json(manifest.to_json().encode())
