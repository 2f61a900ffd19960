"""Tables that nobody has prepared: how a file is read, and what is inferred from it."""

import gzip
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from models.signature import Task
from tests.training.things import ROWS, read, text, write
from training.sources.table import Choices, read_table


def column(table, name):
    """All values of a feature, of all parts, words as words."""
    place = table.dataset.feature_names.index(name)
    values = np.concatenate([split.inputs[:, place] for split in table.dataset.splits.values()])
    words = (table.dataset.categories or [None] * 99)[place]
    return values if words is None else [None if np.isnan(value) else words[int(value)] for value in values]


def line(table, name):
    """What the findings say of a column."""
    return next(" ".join(line.split()) for line in table.findings.splitlines() if line.strip().startswith(f"{name} "))


@pytest.mark.parametrize(
    ("content", "form"),
    [
        pytest.param(text(), "by comma, utf-8", id="commas"),
        pytest.param(text(";"), "by semicolon, utf-8", id="semicolons"),
        pytest.param(text("\t"), "by tab, utf-8", id="tabs"),
        pytest.param(text("|"), "by bar, utf-8", id="bars"),
        pytest.param(text(end="\r\n"), "by comma, utf-8", id="CRLF"),
        pytest.param(text(end="\r"), "by comma, utf-8", id="CR"),
        pytest.param("\n\n" + text(), "by comma, utf-8", id="empty lines before the header"),
        pytest.param(text(end="\n\n"), "by comma, utf-8", id="empty lines between rows"),
        pytest.param(text().rstrip(), "by comma, utf-8", id="no newline at the end"),
        pytest.param(text(end=" \n").replace(",", " , "), "by comma, utf-8", id="spaces around fields"),
        pytest.param(b"\xef\xbb\xbf" + text().encode(), "by comma, utf-8", id="byte order mark"),
        pytest.param(text().encode("utf-16"), "by comma, utf-16", id="UTF-16"),
        pytest.param(text(note=lambda row: f"{row} €").encode("cp1252"), "by comma, cp1252", id="Windows-1252"),
        pytest.param(text(note=lambda row: f"{row} \x81\xe9").encode("latin-1"), "by comma, latin-1", id="Latin-1"),
        pytest.param(text(note=lambda row: f'"a, ""b"";\n{row % 2}|"'), "by comma, utf-8", id="quoted fields"),
        pytest.param(
            text(";", size=lambda row: f"{row * 0.5 + 20:g}".replace(".", ",")),
            "by semicolon, utf-8",
            id="decimal commas",
        ),
    ],
)
def test_a_csv_is_read_however_it_is_written(tmp_path, content, form):
    table = read(tmp_path, content)
    assert f"things.csv: CSV, {form}, 60 rows of" in table.findings
    assert sorted(column(table, "size")) == [row * 0.5 + 20 for row in range(ROWS)]
    assert set(column(table, "colour")) == {"red", "green", "blue"}
    assert table.task is Task.BINARY
    assert table.dataset.output_names == ("no", "yes")


def test_a_compressed_csv_is_read_as_it_is(tmp_path):
    path = write(tmp_path, gzip.compress(text().encode()), "things.csv.gz")
    assert read_table(Choices(path, ("sold",))).dataset.shape == (2,)


