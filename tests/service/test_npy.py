"""Rows and answers in the npy format are the same as in JSON, and damaged arrays are refused."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, floating_dtypes, integer_dtypes, unsigned_integer_dtypes

from service import npy
from service.errors import InvalidArray

numbers = floating_dtypes(sizes=(16, 32, 64)) | integer_dtypes() | unsigned_integer_dtypes()


def saved(array, **options):
    stream = BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@given(arrays(numbers, array_shapes(max_dims=4, max_side=4)), st.booleans())
def test_what_numpy_saves_comes_out_as_it_went_in(array, fortran):
    array = np.asfortranarray(array) if fortran else array
    decoded = npy.decode(saved(array))
    assert decoded.dtype == array.dtype
    np.testing.assert_array_equal(decoded, array)


@given(arrays(np.float32, array_shapes(max_dims=3, max_side=4)))
def test_numpy_loads_what_is_encoded(array):
    np.testing.assert_array_equal(np.load(BytesIO(npy.encode(array))), array)


def header(text):
    padded = text.encode().ljust(117) + b"\n"
    return npy.MAGIC + b"\x01\x00" + len(padded).to_bytes(2, "little") + padded


GOOD = saved(np.ones((2, 4), np.float32))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(npy.MAGIC, id="magic-only"),
        pytest.param(GOOD[:20], id="half-a-header"),
        pytest.param(GOOD[:-1], id="a-byte-short"),
        pytest.param(GOOD + b"x", id="a-byte-long"),
        pytest.param(npy.MAGIC + b"\x09\x00" + GOOD[8:], id="unknown-version"),
        pytest.param(header("{'descr': '<f4', 'fortran_order': False, 'shape': (10**9,)}"), id="code-in-the-header"),
        pytest.param(header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}"), id="terabytes"),
        pytest.param(header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -4)}") + bytes(16), id="negative"),
        pytest.param(header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") + bytes(8), id="objects"),
        pytest.param(saved(np.array(["a"])), id="strings"),
        pytest.param(saved(np.array([True])), id="booleans"),
        pytest.param(saved(np.array([1j])), id="complex"),
        pytest.param(saved(np.zeros(2, dtype=[("a", "f4")])), id="structured"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(body):
    with pytest.raises(InvalidArray):
        npy.decode(body)


@given(st.binary(max_size=200))
def test_damaged_bytes_are_refused_on_purpose(tail):
    try:
        npy.decode(npy.MAGIC + tail)
    except InvalidArray:
        return


def post(client, path, array, **headers):
    return client.post(
        path, data=saved(array), headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


@pytest.mark.parametrize("name", ["flowers", "pictures", "tumours", "tags", "prices", "boxes"])
def test_bytes_and_json_give_the_same_answer(client, zoo, name):
    rows = zoo.version(name).golden().inputs["row"]
    in_json = client.post(f"/models/{name}/predict", json={"instances": rows.tolist()}).get_json()
    assert post(client, f"/models/{name}/predict", rows).get_json() == in_json
    answer = post(client, f"/models/{name}/predict", rows, Accept="application/x-npy")
    assert answer.mimetype == "application/x-npy"
    assert (answer.headers["X-Model"], answer.headers["X-Model-Version"]) == (name, "1")
    values = np.load(BytesIO(answer.data))
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.array(in_json["predictions"], np.float32))


def test_json_may_be_answered_with_bytes(client):
    answer = client.post(
        "/models/prices/predict", json={"instances": [[1, 2]]}, headers={"Accept": "application/x-npy"}
    )
    assert np.load(BytesIO(answer.data)).shape == (1,)


def test_other_types_and_flat_rows_are_converted(client):
    images = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
    expected = post(client, "/models/pictures/predict", images.astype(np.float32)).get_json()
    for array in (images, images.reshape(2, 6), images.astype(">i4"), np.asfortranarray(images, dtype=np.float64)):
        assert post(client, "/models/pictures/predict", array).get_json() == expected


def test_the_other_keys_stand_in_the_query_string(client):
    row = np.ones((1, 4))
    (answer,) = post(client, "/predict-class?model=flowers&version=1&top_k=2", row).get_json()["predictions"]
    assert len(answer["top_k"]) == 2
    (answer,) = post(client, "/models/tumours/predict-class?threshold=0", np.ones((1, 3))).get_json()["predictions"]
    assert answer["class"] == "benign"


@pytest.mark.parametrize(
    ("array", "query", "status", "code"),
    [
        pytest.param(np.ones((1, 5)), "", 400, "wrong_shape", id="wrong-shape"),
        pytest.param(np.ones(4), "", 400, "wrong_shape", id="a-bare-row"),
        pytest.param(np.float32(1), "", 400, "wrong_shape", id="a-number"),
        pytest.param(np.ones((0, 4)), "", 400, "invalid_request", id="no-rows"),
        pytest.param(np.ones((17_000, 4), np.int8), "", 413, "too_many_rows", id="too-many-rows"),
        pytest.param(np.array([[1, np.nan, 1, 1]]), "", 400, "number_out_of_range", id="nan"),
        pytest.param(np.array([[1, 1, 1, 1e39]]), "", 400, "number_out_of_range", id="too-large-for-float32"),
        pytest.param(np.array([["a"]]), "", 400, "invalid_array", id="strings"),
        pytest.param(np.ones((1, 4)), "?version=x", 400, "invalid_request", id="bad-version"),
        pytest.param(np.ones((1, 4)), "?rows=1", 400, "invalid_request", id="unknown-key"),
        pytest.param(np.ones((1, 4)), "?label=stable", 404, "unknown_label", id="unknown-label"),
    ],
)
def test_bad_arrays_are_answered_in_the_one_shape(client, array, query, status, code):
    response = post(client, f"/models/flowers/predict{query}", array)
    assert (response.status_code, response.get_json()["code"]) == (status, code)


def test_the_place_of_a_number_that_does_not_fit_is_told(client):
    answer = post(client, "/models/flowers/predict", np.array([[1, 1, 1, 1], [1, 1, np.inf, 1]])).get_json()
    assert [detail["path"] for detail in answer["details"]] == ["/instances/1/2"]
