"""Rows out of files: what a CSV, an npy file and an image give a model, and what is said of those that do not fit."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.signature import Input
from training.errors import UnreadableRows
from training.row_files import read_rows

COLUMNS = Input("features", (2,), feature_names=("age", "bmi"))
WORDS = Input("features", (2,), feature_names=("age", "town"), categories=(None, ("Bonn", "Köln")), optional=True)
STRICT = Input("features", (2,), feature_names=("age", "town"), categories=(None, ("Bonn", "Köln")))
PIXELS = Input("image", (2, 2), ranges=((0.0, 16.0),))
COLOURS = Input("image", (2, 2, 3), ranges=((0.0, 255.0),))


@pytest.fixture
def file(tmp_path):
    """A file of that name and text."""

    def write(text: str, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("text", "tensor", "rows"),
    [
        pytest.param("age,bmi\n1,2\n3,4\n", COLUMNS, [[1, 2], [3, 4]], id="names"),
        pytest.param("1,2\n3,4", COLUMNS, [[1, 2], [3, 4]], id="numbers only"),
        pytest.param("\ufeffbmi;name; age \n2;Ann;1\n\n", COLUMNS, [[1, 2]], id="another order and one more, as Excel"),
        pytest.param("bmi\tage\n2\t1e1\n", COLUMNS, [[10, 2]], id="tabs"),
        pytest.param(
            "age,town\n1,Köln\n,Bonn\n3,\n4,Ulm\n", WORDS, [[1, 1], [np.nan, 0], [3, np.nan], [4, np.nan]], id="words"
        ),
        pytest.param("1,2,3,4\n", PIXELS, [[[1, 2], [3, 4]]], id="pixels"),
        pytest.param("a,b,c,d\n1,2,3,4\n", PIXELS, [[[1, 2], [3, 4]]], id="pixels with names"),
    ],
)
def test_a_table_gives_rows(text, tensor, rows, file):
    values = read_rows(file(text), tensor).values
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.array(rows, np.float32))


def test_columns_that_the_model_does_not_know_are_named(file):
    assert (
        read_rows(file("bmi,name,age\n2,Ann,1\n"), COLUMNS).remark == "Left out, as the model does not know it: name."
    )


@pytest.mark.parametrize(
    ("text", "tensor", "message"),
    [
        pytest.param("age,weight\n1,2\n", COLUMNS, "lacks columns that the model takes: bmi.", id="missing column"),
        pytest.param(
            "1,2,3\n",
            COLUMNS,
            "has 3 columns; the model takes a CSV file with names in its first line, or of 2",
            id="count",
        ),
        pytest.param("a,b\n1,2\n", COLUMNS, "line 1, age: 'a' is no number.", id="other names"),
        pytest.param("age,bmi\n1,2\n1,x\n", COLUMNS, "line 3, bmi: 'x' is no number.", id="no number"),
        pytest.param(
            "age,bmi\n1,\n", COLUMNS, "line 2, bmi: '' is empty, and the model takes no missing values.", id="empty"
        ),
        pytest.param("age,bmi\n1,nan\n", COLUMNS, "line 2, bmi: 'nan' is no number.", id="nan"),
        pytest.param("age,bmi\n1,1e39\n", COLUMNS, "line 2, bmi: '1e39' is no number.", id="too large"),
        pytest.param("age,bmi\n1\n", COLUMNS, "line 2 has 1 columns; the lines before have more.", id="short line"),
        pytest.param("age,town\n1,Ulm\n", STRICT, "line 2, town: 'Ulm' is none of Bonn, Köln.", id="unknown word"),
        pytest.param("age,bmi\n", COLUMNS, "holds no row.", id="no row"),
        pytest.param("", COLUMNS, "holds no row.", id="empty file"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_the_place(text, tensor, message, file):
    with pytest.raises(UnreadableRows) as caught:
        read_rows(file(text), tensor)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("array", "rows"),
    [
        pytest.param(np.ones((3, 2, 2)), 3, id="rows"),
        pytest.param(np.ones((3, 4), np.uint8), 3, id="flat rows"),
        pytest.param(np.ones((2, 2)), 1, id="one row"),
    ],
)
def test_an_array_gives_rows(array, rows, tmp_path):
    np.save(tmp_path / "rows.npy", array)
    assert read_rows(tmp_path / "rows.npy", PIXELS).values.shape == (rows, 2, 2)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        pytest.param(np.ones((3, 5)), "has the shape (3, 5); the model takes (rows, 2, 2).", id="shape"),
        pytest.param(np.array([["a"] * 4]), "holds no numbers", id="words"),
        pytest.param(np.full((1, 4), np.nan), "infinite, missing or too large", id="missing"),
        pytest.param(np.full((1, 4), 1e39), "infinite, missing or too large", id="too large"),
        pytest.param(np.array([{}], dtype=object), "is no array of numbers as numpy.save writes it", id="objects"),
        pytest.param(np.ones((0, 4)), "holds no row", id="no row"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(array, message, tmp_path):
    np.save(tmp_path / "rows.npy", array)
    with pytest.raises(UnreadableRows) as caught:
        read_rows(tmp_path / "rows.npy", PIXELS)
    assert message in str(caught.value)


def test_an_image_is_scaled_to_what_the_model_takes_and_it_says_so(tmp_path):
    picture = Image.new("RGB", (40, 20), "black")
    picture.paste("white", (20, 0, 40, 20))
    picture.save(tmp_path / "half.png")
    grey, colours = (read_rows(tmp_path / "half.png", tensor) for tensor in (PIXELS, COLOURS))
    np.testing.assert_allclose(grey.values, [[[0, 16], [0, 16]]], atol=2.5)  # the edge is blurred
    assert colours.values.shape == (1, 2, 2, 3)
    assert grey.remark.startswith(
        "half.png, 40 x 20 pixels, was made grey and scaled to 2 x 2, black as 0 and white as 16"
    )


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        pytest.param("rows.png", PIXELS, "is no image that can be read, or half of one.", id="no image"),
        pytest.param(
            "rows.png", COLUMNS, "is an image, and the model takes rows of shape (2,). Use CSV or npy.", id="columns"
        ),
        pytest.param("rows.npy", PIXELS, "is no array of numbers as numpy.save writes it.", id="no array"),
        pytest.param("rows.xlsx", COLUMNS, "its name must end in .csv, .tsv, .txt, .npy, .png", id="kind"),
    ],
)
def test_a_file_of_another_kind_is_refused(name, tensor, message, file):
    with pytest.raises(UnreadableRows) as caught:
        read_rows(file("what?", name), tensor)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["none.csv", "none.npy", "none.png"])
def test_a_file_that_is_not_there_is_named(name, tmp_path):
    with pytest.raises(UnreadableRows, match="cannot be read: No such file or directory"):
        read_rows(tmp_path / name, PIXELS)


def test_text_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_bytes("age,bmi\nKöln,1".encode("latin-1"))
    with pytest.raises(UnreadableRows, match="is no text in UTF-8"):
        read_rows(tmp_path / "rows.csv", COLUMNS)
