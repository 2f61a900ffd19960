import numpy as np
import pytest

from tests.training.search.toy import SPACE, run, study_of
from training.search.samplers.features import features
from training.search.samplers.gp import Surrogate, log_improvement
from training.search.samplers.positions import place_of
from training.search.samplers.trials import outcomes
from training.search.suggestions import suggest


@pytest.mark.parametrize(
    ("z", "expected"),
    # log(pdf(z) + z cdf(z)), with 60 digits
    [(3.0, 1.098739589673), (0.0, -0.918938533205), (-1.0, -2.485120550), (-5.0, -16.74429), (-40.0, -808.2985)],
)
def test_the_logarithm_of_the_improvement_is_exact(z, expected):
    assert log_improvement(np.array([z]))[0] == pytest.approx(expected, rel=1e-5)


def test_the_less_is_promised_the_less_it_is_worth_however_little():
    z = -np.logspace(8, -3, 200)
    assert np.all(np.diff(log_improvement(z)) > 0)


def test_points_are_columns_of_numbers_from_0_to_1():
    points = [
        {"layers": 1, "units": 64, "activation": "relu", "dropout": 0.25, "optimizer": "adam", "learning_rate": 3e-2},
        {
            "layers": 4,
            "units": 64,
            "activation": "tanh",
            "dropout": 0.0,
            "optimizer": "adamw",
            "learning_rate": 1e-4,
            "weight_decay": 0.3,
        },
    ]
    rows = features(SPACE, points)

    units = place_of(SPACE.dimensions[1].range, 64)
    assert rows.tolist() == [
        pytest.approx([0.125, units, 1, 0, 0, 0.5, 1, 0, 1, 0.5, 0]),
        pytest.approx([0.875, units, 0, 0, 1, 0, 0, 1, 0, 1, 1]),
    ]


def test_one_diverged_training_does_not_hide_the_others():
    study = run(study_of("gp", 30, seed=1), 6)
    plain = outcomes(study)
    trial = study.ask()
    suggest(trial, SPACE)
    study.tell(trial, 1e9)
    run(study, 12)

    assert min(each.error for each in outcomes(study)) < min(each.error for each in plain)


def test_what_is_under_way_promises_less():
    study = run(study_of("gp", 30, seed=1), 10)
    chosen = suggest(study.ask(), SPACE)
    alone = Surrogate(SPACE, outcomes(study), [], seed=0)
    beside = Surrogate(SPACE, outcomes(study), [chosen], seed=0)

    assert beside.promise([chosen]) < alone.promise([chosen]) - 0.5
