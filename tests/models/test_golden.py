"""Golden rows come back as they were saved, and tell when answers differ."""

import numpy as np
import pytest

from models.golden import ATOL, Golden
from models.signature import Input, Output, Signature, Task


@pytest.fixture
def golden():
    return Golden({"row": np.ones((4, 2), np.float32)}, {"answer": np.full((4, 1), 0.5, np.float32)})


def test_golden_rows_come_back_as_they_were_saved(golden, tmp_path):
    golden.save(tmp_path / "golden.npz")
    again = Golden.from_bytes((tmp_path / "golden.npz").read_bytes())
    np.testing.assert_array_equal(again.inputs["row"], golden.inputs["row"])
    np.testing.assert_array_equal(again.outputs["answer"], golden.outputs["answer"])
    assert again.rows == 4


def test_golden_rows_may_lack_numbers(tmp_path):
    rows = np.array([[1, np.nan], [np.nan, 2]], np.float32)
    Golden({"row": rows}, {"answer": np.ones((2, 1), np.float32)}).save(tmp_path / "golden.npz")
    again = Golden.from_bytes((tmp_path / "golden.npz").read_bytes())
    np.testing.assert_array_equal(again.inputs["row"], rows, strict=True)
    assert again.agrees({"answer": np.ones((2, 1), np.float32)})


@pytest.mark.parametrize(
    ("answers", "agrees"),
    [
        pytest.param(np.full((4, 1), 0.5), True, id="equal"),
        pytest.param(np.full((4, 1), 0.5 + ATOL), True, id="within-tolerance"),
        pytest.param(np.full((4, 1), 0.5 + 3 * ATOL), False, id="beyond-tolerance"),
        pytest.param(np.full((4, 1), np.nan), False, id="nan"),
        pytest.param(np.full((4,), 0.5), False, id="other-shape"),
    ],
)
def test_answers_agree_within_the_tolerance_only(golden, answers, agrees):
    assert golden.agrees({"answer": answers}) is agrees
    assert (golden.largest_difference({"answer": answers}) <= 2 * ATOL) is agrees


def test_a_missing_output_does_not_agree(golden):
    assert not golden.agrees({})
    assert golden.largest_difference({}) == float("inf")


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "golden.npz", **{"input.row": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(ValueError, match="pickle"):
        Golden.from_bytes((tmp_path / "golden.npz").read_bytes())


WORDS = Input("words", (2,), "int32", ranges=((0, 9),))
BY_COLUMN = Input("words", (2,), "int64", ranges=((0, 9), (-5, 5)))
MOOD = Output("mood", 6, "softmax", ("bad", "good"), shape=(3, 2))


@pytest.mark.parametrize(
    ("tensor", "rows", "fits"),
    [
        pytest.param(WORDS, np.array([[0, 9]], np.int32), True, id="fitting"),
        pytest.param(WORDS, np.array([[0, 9]], np.int64), False, id="other-dtype"),
        pytest.param(WORDS, np.array([[0, 9]], np.float32), False, id="floats"),
        pytest.param(WORDS, np.array([[0, 10]], np.int32), False, id="beyond-the-range"),
        pytest.param(WORDS, np.array([[-1, 9]], np.int32), False, id="below-the-range"),
        pytest.param(BY_COLUMN, np.array([[9, -5]], np.int64), True, id="by-column"),
        pytest.param(BY_COLUMN, np.array([[-5, 5]], np.int64), False, id="beyond-a-columns-range"),
        pytest.param(Input("words", (2,)), np.array([[0.5, 1]]), False, id="float64"),
    ],
)
def test_golden_rows_are_of_the_inputs_dtype_and_within_its_ranges(tensor, rows, fits):
    golden = Golden({"words": rows}, {"mood": np.full((1, 3, 2), 0.5, np.float32)})
    assert golden.fits(Signature(Task.MULTICLASS, (tensor,), (MOOD,))) is fits


@pytest.mark.parametrize(
    ("answers", "fits"),
    [
        pytest.param(np.zeros((1, 3, 2), np.float32), True, id="fitting"),
        pytest.param(np.zeros((1, 6), np.float32), False, id="flat"),
        pytest.param(np.zeros((1, 3, 2)), False, id="float64"),
        pytest.param(np.zeros((1, 3, 2), np.int32), False, id="whole-numbers"),
    ],
)
def test_golden_answers_have_the_outputs_shape_in_float32(answers, fits):
    golden = Golden({"words": np.zeros((1, 2), np.int32)}, {"mood": answers})
    assert golden.fits(Signature(Task.MULTICLASS, (WORDS,), (MOOD,))) is fits
