"""Rows with words, and rows that lack numbers, become the arrays that models take, or are refused with their place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.signature import Input, Output, Signature, Task
from service import errors
from service.tensors import decode_rows

NAMES = ("sex", "age", "class")
WORDS = (("female", "male"), None, ("first", "second", "third"))
NAN = float("nan")


def signature(**more):
    tensor = Input("row", (3,), feature_names=NAMES, **more)
    return Signature(Task.REGRESSION, (tensor,), (Output("y", 1, "linear", ("y",)),))


WITH_WORDS = signature(categories=WORDS)
WITH_GAPS = signature(optional=True)
WITH_BOTH = signature(categories=WORDS, optional=True)
ONE_WORD = Signature(
    Task.REGRESSION,
    (Input("row", (1,), feature_names=("sex",), categories=(("female", "male"),), optional=True),),
    (Output("y", 1, "linear", ("y",)),),
)
IMAGES = Signature(Task.REGRESSION, (Input("image", (2, 2), optional=True),), (Output("y", 1, "linear", ("y",)),))


def decoded(instances, its_signature):
    return decode_rows(instances, its_signature, max_rows=10)[its_signature.inputs[0].name]


GOOD = [
    # id, signature, rows, expected
    ("words", WITH_WORDS, [["female", 30, "third"], ["male", 2.5, "first"]], [[0, 30, 2], [1, 2.5, 0]]),
    ("their-numbers", WITH_WORDS, [[0, 30, 2], [1.0, 2, 0.0]], [[0, 30, 2], [1, 2, 0]]),
    ("both", WITH_WORDS, [["male", 3, 2], [0, 3, "third"]], [[1, 3, 2], [0, 3, 2]]),
    ("by-name", WITH_WORDS, [{"class": "second", "sex": "male", "age": 3}], [[1, 3, 1]]),
    ("numbers-by-name", WITH_WORDS, [{"class": 1, "sex": 1, "age": 3}], [[1, 3, 1]]),
    ("by-input", WITH_WORDS, [{"row": ["male", 3, 2]}], [[1, 3, 2]]),
    ("an-array", WITH_WORDS, np.array([[1, 30, 2]], np.uint8), [[1, 30, 2]]),
    ("null", WITH_GAPS, [[1, None, 3], [None, 2, 3]], [[1, NAN, 3], [NAN, 2, 3]]),
    ("nothing-but-null", WITH_GAPS, [[None, None, None]], [[NAN] * 3]),
    ("no-gap", WITH_GAPS, [[1, 2, 3]], [[1, 2, 3]]),
    ("nan-in-an-array", WITH_GAPS, np.array([[1, NAN, 3]]), [[1, NAN, 3]]),
    ("no-feature", WITH_GAPS, [{"age": 2}, {"class": None, "sex": 1}], [[NAN, 2, NAN], [1, NAN, NAN]]),
    ("no-feature-at-all", WITH_GAPS, [{}], [[NAN] * 3]),
    ("null-for-a-word", WITH_BOTH, [[None, 2, "third"]], [[NAN, 2, 2]]),
    ("unknown-word", WITH_BOTH, [["fmale", 2, "Third"], ["", 3, "first"]], [[NAN, 2, NAN], [NAN, 3, 0]]),
    ("unknown-word-by-name", WITH_BOTH, [{"sex": "?", "class": "third"}], [[NAN, NAN, 2]]),
    ("nan-for-a-word", WITH_BOTH, np.array([[NAN, 2, 1]], np.float16), [[NAN, 2, 1]]),
    ("bare-words", ONE_WORD, ["male", None, 0], [[1], [NAN], [0]]),
    ("a-bare-gap", ONE_WORD, [None, "male"], [[NAN], [1]]),
    ("gaps-in-images", IMAGES, [[[1, None], [3, 4]]], [[[1, NAN], [3, 4]]]),
    ("gaps-in-flat-images", IMAGES, [[1, None, 3, 4]], [[[1, NAN], [3, 4]]]),
    ("nan-in-an-image", IMAGES, np.array([[[1, NAN], [3, 4]]]), [[[1, NAN], [3, 4]]]),
]


@pytest.mark.parametrize("case", GOOD, ids=[case[0] for case in GOOD])
def test_words_are_their_numbers_and_what_is_missing_is_nan(case):
    _, its_signature, instances, expected = case
    array = decoded(instances, its_signature)
    np.testing.assert_array_equal(array, np.array(expected, np.float32), strict=True)


REFUSED = [
    # id, signature, rows, error, path of the first detail, words of its message
    ("unknown-word", WITH_WORDS, [["femal", 2, 0]], errors.UnknownCategory, "/0/0", "did you mean 'female'?"),
    ("strange-word", WITH_WORDS, [[0, 2, "x"]], errors.UnknownCategory, "/0/2", "known: first, second, third"),
    ("unknown-by-name", WITH_WORDS, [{"sex": "x", "age": 1, "class": 0}], errors.UnknownCategory, "/0/sex", "'x'"),
    ("number-beyond", WITH_WORDS, [[0, 2, 3]], errors.UnknownCategory, "/0/2", "from 0 to 2, got 3"),
    ("number-below", WITH_WORDS, [[-1, 2, 0]], errors.UnknownCategory, "/0/0", "from 0 to 1, got -1"),
    ("number-between", WITH_BOTH, [[0, 2, 0.5]], errors.UnknownCategory, "/0/2", "got 0.5"),
    ("large-number", WITH_BOTH, [[0, 2, 1e39]], errors.NumberOutOfRange, "/0/2", "too large"),
    ("number-by-name", WITH_BOTH, [{"class": 7}], errors.UnknownCategory, "/0/class", "got 7"),
    ("number-in-an-array", WITH_BOTH, np.array([[0, 2, 3.5]]), errors.UnknownCategory, "/0/2", "got 3.5"),
    ("word-for-a-number", WITH_BOTH, [[0, "old", 0]], errors.NotANumber, "/0/1", "got a string"),
    ("number-as-a-word", WITH_BOTH, [[0, "2", 0]], errors.NotANumber, "/0/1", "got a string"),
    ("true-for-a-word", WITH_BOTH, [[True, 2, 0]], errors.NotANumber, "/0/0", "got a boolean"),
    ("array-for-a-word", WITH_BOTH, [[[0], 2, 0]], errors.NotANumber, "/0/0", "got an array"),
    ("array-for-a-later-word", WITH_BOTH, [[0, 2, [0]]], errors.NotANumber, "/0/2", "got an array"),
    ("object-for-a-word", WITH_BOTH, [[0, 2, {}]], errors.NotANumber, "/0/2", "got an object"),
    ("object-for-a-number", WITH_GAPS, [[1, {}, 3]], errors.NotANumber, "/0/1", "got an object"),
    ("array-for-a-bare-word", ONE_WORD, ["male", ["male"]], errors.NotANumber, "/1", "got an array"),
    ("null-for-a-word", WITH_WORDS, [[None, 2, 0]], errors.NotANumber, "/0/0", "expected a word, or its number"),
    ("null-for-a-number", WITH_WORDS, [[0, None, 0]], errors.NotANumber, "/0/1", "got null"),
    ("no-feature", WITH_WORDS, [{"sex": 0, "age": 2}], errors.WrongFeatures, "/0", "'class' is missing"),
    ("unknown-feature", WITH_BOTH, [{"sexx": 0}], errors.WrongFeatures, "/0/sexx", "did you mean 'sex'?"),
    ("literal-nan", WITH_BOTH, [[0, NAN, 0]], errors.NumberOutOfRange, "/0/1", "or null, got NaN"),
    ("literal-nan-for-a-word", WITH_BOTH, [[NAN, None, 0]], errors.NumberOutOfRange, "/0/0", "or null, got NaN"),
    ("infinity", WITH_BOTH, [[0, float("inf"), None]], errors.NumberOutOfRange, "/0/1", "got infinity"),
    ("infinity-in-an-array", WITH_GAPS, np.array([[1, np.inf, NAN]]), errors.NumberOutOfRange, "/0/1", "infinity"),
    ("beyond-in-an-array", IMAGES, np.array([[[1, 1e39], [NAN, 1]]]), errors.NumberOutOfRange, "/0/0/1", "too large"),
    ("nan-in-an-array", WITH_WORDS, np.array([[0, NAN, 0]]), errors.NumberOutOfRange, "/0/1", "got NaN"),
    ("beyond-float64", WITH_BOTH, [[0, 10**400, None]], errors.NumberOutOfRange, "/0/1", "too large"),
    ("gap-in-a-shape", IMAGES, [[[1, None], [3]]], errors.WrongShape, "/0/1", "expected an array of 2"),
    ("null-row", WITH_BOTH, [[0, 1, 2], None], errors.WrongShape, "/1", "got null"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_what_does_not_fit_its_column_is_refused_with_its_place(case):
    _, its_signature, instances, error, path, words = case
    with pytest.raises(errors.ServiceError) as caught:
        decoded(instances, its_signature)
    assert type(caught.value) is error
    assert caught.value.details[0].path == f"/instances{path}"
    assert words in caught.value.details[0].message


@pytest.mark.parametrize(
    ("its_signature", "words"),
    [
        (WITH_WORDS, "an array of 3 numbers or words, or an object by feature name."),
        (WITH_GAPS, "an array of 3 numbers or null, or an object by feature name."),
        (WITH_BOTH, "an array of 3 numbers, words or null, or an object by feature name."),
        (IMAGES, "a 2x2 array or 4 numbers or null."),
    ],
)
def test_a_refusal_tells_what_a_row_may_hold(its_signature, words):
    with pytest.raises(errors.ServiceError, match=f"each must be {words}"):
        decoded([[True]], its_signature)


values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-1, 3)
    | st.floats()
    | st.sampled_from(["female", "third", "x", ""])
)
json_values = values | st.lists(values, max_size=3) | st.dictionaries(st.sampled_from(NAMES), values)
rows = st.lists(json_values, min_size=3, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, "x"]), json_values)


@given(st.sampled_from([WITH_WORDS, WITH_GAPS, WITH_BOTH]), st.lists(rows, min_size=1, max_size=3))
def test_whatever_comes_is_decoded_or_refused_on_purpose(its_signature, instances):
    try:
        array = decoded(instances, its_signature)
    except errors.ServiceError:
        return
    assert array.shape == (len(instances), 3)
    tensor = its_signature.inputs[0]
    assert not np.isinf(array).any()
    assert tensor.optional or np.isfinite(array).all()
    for place, words in enumerate(tensor.categories or ()):
        if words is not None:
            assert set(array[~np.isnan(array[:, place]), place]) <= set(range(len(words)))


@given(
    st.sampled_from([WITH_WORDS, WITH_GAPS, WITH_BOTH]),
    st.lists(st.lists(st.floats(width=32) | st.integers(-1, 3), min_size=3, max_size=3), min_size=1, max_size=3),
)
def test_an_array_is_taken_where_the_same_numbers_are_taken_in_json(its_signature, numbers):
    as_values = [[None if np.isnan(number) else number for number in row] for row in numbers]
    answers = []
    for instances in (as_values, np.array(numbers, np.float64)):
        try:
            answers.append(decoded(instances, its_signature).tolist())
        except errors.ServiceError as error:
            answers.append([detail.path for detail in error.details])
    assert repr(answers[0]) == repr(answers[1])  # NaN is equal to NaN, whatever its sign
