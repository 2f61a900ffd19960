"""Rows become exactly the arrays that they say, or are refused with the place of what is wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from models.signature import Input, Output, Signature, Task
from service import errors
from service.tensors import decode_rows

LARGEST = float(np.finfo(np.float32).max)


def signature(shape, feature_names=None):
    row = Input("row", shape, feature_names=feature_names)
    return Signature(Task.REGRESSION, (row,), (Output("y", 1, "linear", ("y",)),))


TWO_INPUTS = Signature(
    Task.REGRESSION, (Input("image", (2, 2)), Input("meta", (3,))), (Output("y", 1, "linear", ("y",)),)
)

float32_arrays = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=4, max_side=4),
    elements=st.floats(-LARGEST, LARGEST, width=32),
)


@given(float32_arrays)
def test_nested_rows_come_out_as_they_went_in(array):
    decoded = decode_rows(array.tolist(), signature(array.shape[1:]), max_rows=100)
    np.testing.assert_array_equal(decoded["row"], array)
    assert decoded["row"].dtype == np.float32


@given(float32_arrays)
def test_flat_rows_come_out_in_the_shape_of_the_input(array):
    flat = array.reshape(len(array), -1).tolist()
    np.testing.assert_array_equal(decode_rows(flat, signature(array.shape[1:]), max_rows=100)["row"], array)


@given(st.data(), arrays(np.float32, st.tuples(st.integers(1, 5), st.just(3)), elements=st.floats(-1, 1, width=32)))
def test_features_by_name_may_come_in_any_order(data, array):
    names = ("a", "b", "c")
    orders = [data.draw(st.permutations(range(3))) for _ in array]
    rows = [{names[i]: float(row[i]) for i in order} for row, order in zip(array, orders, strict=True)]
    np.testing.assert_array_equal(decode_rows(rows, signature((3,), names), max_rows=100)["row"], array)


def test_the_largest_float32_is_taken_in_every_spelling():
    rows = [[LARGEST, 3.4028235e38], [-LARGEST, 0.0]]
    np.testing.assert_array_equal(decode_rows(rows, signature((2,)), 2)["row"], np.array(rows, np.float32))
    with pytest.raises(errors.NumberOutOfRange) as caught:
        decode_rows([[3.4028235e38, float("nan")]], signature((2,)), 2)
    assert [detail.path for detail in caught.value.details] == ["/instances/0/1"]


def test_integers_and_floats_may_be_mixed():
    np.testing.assert_array_equal(decode_rows([[1, 2.5]], signature((2,)), 1)["row"], [[1, 2.5]])


def test_a_single_input_may_be_named():
    np.testing.assert_array_equal(decode_rows([{"row": [1, 2]}], signature((2,), ("a", "b")), 1)["row"], [[1, 2]])


def test_several_inputs_come_by_name():
    decoded = decode_rows([{"image": [[1, 2], [3, 4]], "meta": [5, 6, 7]}] * 2, TWO_INPUTS, 2)
    assert decoded["image"].shape == (2, 2, 2)
    np.testing.assert_array_equal(decoded["meta"], [[5, 6, 7]] * 2)


REFUSED = [
    ("null", None, errors.InvalidRequest, "/instances"),
    ("number", 3, errors.InvalidRequest, "/instances"),
    ("object", {"a": 1}, errors.InvalidRequest, "/instances"),
    ("string", "1,2", errors.InvalidRequest, "/instances"),
    ("no-rows", [], errors.InvalidRequest, "/instances"),
    ("too-many-rows", [[1, 2]] * 11, errors.TooManyRows, None),
    ("bare-numbers", [1, 2], errors.WrongShape, "/instances/0"),
    ("null-row", [None], errors.WrongShape, "/instances/0"),
    ("empty-row", [[]], errors.WrongShape, "/instances/0"),
    ("short-row", [[1]], errors.WrongShape, "/instances/0"),
    ("long-row", [[1, 2, 3]], errors.WrongShape, "/instances/0"),
    ("ragged", [[1, 2], [1]], errors.WrongShape, "/instances/1"),
    ("deeper", [[1, 2], [[1], 2]], errors.NotANumber, "/instances/1/0"),
    ("deeper-first", [[[1], 2]], errors.NotANumber, "/instances/0/0"),
    ("string-in-row", [[1, "2"]], errors.NotANumber, "/instances/0/1"),
    ("true-in-row", [[1.5, True]], errors.NotANumber, "/instances/0/1"),
    ("null-in-row", [[None, 1]], errors.NotANumber, "/instances/0/0"),
    ("object-in-row", [[1, {}]], errors.NotANumber, "/instances/0/1"),
    ("nan", [[1, float("nan")]], errors.NumberOutOfRange, "/instances/0/1"),
    ("infinity", [[float("-inf"), 1]], errors.NumberOutOfRange, "/instances/0/0"),
    ("beyond-float32", [[1, 1e39]], errors.NumberOutOfRange, "/instances/0/1"),
    ("beyond-float64", [[1, 10**400]], errors.NumberOutOfRange, "/instances/0/1"),
    ("second-row-is-an-object", [[1, 2], {"a": 1, "b": 2}], errors.WrongShape, "/instances/1"),
    ("missing-feature", [{"a": 1}], errors.WrongFeatures, "/instances/0"),
    ("unknown-feature", [{"a": 1, "b": 2, "c/d": 3}], errors.WrongFeatures, "/instances/0/c~1d"),
    ("other-feature", [{"a": 1, "c": 2}], errors.WrongFeatures, "/instances/0/c"),
    ("second-row-lacks-a-feature", [{"a": 1, "b": 2}, {"a": 1}], errors.WrongFeatures, "/instances/1"),
    ("second-row-is-an-array", [{"a": 1, "b": 2}, [1, 2]], errors.WrongFeatures, "/instances/1"),
    ("string-feature", [{"a": 1, "b": "2"}], errors.NotANumber, "/instances/0/b"),
    ("boolean-feature", [{"a": 1, "b": False}], errors.NotANumber, "/instances/0/b"),
    ("nan-feature", [{"a": 1, "b": float("nan")}], errors.NumberOutOfRange, "/instances/0/b"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_bad_rows_are_refused_with_their_place(case):
    _, instances, error, path = case
    with pytest.raises(error) as caught:
        decode_rows(instances, signature((2,), ("a", "b")), max_rows=10)
    assert type(caught.value) is error
    assert [detail.path for detail in caught.value.details][:1] == ([path] if path else [])


@pytest.mark.parametrize(
    ("instances", "error", "path"),
    [
        pytest.param([[[1, 2], [3]]], errors.WrongShape, "/instances/0/1", id="ragged"),
        pytest.param([[[1, 2]]], errors.WrongShape, "/instances/0", id="one-line-short"),
        pytest.param([[[1, 2], 3]], errors.WrongShape, "/instances/0/1", id="number-for-a-line"),
        pytest.param([[1, 2, 3]], errors.WrongShape, "/instances/0", id="flat-and-short"),
        pytest.param([[1, 2, 3, 4], [[1, 2], [3, 4]]], errors.WrongShape, "/instances/1", id="flat-then-nested"),
        pytest.param([[[1, 2], [3, "4"]]], errors.NotANumber, "/instances/0/1/1", id="string"),
        pytest.param([{"a": 1}], errors.WrongFeatures, "/instances/0", id="object"),
    ],
)
def test_bad_images_are_refused_with_their_place(instances, error, path):
    with pytest.raises(error) as caught:
        decode_rows(instances, signature((2, 2)), max_rows=10)
    assert caught.value.details[0].path == path


@pytest.mark.parametrize(
    ("instances", "path"),
    [
        pytest.param([[1, 2]], "/instances/0", id="array"),
        pytest.param([{"image": [[1, 2], [3, 4]]}], "/instances/0", id="missing-input"),
        pytest.param([{"image": [[1, 2], [3, 4]], "meta": [1, 2, 3], "x": 1}], "/instances/0/x", id="unknown-input"),
        pytest.param([{"image": [[1, 2], [3, 4]], "meta": [1, 2]}], "/instances/0/meta", id="wrong-shape"),
        pytest.param([{"image": [[1, 2], [3, None]], "meta": [1, 2, 3]}], "/instances/0/image/1/1", id="null"),
    ],
)
def test_bad_rows_of_several_inputs_are_refused(instances, path):
    with pytest.raises(errors.ServiceError) as caught:
        decode_rows(instances, TWO_INPUTS, max_rows=10)
    assert caught.value.details[0].path == path


def test_a_misspelt_feature_is_answered_with_the_nearest():
    with pytest.raises(errors.WrongFeatures) as caught:
        decode_rows([{"rooms": 1, "agee": 2}], signature((2,), ("rooms", "age")), max_rows=10)
    assert caught.value.details[0].message == "unknown feature 'agee'; did you mean 'age'?"


def test_there_are_at_most_five_details():
    with pytest.raises(errors.NotANumber) as caught:
        decode_rows([[None] * 2] * 10, signature((2,)), max_rows=10)
    assert len(caught.value.details) == errors.MAX_DETAILS


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=2), values, max_size=3),
    max_leaves=12,
)


@given(json_values | st.lists(st.lists(json_values, min_size=2, max_size=2), min_size=1, max_size=3))
def test_whatever_comes_is_either_decoded_or_refused_on_purpose(instances):
    try:
        decoded = decode_rows(instances, signature((2,), ("a", "b")), max_rows=10)["row"]
    except errors.ServiceError:
        return
    assert decoded.shape == (len(instances), 2)
    assert np.isfinite(decoded).all()
