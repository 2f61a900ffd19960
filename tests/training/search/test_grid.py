import json

import optuna
import pytest
from optuna.trial import TrialState

from tests.training.search.toy import SPACE, error, run
from training.search.samplers import sampler
from training.search.suggestions import suggest
from training.space import Choice, Dimension, Real, Space, Whole

WORDS = Dimension("optimizer", Choice(("adam", "adamw")))
DECAY = Dimension("weight_decay", Real(1e-4, 1e-2, log=True), when={"optimizer": ("adamw",)})


def _study(space, total):
    return optuna.create_study(sampler=sampler("grid", space, total=total, seed=1, epochs=12))


@pytest.mark.parametrize(
    ("dimensions", "total", "points"),
    [
        ([Dimension("layers", Whole(1, 4))], 50, [{"layers": layers} for layers in (1, 2, 3, 4)]),
        ([Dimension("dropout", Real(0.0, 0.5))], 2, [{"dropout": 0.125}, {"dropout": 0.375}]),
        ([WORDS, DECAY], 2, [{"optimizer": "adam"}, {"optimizer": "adamw", "weight_decay": 1e-3}]),
        (
            [WORDS, DECAY],
            3,
            [{"optimizer": "adam"}] + [{"optimizer": "adamw", "weight_decay": decay} for decay in (10**-3.5, 10**-2.5)],
        ),
        ([Dimension("units", Whole(5, 5)), Dimension("heads", Choice(("0", "0")))], 9, [{"units": 5, "heads": "0"}]),
    ],
    ids=["whole", "real", "one value", "conditional", "nothing to cut"],
)
def test_a_grid_holds_each_word_and_the_middles_of_equal_parts(dimensions, total, points):
    grid = sampler("grid", Space(tuple(dimensions)), total=total, seed=1, epochs=12)

    assert sorted(map(sorted, (point.items() for point in grid.points))) == [
        [(key, value if isinstance(value, str) else pytest.approx(value)) for key, value in point]
        for point in sorted(map(sorted, (point.items() for point in points)))
    ]


@pytest.mark.parametrize("total", [8, 20, 50, 200])
def test_a_grid_has_no_more_points_than_trials_and_not_many_fewer(total):
    grid = sampler("grid", SPACE, total=total, seed=1, epochs=12)

    assert total / 2 < len(grid.points) <= total


def test_a_grid_is_covered_once_and_then_exhausted():
    study = _study(SPACE, 24)
    grid = study.sampler
    run(study, len(grid.points) - 1)
    assert not grid.exhausted(study)

    last = study.ask()
    suggest(last, SPACE)

    assert grid.exhausted(study)
    key = lambda values: json.dumps(values, sort_keys=True)  # noqa: E731  # read twice on one line
    assert sorted(key(trial.params) for trial in study.trials) == sorted(map(key, grid.points))


def test_a_worker_leaves_a_point_to_one_that_began_before_it_and_has_not_chosen():
    study = _study(SPACE, 24)
    study._storage.create_new_trial(study._study_id)  # as another process does, just before it chooses
    second = study.ask()

    assert suggest(second, SPACE) == study.sampler.points[1]


def test_a_point_that_was_lost_is_open_again():
    study = _study(SPACE, 24)
    lost = study.ask()
    suggest(lost, SPACE)
    study.tell(lost, state=TrialState.FAIL)
    run(study, len(study.sampler.points))

    assert lost.params in [trial.params for trial in study.trials[1:]]
    assert study.sampler.exhausted(study)


def test_a_trial_that_repeats_a_lost_one_takes_its_point():
    study = _study(SPACE, 24)
    lost = study.ask()
    values = suggest(lost, SPACE)
    study.tell(lost, state=TrialState.FAIL)
    study.enqueue_trial(values, user_attrs={"retry_of": lost.number})
    repeated = study.ask()

    assert suggest(repeated, SPACE) == values
    assert repeated.user_attrs["point"] == lost.user_attrs["point"]


def test_a_point_whose_training_fails_is_not_tried_again():
    study = _study(SPACE, 24)
    failed = study.ask()
    suggest(failed, SPACE)
    failed.set_user_attr("error", "The loss is no number.")
    study.tell(failed, state=TrialState.FAIL)
    run(study, len(study.sampler.points) - 1)

    assert study.sampler.exhausted(study)


def test_whoever_asks_an_exhausted_grid_gets_a_point_again():
    study = _study(SPACE, 24)
    run(study, len(study.sampler.points))
    again = study.ask()

    assert suggest(again, SPACE) in study.sampler.points
    study.tell(again, error(again.params))
