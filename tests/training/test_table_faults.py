"""Tables from which nothing can be learnt, and choices that do not fit: what is said of them, and where."""

import gzip

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.training.things import read, text, write
from training.errors import InvalidOverride, UnusableData
from training.sources.table import Choices, read_sheet, read_table

ROW_17 = "\n".join([*text().splitlines()[:16], "20,red,yes,and,more", *text().splitlines()[17:]])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("", "is empty. It needs a row of column names", id="empty"),
        pytest.param("a,b,c\n", "holds a header and no row", id="only a header"),
        pytest.param(text(rows=19), "has 19 rows that hold sold, too few", id="few rows"),
        pytest.param(ROW_17, "row 17 has 5 fields instead of 3", id="more fields"),
        pytest.param("\n\n" + ROW_17, "row 19 has 5 fields instead of 3", id="more fields, below empty lines"),
        pytest.param(
            text(end=",\n").replace("sold,", "sold"), "row 2 has 4 fields instead of 3", id="comma behind each row"
        ),
        pytest.param(text() + '30,"red,yes\n', "row 62 has 2 fields instead of 3", id="quote that is not closed"),
        pytest.param(
            "0,1.5,4\n" * 30,
            "begins with a row of numbers, 0, 1.5, 4, so it has no header",
            id="no header",
        ),
        pytest.param("sold\n" + "yes\nno\n" * 20, "has one column only, 'sold'", id="one column"),
        pytest.param(
            text().replace("colour", "size"), "two columns of the name 'size', the 1. and the 2.", id="two of a name"
        ),
        pytest.param(text(sold=lambda _: "yes"), "The target 'sold' is yes in every row", id="constant target"),
        pytest.param(
            text(sold=lambda row: "rare" if row < 2 else ("yes", "no")[row % 2]),
            "Each class of 'sold' needs 3 rows, for training, validation and test, but 'rare' has 2.",
            id="rare class",
        ),
        pytest.param(
            text(sold=lambda row: 10**row if row < 8 else row % 2),
            "have as few. Add rows, remove these, or give them another class. Where the target is a quantity",
            id="many rare classes of numbers",
        ),
        pytest.param(
            text(size=lambda row: row * 1.5 if row != 8 else "inf"),
            "row 10, column 'size': inf is infinite",
            id="infinite",
        ),
        pytest.param(
            text(size=lambda row: row * 1.5 if row != 8 else "-1e39"),
            "row 10, column 'size': -1e+39 is infinite, or too large",
            id="beyond float32",
        ),
        pytest.param(
            text(day=lambda row: f"2021-02-{row % 28 + 2:02}"),
            "row 29, column 'day': '2021-02-29' is no date of the calendar",
            id="no such day",
        ),
        pytest.param(
            text(day=lambda row: f"0{row % 9 + 1}/03/2021"),
            "column 'day' holds dates like 01/03/2021, in which day and month",
            id="either date",
        ),
        pytest.param(
            text(size=lambda _: 1, colour=lambda _: "red"),
            "has no column from which sold could be told",
            id="nothing to learn from",
        ),
        pytest.param(
            b"PK\x03\x04" + bytes(range(256)), "is a spreadsheet or a zip file. Save the table as CSV", id="spreadsheet"
        ),
        pytest.param(np.random.default_rng(1).bytes(5000), "is neither text nor Parquet", id="noise"),
        pytest.param(
            b"PAR1" + bytes(90) + b"PAR1", "begins as a Parquet file, but cannot be read", id="damaged Parquet"
        ),
        pytest.param(
            b"\xff\xfe" + text().encode("utf-16-le")[:-1],
            "begins as UTF-16, and goes on as something else",
            id="half UTF-16",
        ),
    ],
)
def test_a_file_from_which_nothing_can_be_learnt_is_refused_in_one_sentence_that_says_where(
    tmp_path, content, sentence
):
    with pytest.raises(UnusableData) as caught:
        read(tmp_path, content)
    assert sentence in str(caught.value)
    assert "sold could be told" in sentence or "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        pytest.param("absent.csv", "There is no file", id="absent"),
        pytest.param(".", "is a folder. Name the file in it", id="folder"),
        pytest.param("things.csv/x", "cannot be read: Not a directory", id="below a file"),
        pytest.param("cut.csv.gz", "cut.csv.gz cannot be read", id="half of a compressed file"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named(tmp_path, path, sentence):
    write(tmp_path, text())
    write(tmp_path, gzip.compress(text().encode())[:-20], "cut.csv.gz")
    with pytest.raises(UnusableData, match=sentence):
        read_sheet(tmp_path / path)


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        pytest.param(
            {"target": ()}, "Say which column is to be told: target=sold, say, the last. The columns of", id="no target"
        ),
        pytest.param(
            {"target": ("slod",)},
            "has no column 'slod', which target= names. Did you mean 'sold'?",
            id="target misspelt",
        ),
        pytest.param({"target": ("price",)}, "Its columns: size, colour, sold.", id="target unknown"),
        pytest.param({"drop": ("colur",)}, "which drop= names. Did you mean 'colour'?", id="column misspelt"),
        pytest.param({"drop": ("sold",)}, "The column 'sold' stands in target= and in drop=", id="target left out"),
        pytest.param(
            {"numeric": ("size",), "categorical": ("size",)}, "stands in numeric= and in categorical=", id="both kinds"
        ),
        pytest.param(
            {"target": ("colour",), "task": "binary"},
            "holds 3 different values (blue, green, red), and the task binary tells two",
            id="three of two",
        ),
        pytest.param(
            {"target": ("colour",), "task": "regression"},
            "holds words, such as 'blue', and a regression tells numbers",
            id="words for numbers",
        ),
        pytest.param(
            {"target": ("colour", "sold"), "task": "multilabel"},
            "The target 'colour' is no label: it holds blue, green, red",
            id="no label",
        ),
        pytest.param({"task": "multilabel"}, "Of one label the task is binary", id="one label"),
        pytest.param(
            {"target": ("colour", "sold"), "task": "multiclass"},
            "The task multiclass tells one target, not 'colour', 'sold'",
            id="two of one",
        ),
        pytest.param(
            {"target": ("colour", "sold")}, "several are all numbers, or all yes and no", id="two of different kinds"
        ),
    ],
)
def test_a_choice_that_does_not_fit_the_file_is_refused(tmp_path, choices, sentence):
    with pytest.raises(InvalidOverride) as caught:
        read_table(Choices(write(tmp_path, text()), **{"target": ("sold",), **choices}))
    assert sentence in str(caught.value)


def test_a_text_where_numbers_were_said_to_be_is_named_with_row_and_column(tmp_path):
    sentence = (
        r"row 32, column 'size': 'abc' is no number, and numeric= says that all are. Correct it, name what stands for "
        r"nothing \(missing=abc\), take the column as words \(categorical=size\), or leave it out \(drop=size\)"
    )
    content = text(size=lambda row: "abc" if row == 30 else row * 1.5)
    with pytest.raises(UnusableData, match=sentence):
        read(tmp_path, content, numeric=("size",))


def test_a_column_of_a_type_that_is_no_number_is_refused(tmp_path):
    table = pa.table({"lists": [[row] for row in range(30)], "y": list(range(30))})
    parquet.write_table(table, tmp_path / "lists.parquet")
    with pytest.raises(UnusableData, match=r"column 'lists' is of type list.*Leave it out: drop=lists"):
        read_table(Choices(tmp_path / "lists.parquet", ("y",)))
