import math

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from tests.training.search.toy import SPACE, run, study_of
from training.search.marks import ERROR
from training.search.samplers.features import features
from training.search.samplers.positions import drawn, place_of
from training.search.samplers.surrogate import Surrogate, _standardised, log_improvement
from training.search.samplers.trials import Outcome, expected_errors, outcomes
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


def _stopped(number, told):
    return Outcome(number, {}, math.inf, told)


def test_a_stopped_training_is_expected_to_gain_what_the_others_gained():
    ended = [
        Outcome(0, {}, 0.1, {1: 0.5, 2: 0.2, 3: 0.1}),
        Outcome(1, {}, 0.3, {1: 0.9, 2: 0.4, 3: 0.3}),
        Outcome(2, {}, 0.2, {1: 0.8, 2: 0.4, 3: 0.2}),
        _stopped(3, {1: 0.7, 2: 0.8}),  # its best until then by what was gained from the second epoch on: 1/2 or 3/4
        _stopped(4, {1: 0.1}),  # not taken for better than the best
        _stopped(5, {}),
    ]
    assert expected_errors(ended) == pytest.approx([0.1, 0.3, 0.2, 0.35, 0.1, math.inf])


def test_what_has_nothing_to_be_compared_with_is_as_bad_as_anything():
    assert expected_errors([_stopped(0, {1: 0.5})]) == [math.inf]
    assert expected_errors([Outcome(0, {}, 0.0, {1: 0.0}), _stopped(1, {1: 0.5})]) == [0.0, math.inf]
    assert expected_errors([Outcome(0, {}, 0.1), _stopped(1, {1: 0.5})]) == [0.1, math.inf]


def test_what_stopped_and_failed_trainings_told_is_known():
    study = optuna.create_study()
    for state in (TrialState.PRUNED, TrialState.FAIL):
        trial = study.ask()
        trial.suggest_float("dropout", 0, 1)
        for epoch, value in enumerate((0.5, math.nan, 0.4), start=1):
            trial.report(value, epoch)
        trial.set_user_attr(ERROR, "It diverged.")
        study.tell(trial, state=state)

    assert [each.told for each in outcomes(study)] == [{1: 0.5, 3: 0.4}, {}]


def test_errors_that_differ_by_factors_are_told_apart():
    """Also the least of them, far from which the others lie."""
    values = _standardised(np.array([1e-4, 1e-3, 1e-2, 1e-1, math.inf]))

    assert np.diff(values)[:3] == pytest.approx(np.diff(values)[0])
    assert np.all(np.isfinite(values))
    assert values.mean() == pytest.approx(0)


def test_an_error_of_zero_has_no_logarithm_and_may_be_there():
    assert np.all(np.isfinite(_standardised(np.array([0.0, 0.1, 0.2, math.inf]))))


def _timed(seconds_of):
    """Trainings of a space's points that are all as good, and took so long."""
    random = np.random.default_rng(1)
    points = [drawn(SPACE, random) for _ in range(20)]
    return [
        Outcome(number, values, 0.1 + number % 2, seconds=seconds_of(values)) for number, values in enumerate(points)
    ]


def test_of_two_that_promise_as_much_the_shorter_training_comes_first_while_there_is_time():
    long, short = ({**drawn(SPACE, np.random.default_rng(2)), "layers": layers} for layers in (4, 1))
    ended = _timed(lambda values: 10.0 ** values["layers"])

    def ahead(thrift):
        lengthy, quick = Surrogate(SPACE, ended, [], seed=0, thrift=thrift).promise([long, short])
        return quick - lengthy

    assert ahead(1.0) - ahead(0.0) == pytest.approx(math.log(10**4 / 11), rel=0.2)
    assert ahead(0.5) - ahead(0.0) == pytest.approx((ahead(1.0) - ahead(0.0)) / 2)


def test_where_few_tell_how_long_they_took_all_take_as_long():
    ended = [Outcome(each.number, each.values, each.error) for each in _timed(lambda _: 1.0)[:17]]
    ended += _timed(lambda values: 10.0 ** values["layers"])[17:]
    points = [each.values for each in ended]

    thrifty, lavish = (Surrogate(SPACE, ended, [], seed=0, thrift=thrift).promise(points) for thrift in (1.0, 0.0))
    assert thrifty.tolist() == lavish.tolist()


def test_a_stopped_training_would_have_taken_longer_to_its_end():
    study = optuna.create_study()
    for last, state in ((4, TrialState.COMPLETE), (2, TrialState.PRUNED)):
        trial = study.ask()
        trial.suggest_float("dropout", 0, 1)
        trial.set_user_attr("seconds", 8.0)
        for epoch in range(1, last + 1):
            trial.report(1.0, epoch)
        study.tell(trial, 1.0 if state is TrialState.COMPLETE else None, state)

    whole, stopped = outcomes(study)
    assert whole.seconds == 8.0
    assert stopped.seconds == pytest.approx(2 * study.trials[1].duration.total_seconds())
