"""One table for a model with several inputs: by input, by the names of all columns, or with one after the other."""

import numpy as np
import pytest

from models.signature import Input, Output, Signature, Task
from service import errors
from service.protocols.mlflow import read_invocation
from service.protocols.tables import read_table

PRICE = (Output("price", 1, "linear", ("price",)),)
HOUSES = Signature(
    Task.REGRESSION,
    (
        Input("house", (2,), feature_names=("rooms", "area")),
        Input("street", (), "int64", ranges=((0, 2**53),)),
        Input("kind", (1,), feature_names=("heating",), categories=(("gas", "wood"),)),
    ),
    PRICE,
)
UNNAMED = Signature(Task.REGRESSION, (Input("image", (2, 2)), Input("size", (1,))), PRICE)
NAMES = ["rooms", "area", "street", "heating"]
ROWS = [[3, 90.5, 2**53 - 1, "wood"], [1, 20, 0, 0]]
TURNED = [row[::-1] for row in ROWS]
BY_INPUT = [{"house": row[:2], "street": row[2], "kind": row[3:]} for row in ROWS]


def lines(*rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def split(data, columns=None):
    return {"dataframe_split": {"data": data} | ({"columns": columns} if columns else {})}


FORMS = {
    "split": split(ROWS),
    "split-by-name": split(ROWS, NAMES),
    "split-turned": split(TURNED, NAMES[::-1]),
    "split-counted": split(ROWS, [0, 1, 2, 3]),
    "split-by-input": split([[*row.values()] for row in BY_INPUT], ["house", "street", "kind"]),
    "records": {"dataframe_records": BY_INPUT},
    "records-by-column": {"dataframe_records": [dict(zip(NAMES[::-1], row, strict=True)) for row in TURNED]},
    "instances": {"instances": BY_INPUT},
    "inputs": {"inputs": {name: [row[name] for row in BY_INPUT] for name in BY_INPUT[0]}},
    "inputs-by-column": {"inputs": dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))},
}
TABLES = {
    "no-names": lines(*ROWS),
    "names": lines(NAMES, *ROWS),
    "turned": lines(NAMES[::-1], *TURNED),
    "counted": lines(range(4), *ROWS),
}


def check(rows):
    np.testing.assert_array_equal(rows["house"], np.array([[3, 90.5], [1, 20]], np.float32), strict=True)
    np.testing.assert_array_equal(rows["street"], np.array([2**53 - 1, 0]), strict=True)
    np.testing.assert_array_equal(rows["kind"], np.array([[1], [0]], np.float32), strict=True)


@pytest.mark.parametrize("document", FORMS.values(), ids=FORMS)
def test_each_form_of_the_same_rows_gives_the_same_arrays(document):
    check(read_invocation(document, HOUSES, max_rows=2).rows)


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_a_table_in_csv_does_so_too(text):
    check(read_table(text, HOUSES, max_rows=2))


def test_columns_without_names_are_taken_in_their_order():
    for names in ((), (["a", "b", "c", "d", "e"],)):
        rows = read_table(lines(*names, [1, 2, 3, 4, 5]), UNNAMED, max_rows=1)
        np.testing.assert_array_equal(rows["image"], [[[1, 2], [3, 4]]])
        np.testing.assert_array_equal(rows["size"], [[5]])


REFUSED = [
    ("short-row", split([[1, 2, 3]]), errors.WrongShape, "/dataframe_split/data/0"),
    ("missing-column", split([row[:3] for row in ROWS], NAMES[:3]), errors.WrongShape, "/dataframe_split/data/0"),
    ("another-column", split(ROWS, [*NAMES[:3], "heat"]), errors.WrongFeatures, "/dataframe_split/data"),
    ("a-word", split([[1, "x", 3, "gas"]]), errors.NotANumber, "/dataframe_split/data/0/house/1"),
    ("a-fraction", split([[1, 2, 3.5, "gas"]]), errors.NotANumber, "/dataframe_split/data/0/street/0"),
    ("beyond", split([[1, 2, -3, "gas"]]), errors.NumberOutOfRange, "/dataframe_split/data/0/street/0"),
    ("unknown-word", split([[1, 2, 3, "coal"]]), errors.UnknownCategory, "/dataframe_split/data/0/kind/0"),
    ("missing-input", {"inputs": {"house": [[1, 2]]}}, errors.InvalidRequest, None),
    ("too-many-rows", split(ROWS + ROWS), errors.TooManyRows, None),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_what_does_not_fit_is_refused_with_its_place(case):
    _, document, error, path = case
    with pytest.raises(error) as caught:
        read_invocation(document, HOUSES, max_rows=2)
    assert type(caught.value) is error
    assert [detail.path for detail in caught.value.details][:1] == ([path] if path else [])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", errors.InvalidTable),
        (lines([1, 2, 3]), errors.WrongShape),
        (lines([1, 2, 3, "gas", 5]), errors.WrongShape),
        (lines([*NAMES[:3], "heat"], *ROWS), errors.WrongFeatures),
        (lines([1, "x", 3, "gas"]), errors.InvalidTable),
        (lines(*ROWS, *ROWS), errors.TooManyRows),
    ],
    ids=["empty", "short", "long", "another-column", "a-word", "too-many-rows"],
)
def test_a_table_that_does_not_fit_is_refused(text, error):
    with pytest.raises(error):
        read_table(text, HOUSES, max_rows=2)
