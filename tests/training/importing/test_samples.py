"""Golden rows come from the caller's file, or are drawn as the model is used to."""

import io
import pickle
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from models.signature import Input, Output, Signature, Task
from training.errors import UnreadableRows
from training.importing.facts import Facts, InputFacts, OutputFacts
from training.importing.plan import Plan
from training.importing.samples import ROWS, samples
from training.importing.scaling import Scale

OUTPUT = Output("values", 1, "linear", ("values",))


def plan(*inputs, facts=(), scales=None):
    its_facts = facts or [InputFacts(each.name, each.shape, each.dtype) for each in inputs]
    found = Facts(tuple(its_facts), (OutputFacts("values", "Dense", "linear", (1,)),), 1)
    return Plan(found, Signature(Task.REGRESSION, tuple(inputs), (OUTPUT,)), scales or {}, ())


ROW = Input("row", (2,))
IMAGE = Input("image", (4, 6, 3), ranges=((0, 255),))
IDS = Input("ids", (3,), "int32", ranges=((0, 9),))


def png(color):
    content = io.BytesIO()
    Image.new("RGB", (12, 8), color).save(content, "PNG")
    return content.getvalue()


def test_rows_are_read_from_npy_csv_npz_and_folders_of_images(tmp_path):
    np.save(tmp_path / "rows.npy", np.arange(100).reshape(50, 2))
    np.savez(tmp_path / "rows.npz", whatever=np.arange(100).reshape(50, 2))
    (tmp_path / "rows.csv").write_text("0,1\n2,3\n")
    for name, count in (("rows.npy", ROWS), ("rows.npz", ROWS), ("rows.csv", 2)):
        found = samples(plan(ROW), tmp_path / name)
        np.testing.assert_array_equal(found.rows["row"], np.arange(2 * count).reshape(count, 2))
        assert found.rows["row"].dtype == np.float32
        assert found.source == f"The first {count} rows of {name}."
    for number, color in enumerate(("white", "red")):
        (tmp_path / f"{number}.png").write_bytes(png(color))
    found = samples(plan(IMAGE), tmp_path).rows["image"]
    np.testing.assert_array_equal(found[:, 0, 0], [[255, 255, 255], [255, 0, 0]])


def test_several_inputs_are_read_by_name(tmp_path):
    np.savez(tmp_path / "rows.npz", ids=np.ones((5, 3), np.int64), row=np.zeros((5, 2)), other=np.zeros(1))
    found = samples(plan(ROW, IDS), tmp_path / "rows.npz").rows
    assert {name: (values.shape, str(values.dtype)) for name, values in found.items()} == {
        "row": ((5, 2), "float32"),
        "ids": ((5, 3), "int32"),
    }


ARRAYS = {
    "another shape": ({"row": np.zeros((5, 3))}, "holds float64 of shape"),
    "no rows": ({"row": np.zeros((0, 2))}, "holds float64 of shape"),
    "infinity": ({"row": np.full((1, 2), np.inf)}, "no finite numbers"),
    "words": ({"row": np.array([["a", "b"]])}, "holds <U1"),
    "an object": ({"row": np.array([[1, {}]], object)}, "no arrays as numpy.savez writes them"),
}


@pytest.mark.parametrize(("arrays", "sentence"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_do_not_fit_are_refused(arrays, sentence, tmp_path):
    np.savez(tmp_path / "rows.npz", allow_pickle=True, **arrays)
    with pytest.raises(UnreadableRows, match=sentence):
        samples(plan(ROW), tmp_path / "rows.npz")


@pytest.mark.parametrize("values", [[[0, 1, 10]], [[0, 1, -1]], [[0, 1, 2.5]]], ids=["large", "small", "fraction"])
def test_numbers_that_an_embedding_does_not_have_are_refused(values, tmp_path):
    np.savez(tmp_path / "rows.npz", ids=np.array(values))
    with pytest.raises(UnreadableRows, match=r"outside of 0 to 9|no whole numbers"):
        samples(plan(IDS), tmp_path / "rows.npz")


def test_arrays_of_different_lengths_and_missing_ones_are_refused(tmp_path):
    np.savez(tmp_path / "lengths.npz", ids=np.ones((5, 3)), row=np.zeros((4, 2)))
    np.savez(tmp_path / "missing.npz", ids=np.ones((5, 3)))
    for name, sentence in (
        ("lengths.npz", "different numbers of rows"),
        ("missing.npz", "lacks arrays for the inputs row"),
    ):
        with pytest.raises(UnreadableRows, match=sentence):
            samples(plan(ROW, IDS), tmp_path / name)
    with pytest.raises(UnreadableRows, match="the model has several: row, ids"):
        samples(plan(ROW, IDS), tmp_path / "rows.npy")


def test_a_pickle_in_an_array_file_is_not_read(tmp_path):
    (tmp_path / "rows.npy").write_bytes(pickle.dumps([[1, 2]]))
    with pytest.raises(UnreadableRows, match="no array"):
        samples(plan(ROW), tmp_path / "rows.npy")


FACTS = InputFacts("row", (2,), "float32")


@pytest.mark.parametrize(
    "case",
    [
        (replace(ROW, ranges=((5, 6),)), FACTS, {}, 5, 6, None),
        (IDS, InputFacts("ids", (3,), "int32", below=10), {}, 0, 9, None),
        (ROW, replace(FACTS, interval=(0, 255)), {}, 0, 255, None),
        (ROW, replace(FACTS, means=(1000, -50), deviations=(1, 2)), {}, -70, 1010, (1000, -50)),
        (ROW, FACTS, {"row": Scale((7, 8), (0.1, 0.1))}, 6, 9, (7, 8)),
        (ROW, FACTS, {}, -6, 6, (0, 0)),
    ],
    ids=["range", "embedding", "rescaling", "normalization", "scaler", "nothing known"],
)
def test_rows_are_drawn_as_the_model_is_used_to_and_always_the_same(case):
    tensor, facts, scales, low, high, center = case
    its_plan = plan(tensor, facts=[facts], scales=scales)
    first, second = (samples(its_plan, None) for _ in range(2))
    rows = first.rows[tensor.name]
    np.testing.assert_array_equal(rows, second.rows[tensor.name])
    assert rows.shape == (ROWS, *tensor.shape)
    assert str(rows.dtype) == tensor.dtype
    assert low <= rows.min() < rows.max() <= high
    if center:
        np.testing.assert_allclose(rows.mean(axis=0), center, atol=1.5)
    assert "no real data" in first.source