def test_a_parquet_file_is_read_by_its_types_whatever_it_is_called(tmp_path):
    rows = range(ROWS)
    table = pa.table(
        {
            "whole": pa.array([None if row == 7 else row * row for row in rows], pa.int64()),
            "decimal": pa.array([row / 4 for row in rows]).cast(pa.decimal128(8, 2)),
            "flag": pa.array([row % 3 == 0 for row in rows]),
            "word": pa.array([("red", "green", None)[row % 3] for row in rows]).dictionary_encode(),
            "day": pa.array([date(2020, 1, 1 + row % 28) for row in rows]),
            "price": pa.array([row * 1.5 + 0.25 for row in rows], pa.float32()),
        }
    )
    parquet.write_table(table, tmp_path / "things.csv")
    read = read_table(Choices(tmp_path / "things.csv", ("price",)))
    assert read.task is Task.REGRESSION
    assert np.isnan(column(read, "whole")).sum() == 1
    assert sorted(column(read, "decimal")) == [row / 4 for row in rows]
    assert set(column(read, "flag")) == {"false", "true"}
    assert column(read, "word").count(None) == 20
    assert column(read, "day").min() == (date(2020, 1, 1) - date(1970, 1, 1)).days
    assert read.dates == ("day",)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param(lambda row: row * 1.5, "number 0 0 to 88.5", id="numbers"),
        pytest.param(lambda row: f"{row + 1}e-3", "number 0 0.001 to 0.06", id="numbers with exponents"),
        pytest.param(lambda row: f"+{row}.", "left out 0 counts the rows", id="numbers with a sign and a point"),
        pytest.param(lambda row: ["", "NA", "?", "null", "7", "8"][row % 6], "number 40 7 to 8", id="what is missing"),
        pytest.param(lambda row: "ab"[row % 2], "words 0 a, b", id="words"),
        pytest.param(lambda row: ["true", "false"][row % 2], "words 0 false, true", id="truth"),
        pytest.param(
            lambda row: f"0{row % 9}067",
            "words 0 00067, 01067, 02067, 03067, 04067, 05067 and 3 more",
            id="codes with a zero before",
        ),
        pytest.param(lambda row: f"2020-02-{row % 28 + 1:02}", "days 0 18293 to 18320", id="dates"),
        pytest.param(lambda row: f"{row % 28 + 1}.2.2020", "days 0 18293 to 18320", id="German dates"),
        pytest.param(lambda row: f"1970-01-02T{row % 24:02}:00:00Z", "days 0 1 to 1.95833", id="moments"),
        pytest.param(
            lambda row: f"1970-01-02 {row % 24}:00 +0100", "days 0 0.958333 to 1.91667", id="moments elsewhere"
        ),
        pytest.param(
            lambda row: 1e9 if row == 3 else row * row,
            "number 0 0 to 1e+09",
            id="one far out, of too few rows for a tail",
        ),
        pytest.param(
            lambda row: f"name {row}",
            "left out 0 is another word in each row: an identifier, or free text",
            id="an identifier",
        ),
        pytest.param(
            lambda row: f"name {row // 1.5}",
            "left out 0 holds 40 different words in 60 rows: names, or free text",
            id="names",
        ),
        pytest.param(lambda row: row + 100, "left out 0 counts the rows", id="a row number"),
        pytest.param(lambda _: "same", "left out 0 holds 'same' in every row", id="one word"),
        pytest.param(lambda _: 7, "left out 0 holds 7 in every row", id="one number"),
        pytest.param(lambda _: "", "left out 60 holds nothing", id="nothing"),
        pytest.param(lambda row: 7 if row % 2 else "", "number 30 7 to 7", id="one number, or nothing"),
    ],
)
def test_what_a_column_holds_is_inferred(tmp_path, values, said):
    assert line(read(tmp_path, text(x=values)), "x") == f"x {said}"


@pytest.mark.parametrize(
    ("choices", "name", "said"),
    [
        pytest.param({"categorical": ("size",)}, "size", "words", id="numbers as words"),
        pytest.param({"numeric": ("code",)}, "code", "number 0 5 to 6", id="codes as numbers"),
        pytest.param({"numeric": ("row",)}, "row", "number 0 0 to 59", id="row numbers as numbers"),
        pytest.param({"drop": ("size",)}, "size", "left out 0 drop=size says so", id="left out"),
        pytest.param({"missing": ("red", "green")}, "colour", "words 40 blue", id="words that stand for nothing"),
    ],
)
def test_the_caller_knows_better(tmp_path, choices, name, said):
    content = text(code=lambda row: f"0{row % 2 + 5}", row=lambda row: row, size=lambda row: row % 6)
    assert line(read(tmp_path, content, **choices), name).startswith(f"{name} {said}")


def test_a_slip_among_many_numbers_is_missing_and_said(tmp_path):
    table = read(tmp_path, text(size=lambda row: {30: "abc", 40: "1.2.3"}.get(row, row * 1.5), y=lambda row: row))
    assert line(table, "size") == "size number 2 0 to 88.5; no number, so missing: 'abc' in row 32 and 1 more"
    assert np.isnan(column(table, "size")).sum() == 2
    assert table.dataset.optional


def test_numbers_among_many_texts_are_words(tmp_path):
    assert line(read(tmp_path, text(x=lambda row: row * 2 if row % 4 else "A/5 1")), "x").startswith(
        "x left out 0 holds"
    )


def test_a_word_is_known_where_two_training_rows_hold_it(tmp_path):
    content = text(rows=600, x=lambda row: f"rare {row}" if row % 10 == 0 else f"word {row % 250}")
    table = read(tmp_path, content)
    train = [word for word, _ in zip(column(table, "x"), range(table.dataset.train.rows), strict=False)]
    (words,) = (words for words in table.dataset.categories if words and "word 1" in words)
    assert len(words) <= 200
    assert sorted(words) == list(words)
    assert all(train.count(word) >= 2 for word in words)
    assert not any(word.startswith("rare") for word in words)
    assert None in train
    assert table.dataset.optional
    assert "rarer ones count as missing" in line(table, "x")


def test_a_column_whose_extreme_is_far_out_has_a_long_tail(tmp_path):
    table = read(tmp_path, text(rows=2000, x=lambda row: f"{np.exp(row / 150):.3f}", size=lambda row: row % 97))
    assert "long tail" not in line(table, "size")
    assert table.dataset.long_tails == ()
    table = read(tmp_path, text(rows=2000, x=lambda row: f"{np.exp(row / 30):.3g}", size=lambda row: row % 97))
    assert line(table, "x").endswith(", long tail")
    assert [table.dataset.feature_names[place] for place in table.dataset.long_tails] == ["x"]


