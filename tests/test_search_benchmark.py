"""The arithmetic of the benchmark of searches, over curves that are made up. No search is run."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.searches import curves
from benchmarks.searches.draws import Drawn, distributions
from benchmarks.searches.points import Point, shown, tell, told
from benchmarks.searches.problem import CALIFORNIA, DIGITS, PROBLEMS
from benchmarks.searches.runs import Run, Runs, of
from benchmarks.searches.searcher import EVERY, OURS, RANDOM, Order, searchers
from benchmarks.searches.table import Asked, report
from training.space import Choice, Dimension, Real, Space, Whole

SECONDS = 100.0
SLOW = [(10, 0.5), (60, 0.3)]
QUICK = [(5, 0.6), (12, 0.2)]


def run(points, seed=1, searcher=RANDOM, problem=DIGITS, failure=""):
    points = tuple(Point(float(seconds), error) for seconds, error in points)
    return Run(problem.name, searcher, seed, SECONDS, "2000-01-01 00:00 UTC", 0.0, points, failure)


def asked(names, seeds=1):
    return Asked([DIGITS], searchers(names), [OURS], SECONDS, seeds)


def target(told, words):
    (found,) = [each for each in told.targets if words in each.what]
    return found


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(9, math.inf), (10, 0.5), (59, 0.5), (60, 0.3), (99, 0.3)],
    ids=["before the first", "the first", "before the next", "the next", "a worse one and a failed one since"],
)
def test_a_curve_is_the_least_error_so_far(seconds, error):
    assert curves.best(run([*SLOW, (70, 0.9), (80, None)]), seconds) == error


def test_the_median_curve_counts_a_run_without_a_network_as_infinitely_bad():
    runs = [run(SLOW), run([], seed=2), run([(20, None)], seed=3)]

    assert math.isinf(curves.median_best(runs, SECONDS))
    assert curves.median_best([*runs, run(QUICK, seed=4), run(QUICK, seed=5)], SECONDS) == 0.3


@pytest.mark.parametrize(("error", "seconds"), [(0.5, 12), (0.3, 60), (0.29, math.inf)], ids=["soon", "late", "never"])
def test_an_error_is_reached_when_the_median_curve_does(error, seconds):
    runs = [run(SLOW), run(QUICK, seed=2), run([(12, 0.5), (70, 0.3)], seed=3)]

    assert curves.reached(runs, error) == seconds


@pytest.mark.parametrize(
    ("ours", "random", "share"),
    [
        (QUICK, SLOW, 12 / 60),
        (SLOW, QUICK, math.inf),
        (SLOW, [], 0),
        ([], [], math.inf),
    ],
    ids=["sooner", "never", "the other came nowhere", "neither came anywhere"],
)
def test_the_share_of_time_is_that_in_which_the_end_of_the_other_is_reached(ours, random, share):
    assert curves.share_of_time([run(ours)], [run(random)]) == share


@pytest.mark.parametrize(
    ("ours", "theirs", "ratio"),
    [(0.2, 0.4, 0.5), (0.0, 0.0, 1), (0.1, 0.0, math.inf), (None, None, math.inf), (0.1, None, 0)],
    ids=["half as many", "both perfect", "beside a perfect one", "neither has any", "the other has none"],
)
def test_an_error_is_compared_with_another(ours, theirs, ratio):
    assert curves.ratio([run([(1, ours)])], [run([(1, theirs)])], SECONDS) == ratio


def test_the_report_tells_errors_at_fixed_times_and_whether_ours_is_as_wanted():
    theirs = [(20, 0.25), (40, 0.15)]
    runs = [run(SLOW), run(QUICK, searcher=OURS), run(theirs, searcher="kt_hyperband")]

    told = report(runs, asked([RANDOM, "kt_hyperband", OURS]))

    assert told.columns[2:7] == ("10 s", "25 s", "50 s", "75 s", "100 s")
    (rows,) = told.groups
    assert rows[0] == ("digits", RANDOM, "0.5000", "0.5000", "0.5000", "0.3000", "0.3000", "0.3000", "0.3000", "2",
                       "10.0", "1", "0")  # fmt: skip
    assert target(told, "its time to there").value == pytest.approx(0.2)
    assert target(told, "its time to there").met is True
    assert target(told, "the whole time").value == pytest.approx(0.12)
    assert target(told, "kt_hyperband, at the end").met is False


def test_the_report_tells_what_failed_and_what_is_missing():
    runs = [run([], failure="it ended by itself after 3 s: no data"), run(QUICK, searcher=OURS)]

    notes = report(runs, asked([RANDOM, OURS], seeds=2)).notes

    assert f"Failed: {RANDOM} on digits, seed 1: it ended by itself after 3 s: no data" in notes
    assert notes[-1] == "2 of 4 runs are there: the same command goes on."


def test_there_is_no_verdict_beside_one_that_failed():
    runs = [run([], searcher="kt_bayesian", failure="it ended"), run(QUICK, searcher=OURS)]

    told = report(runs, asked([OURS, "kt_bayesian"]))

    assert target(told, "kt_bayesian, at the end").met is None


def test_runs_of_another_length_or_of_seeds_that_were_not_asked_for_do_not_count():
    others = [run(QUICK, seed=2), Run(DIGITS.name, RANDOM, 1, 50.0, "", 0.0, (Point(1.0, 0.0),))]

    (rows,) = report([run(SLOW), *others], asked([RANDOM])).groups

    assert rows[0][6:9] == ("0.3000", "0.3000", "0.3000")


def test_runs_are_kept_also_behind_a_line_that_was_cut_off(tmp_path: Path):
    runs = Runs(tmp_path / "search")
    runs.add(run(SLOW))
    with (tmp_path / "search" / "digits.jsonl").open("a") as file:
        file.write('{"problem": "dig')
    runs.add(run(QUICK, seed=2))
    runs.add(run(QUICK, problem=CALIFORNIA))

    assert sorted(each.key for each in runs.read()) == [
        ("california", RANDOM, 1, SECONDS), ("digits", RANDOM, 1, SECONDS), ("digits", RANDOM, 2, SECONDS),
    ]  # fmt: skip
    assert run(SLOW) in runs.read()


def test_a_run_that_was_repeated_counts_as_it_went_the_last_time():
    failed, good = run([], failure="it ended"), run(SLOW)

    assert of([failed, good], "digits", RANDOM, SECONDS) == [good]


def test_points_are_told_by_the_time_since_the_start_and_a_cut_line_is_left_out(tmp_path: Path):
    file = tmp_path / "points.jsonl"
    for error in (0.5, math.nan, None):
        tell(file, error)
    file.write_text(f"[1000.0, 0.25]\n{file.read_text()}[17")

    points = told(file, 990.0)

    assert points[0] == Point(10.0, 0.25)
    assert [point.error for point in points] == [0.25, 0.5, None, None]


def test_the_same_error_is_equal_whoever_computed_it():
    assert shown(float(1 - np.float32(287 / 288))) == shown(1 - 287 / 288)


def test_scikit_learn_draws_from_the_whole_space_and_only_what_is_there():
    space = Space(
        (
            Dimension("layers", Whole(1, 4)),
            Dimension("optimizer", Choice(("adam", "adamw"))),
            Dimension("weight_decay", Real(1e-4, 0.1, log=True), when={"optimizer": ("adamw",)}),
        )
    )

    adam, adamw = distributions(space)

    assert adam.keys() == {"n_hidden", "optimizer"}
    assert adamw.keys() == {"n_hidden", "optimizer", "weight_decay"}
    assert (adam["optimizer"], adamw["optimizer"]) == (["adam"], ["adamw"])


@pytest.mark.parametrize(
    "known", [Whole(1, 4), Whole(1, 4, log=True), Choice(("a", "b", "c"))], ids=["whole", "by logarithm", "words"]
)
def test_every_value_of_a_range_is_drawn(known):
    random = np.random.RandomState(0)

    counts = Counter(Drawn(known).rvs(random) for _ in range(300))

    assert sorted(counts) == (list(known.words) if isinstance(known, Choice) else [1, 2, 3, 4])


def test_numbers_are_drawn_evenly_by_their_logarithm_where_a_range_says_so():
    random = np.random.RandomState(0)

    drawn = [Drawn(Real(1e-4, 1e-2, log=True)).rvs(random) for _ in range(300)]

    assert 1e-4 <= min(drawn) < max(drawn) <= 1e-2
    assert 5e-4 < float(np.median(drawn)) < 2e-3


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))
def test_trainings_of_a_problem_all_have_the_same_epochs_and_no_falling_rate(problem):
    _, config = problem.recipe_and_config()

    assert config.patience == config.epochs
    assert config.schedule == "constant"
    assert {"layers", "units", "optimizer"} <= {dimension.key for dimension in problem.space()}


def test_a_search_of_ours_is_the_command_of_its_users_with_a_seed_and_two_workers(tmp_path: Path):
    (ours,) = searchers(["gp+hyperband"])

    words = ours.words(Order(DIGITS, 3, tmp_path, tmp_path))

    assert words[:4] == ("-m", "training", "tune", "digits")
    assert {"sampler=gp", "pruner=hyperband", "seed=3", "workers=2", *DIGITS.words} <= set(words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--ours", "tpe+bogus"], "there are chapter, kt_hyperband, kt_bayesian, and a sampler of ours"),
        (["--beside", "hyperopt"], "There is no searcher 'hyperopt'"),
        (["--minutes", "0"], "is not a number of minutes"),
        (["--data", "iris"], "iris is unknown; there are: digits, california"),
    ],
    ids=["pruner", "searcher", "minutes", "data"],
)
def test_a_wrong_word_is_answered_with_what_would_be_right(words, sentence, capsys):
    with pytest.raises(SystemExit):
        main(["search", *words])

    assert sentence in capsys.readouterr().err


def test_random_search_the_chapter_and_keras_tuner_are_run_beside_ours_by_default():
    assert [each.name for each in searchers(EVERY)] == ["random+none", "chapter", "kt_hyperband", "kt_bayesian"]
