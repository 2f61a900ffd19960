"""The range test: it finds the rates at which a loss turns and explodes, on curves that are known and on real data."""

import csv
import re

import numpy as np
import pytest

from training import recipes
from training.__main__ import main
from training.config import Config, override
from training.lr_finder import STEPS, RangeTest, range_test
from training.sources import fashion_mnist

RATES = np.geomspace(1e-5, 10, STEPS + 1)[:-1]


def curve(lowest, explosion):
    """Falls from 2 at 1e-4 to 0.5 at `lowest`, stays there, and explodes at `explosion`."""
    falling = np.clip(np.interp(np.log(RATES), np.log([1e-4, lowest]), [2.0, 0.5]), 0.5, 2.0)
    return np.where(explosion < RATES, 1e6, falling) * (1 + 0.05 * np.random.default_rng(0).normal(size=STEPS))


@pytest.mark.parametrize(("lowest", "explosion"), [(1e-2, 0.5), (1e-3, 0.1), (0.1, 0.3)])
def test_of_a_known_curve_it_finds_where_the_loss_turns_and_explodes(lowest, explosion):
    test = RangeTest(RATES, curve(lowest, explosion))
    assert lowest < test.turning_point <= test.largest
    assert test.largest == pytest.approx(explosion, rel=0.1)
    assert test.suggestion == pytest.approx(test.turning_point / 10, rel=0.05)


def test_a_loss_that_never_explodes_has_the_last_rate_as_its_largest():
    assert RangeTest(RATES, np.linspace(2, 1, STEPS)).largest == RATES[-1]


def test_the_command_prints_a_suggestion_that_trains_and_says_where_the_picture_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["find-lr", "digits", "hidden=16", "batch_size=128"]) == 0
    printed = capsys.readouterr().out
    picture, table = tmp_path / "build/lr_finder/digits.png", tmp_path / "build/lr_finder/digits.csv"
    assert f"Picture: {picture.relative_to(tmp_path)}\n" in printed
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert float(rows[0]["learning_rate"]) == 1e-5
    assert float(rows[0]["loss"]) == pytest.approx(2.3, abs=0.8)  # of ten classes, before the first step
    (rate,) = re.findall(
        r'To use it: make train RECIPE=digits ARGS="hidden=16 batch_size=128 learning_rate=(\S+)"', printed
    )
    assert 5e-4 < float(rate) < 0.1


@pytest.mark.slow
def test_on_fashion_mnist_the_loss_explodes_where_the_specification_says(data_dir):
    test = range_test(fashion_mnist.load(data_dir), recipes.find("fashion-mnist").task, Config(hidden=(300, 100)))
    assert 0.3 < test.largest < 1.2  # 0.6 in the specification
    assert 0.01 < test.suggestion < 0.1
    assert override(Config(), [f"learning_rate={test.suggestion:g}"])
