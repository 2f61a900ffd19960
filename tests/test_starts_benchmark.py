"""How settings are chosen that suit many data sets: the arithmetic, and one round on a small table."""

import math
import os

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.starts import MOST_MISSED, Tried, chosen, images, measure, missed, proposed
from training.spaces import TABLE


def tried(errors, seconds=10.0, **values):
    values = {"layers": 2, "units": 64, "activation": "relu"} | values
    return Tried(values, {f"data-{place}": error for place, error in enumerate(errors)}, seconds)


def sums(folder):
    rows = np.random.default_rng(1).random((60, 2))
    table = folder / "sums.csv"
    table.write_text("a,b,sum\n" + "\n".join(f"{a:.3f},{b:.3f},{a + b:.3f}" for a, b in rows))
    return table


def test_what_is_missed_counts_by_what_half_of_all_miss():
    errors = [[1.0, 100.0], [2.0, 100.0], [4.0, 300.0], [math.inf, 900.0]]

    lost = missed([tried(each) for each in errors])

    assert lost[0].tolist() == [0, 0]
    assert lost[1, 0] == pytest.approx(math.log(2) / math.log(math.sqrt(8)))
    assert lost[3, 0] == MOST_MISSED


def test_the_first_suits_most_and_the_next_what_it_does_not_suit():
    pool = [
        tried([1.0, 1.1, 9.0], activation="relu"),
        tried([1.2, 1.0, 8.0], activation="selu"),
        tried([9.0, 9.0, 1.0], activation="tanh"),
        tried([9.0, 9.0, 5.0], activation="silu"),
    ]

    assert chosen(pool, 2) == [0, 2]
    assert chosen(pool, 9) == [0, 2, 1]  # the last suits nothing better than they do


def test_of_settings_that_suit_as_much_the_quickest_is_chosen():
    pool = [tried([1.0, 1.0], 40.0), tried([1.0, 1.0], 5.0, activation="tanh"), tried([3.0, 3.0], 1.0, layers=1)]

    assert chosen(pool, 1) == [1]


def test_settings_that_differ_by_numbers_alone_are_chosen_once():
    pool = [tried([1.0, 1.5]), tried([1.5, 1.0], units=65), tried([4.0, 4.0], layers=1), tried([4.0, 3.0], layers=3)]

    assert len({each.values["layers"] for each in (pool[place] for place in chosen(pool, 4))}) == len(chosen(pool, 4))


def test_after_those_that_are_drawn_settings_are_proposed_near_what_suits():
    pool = []
    for _ in range(80):
        values = proposed(TABLE, pool)
        pool.append(Tried(values, {"a": 1 + values["dropout"], "b": 2 + values["dropout"]}, 1.0))

    late = [each.values["dropout"] for each in pool[60:]]
    assert np.median(late) < 0.1 < np.median([each.values["dropout"] for each in pool[:60]])


def test_a_round_on_a_table_is_kept_and_gone_on_with(tmp_path):
    table = sums(tmp_path)

    shown = measure("table", [f"{table}:sum"], tmp_path, 2)

    kept = (tmp_path / "starts" / "table.jsonl").read_bytes()
    assert "sums" in shown
    assert "learning_rate=" in shown
    assert len(kept.splitlines()) == 2
    assert measure("table", [f"{table}:sum"], tmp_path, 2) == shown
    assert (tmp_path / "starts" / "table.jsonl").read_bytes() == kept


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["table"], "Say which tables"), (["table", "nowhere.csv:price"], "nowhere.csv")],
    ids=["no table", "no such file"],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(words, sentence, capsys):
    assert main(["starts", *words]) == 1
    assert sentence in capsys.readouterr().err


def test_half_a_line_and_settings_for_other_data_do_not_count(tmp_path):
    file = tmp_path / "starts" / "table.jsonl"
    file.parent.mkdir()
    file.write_bytes(b'{"values":{"layers":1},"errors":{"other":0.1},"seconds":1.0}\n{"values":{"lay')

    assert "sums" in measure("table", [f"{sums(tmp_path)}:sum"], tmp_path, 1)

    assert [line[:9] for line in file.read_bytes().splitlines()] == [b'{"values"'] * 3


@pytest.mark.skipif(not os.environ.get("DATA_DIR"), reason="DATA_DIR is not set")
def test_images_are_few_and_small_and_some_have_smoothed_labels():
    problems = {problem.name: problem for problem in images()}
    smoothed = {name for name, problem in problems.items() if problem.config.label_smoothing}
    assert smoothed == {"all-smooth-7", "easy-smooth-7", "easy-smooth-14"}
    assert problems.keys() - smoothed == {"all-7", "all-14", "all-28", "easy-7", "easy-14"}
    easy = problems["easy-14"].dataset
    assert easy.train.inputs.shape == (1200, 14, 14)
    assert set(easy.validation.targets) == set(range(6))
    assert easy.output_names == ("Trouser", "Dress", "Sandal", "Sneaker", "Bag", "Ankle boot")