def test_a_column_that_gives_the_target_away_is_pointed_at(tmp_path):
    content = text(told=lambda row: "ab"[row % 2], near=lambda row: "ab"[row % 2 if row else 1])
    findings = read(tmp_path, content).findings
    assert "Look at told: each of its values goes with one class only" in findings
    assert "Look at near" not in findings


def test_where_nothing_is_missing_nothing_may_be(tmp_path):
    assert not read(tmp_path, text()).dataset.optional
    assert read(tmp_path, text(x=lambda row: row * row if row else "")).dataset.optional


@pytest.mark.parametrize(
    ("values", "asked", "task", "names"),
    [
        pytest.param(lambda row: "ab"[row % 2], "auto", "binary", ("a", "b"), id="two words"),
        pytest.param(lambda row: "cab"[row % 3], "auto", "multiclass", ("a", "b", "c"), id="three words"),
        pytest.param(lambda row: row % 2, "auto", "binary", ("0", "1"), id="two whole numbers"),
        pytest.param(lambda row: 9 + row % 3, "auto", "multiclass", ("9", "10", "11"), id="few whole numbers"),
        pytest.param(lambda row: row % 11, "auto", "regression", ("y",), id="eleven whole numbers"),
        pytest.param(lambda row: row % 2 + 0.5, "auto", "regression", ("y",), id="two numbers that are not whole"),
        pytest.param(lambda row: f"2020-01-{row % 20 + 1:02}", "auto", "regression", ("y",), id="dates"),
        pytest.param(
            lambda row: row % 3, "regression", "regression", ("y",), id="few whole numbers, said to be quantities"
        ),
        pytest.param(
            lambda row: row % 12,
            "multiclass",
            "multiclass",
            tuple(map(str, range(12))),
            id="twelve, said to be classes",
        ),
        pytest.param(lambda row: row % 2, "multiclass", "multiclass", ("0", "1"), id="two, said to be any number"),
    ],
)
def test_the_task_follows_from_the_target(tmp_path, values, asked, task, names):
    table = read(tmp_path, text(y=values), "y", task=asked)
    assert (table.task, table.dataset.output_names) == (Task(task), names)
    assert f"Task: {task}, since " in table.findings


def test_several_targets_of_yes_and_no_are_labels(tmp_path):
    content = text(wet=lambda row: row % 2, cold=lambda row: ["No", "YES"][row % 3 == 0], tall=lambda row: row % 5 < 2)
    table = read_table(Choices(write(tmp_path, content), ("wet", "cold", "tall")))
    assert (table.task, table.dataset.output_names) == (Task.MULTILABEL, ("wet", "cold", "tall"))
    targets = np.concatenate([split.targets for split in table.dataset.splits.values()])
    assert targets.mean(axis=0) == pytest.approx([1 / 2, 1 / 3, 2 / 5])


def test_several_targets_of_numbers_are_told_together(tmp_path):
    content = text(x=lambda row: row * 2.5, y=lambda row: row * row)
    table = read_table(Choices(write(tmp_path, content), ("x", "y")))
    assert (table.task, table.dataset.output_names) == (Task.REGRESSION, ("x", "y"))
    assert table.dataset.train.targets.shape == (36, 2)


def test_rows_without_a_target_are_left_out_and_counted(tmp_path):
    table = read(tmp_path, text(sold=lambda row: ["yes", "no", ""][row % 3]))
    assert "60 rows of 3 columns; 20 rows without a target are left out" in table.findings
    assert sum(split.rows for split in table.dataset.splits.values()) == 40


def test_each_part_has_rows_of_every_class_and_no_row_is_in_two(tmp_path):
    content = text(rows=100, y=lambda row: "rare" if row < 3 else "often")
    table = read(tmp_path, content, "y", validation=0.1, test=0.3)
    assert [split.rows for split in table.dataset.splits.values()] == [59, 11, 30]
    assert all(set(split.targets.ravel()) == {0, 1} for split in table.dataset.splits.values())
    sizes = column(table, "size")
    assert len(set(sizes)) == 100


def test_another_seed_draws_other_rows_and_the_same_one_the_same(tmp_path):
    first, again, other = (read(tmp_path, text(), split_seed=seed).dataset.sha256 for seed in (1, 1, 2))
    assert first == again != other


def test_a_name_with_a_comma_is_one_name(tmp_path):
    content = text().replace("sold", '"sold, or not"')
    assert read_table(Choices(write(tmp_path, content), ("sold", " or not"))).dataset.output_names == ("no", "yes")


def test_a_table_of_very_many_columns_is_read_and_shown_in_part(tmp_path):
    many = {f"c{place}": (lambda row, place=place: (row * place) % 7 + 0.5) for place in range(1, 1001)}
    table = read(tmp_path, text(**many))
    assert table.dataset.shape[0] > 800
    assert "more columns:" in table.findings
    assert len(table.findings.splitlines()) < 50
