"""Golden rows come back as they were saved, and tell when answers differ."""

import numpy as np
import pytest

from models.golden import ATOL, Golden


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
