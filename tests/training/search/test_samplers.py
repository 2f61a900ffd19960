import statistics
import warnings

import optuna
import pytest
from optuna.trial import TrialState

from tests.training.search.toy import SPACE, error, run, study_of
from training import recipes
from training.errors import InvalidOverride
from training.search.samplers import INHERITING, SAMPLERS, SEVERAL, sampler
from training.search.suggestions import distributions, suggest
from training.space import NOTHING, Choice, Dimension, Real, Space, Whole

EVERY = pytest.mark.parametrize("name", SAMPLERS)


def _values(study):
    return [trial.params for trial in study.trials]


@EVERY
def test_values_are_within_the_space_and_there_only_where_their_condition_holds(name):
    study = run(study_of(name, 24, seed=3), 24)

    for trial in study.trials:
        there = [each.key for each in SPACE if each.is_there(trial.params)]
        assert sorted(trial.params) == sorted(there)
        for each in SPACE:
            if each.key in trial.params:
                _assert_is_of(each.range, trial.params[each.key])
    assert {trial.params["optimizer"] for trial in study.trials} == {"adam", "adamw"}


def _assert_is_of(known, value):
    if isinstance(known, Choice):
        assert value in known.words
        return
    assert type(value) is (int if isinstance(known, Whole) else float)
    assert known.low <= value <= known.high


@EVERY
def test_those_that_inherit_are_named(name):
    assert sampler(name, SPACE, total=24, seed=3, epochs=9).inherits == (name in INHERITING)


@EVERY
def test_a_seed_repeats_a_study_and_another_one_does_not(name):
    first, again, other = (_values(run(study_of(name, 24, seed), 8)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


@EVERY
def test_a_study_that_starts_again_goes_on_as_if_it_had_not_stopped(name):
    whole, stopped = run(study_of(name, 24, seed=5), 10), run(study_of(name, 24, seed=5), 6)
    stopped.sampler = sampler(name, SPACE, total=24, seed=5, epochs=12)

    assert _values(run(stopped, 4)) == _values(whole)


@EVERY
def test_trials_under_way_lost_stopped_and_failed_hold_nothing_up(name):
    study = study_of(name, 24, seed=1)
    for number in range(24):
        trial = study.ask()
        values = suggest(trial, SPACE)
        if number % 6 == 1:
            study.tell(trial, state=TrialState.FAIL)
        elif number % 6 == 2:
            study.tell(trial, state=TrialState.PRUNED)
        elif number % 6 == 3:
            trial.set_user_attr("error", "The loss is no number.")
            study.tell(trial, state=TrialState.FAIL)
        elif number % 6 != 4:
            study.tell(trial, error(values))

    assert all(trial.params for trial in study.trials)


@EVERY
def test_two_trials_that_are_asked_for_at_once_differ(name):
    study = run(study_of(name, 40, seed=2), 10)
    first, second = study.ask(), study.ask()

    assert suggest(second, SPACE) != suggest(first, SPACE)


@EVERY
def test_samplers_say_nothing_on_the_terminal(name, capfd, caplog):
    study = study_of(name, 14, seed=2)
    capfd.readouterr()  # Optuna tells of a new study
    caplog.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(14):
            trial = study.ask()
            study.tell(trial, error(suggest(trial, SPACE)), skip_if_finished=True)

    assert capfd.readouterr() == ("", "")
    assert not caplog.records  # Optuna's own, whichever stream they go to


@pytest.mark.parametrize(
    ("name", "trials", "seeds"),
    [
        ("tpe", 40, 9),
        ("cmaes", 40, 9),
        ("zoom", 40, 9),
        ("evolution", 40, 9),
        pytest.param("gp", 30, 3, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_what_looks_at_earlier_trials_finds_better_ones_than_chance(name, trials, seeds):
    def median(way):
        return statistics.median(run(study_of(way, trials, seed), trials).best_value for seed in range(seeds))

    assert median(name) < 0.8 * median("random")


@pytest.mark.parametrize("name", SEVERAL)
def test_several_objectives_are_sought_together(name):
    how = sampler(name, SPACE, total=24, seed=1, epochs=12, objectives=2)
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=how)
    for _ in range(24):
        trial = study.ask()
        values = suggest(trial, SPACE)
        study.tell(trial, [error(values), values["layers"] * values["units"]])

    assert study.best_trials


@pytest.mark.parametrize(
    ("name", "space", "objectives", "sentence"),
    [
        ("tpee", SPACE, 1, "There is no sampler 'tpee'. Known samplers: random, grid, tpe, gp, cmaes, nsga2, zoom"),
        ("tpe", NOTHING, 1, "There is nothing to search"),
        ("gp", SPACE, 2, "The sampler gp seeks one objective, and 2 are asked for: choose among random, grid, tpe"),
        (
            "grid",
            Space((Dimension("activation", Choice(("relu", "silu", "tanh"))), Dimension("heads", Choice(("0", "8"))))),
            1,
            "The words alone make a grid of 6 points (activation 3, heads 2), and the study has 5 trials: ask for 6",
        ),
    ],
    ids=["unknown", "nothing", "objectives", "grid"],
)
def test_what_cannot_be_is_refused(name, space, objectives, sentence):
    with pytest.raises(InvalidOverride) as refusal:
        sampler(name, space, total=5, seed=1, epochs=12, objectives=objectives)

    assert str(refusal.value).startswith(sentence)


@EVERY
@pytest.mark.parametrize(
    "dimension",
    [
        Dimension("layers", Whole(2, 2)),
        Dimension("layers", Whole(1, 4)),
        Dimension("units", Whole(1, 100, log=True)),
        Dimension("dropout", Real(0.0, 0.0)),
        Dimension("learning_rate", Real(1e-4, 1e-2, log=True)),
        Dimension("optimizer", Choice(("adam", "adam"))),
    ],
    ids=lambda dimension: str(dimension.range).replace(" ", "-"),
)
def test_a_space_of_one_dimension_is_searched(name, dimension):
    space = Space((dimension,))
    study = optuna.create_study(sampler=sampler(name, space, total=12, seed=1, epochs=12))
    for number in range(12):
        trial = study.ask()
        _assert_is_of(dimension.range, suggest(trial, space)[dimension.key])
        study.tell(trial, 1.0 / (number + 1))


def test_a_trial_that_was_given_some_values_gets_the_others_from_its_sampler():
    study = study_of("zoom", 24, seed=1)
    study.enqueue_trial({"optimizer": "adamw", "layers": 2})
    values = suggest(study.ask(), SPACE)

    assert values["optimizer"] == "adamw"
    assert values["layers"] == 2
    assert 1e-4 <= values["weight_decay"] <= 0.3


@pytest.mark.parametrize("recipe", [each for each in recipes.every() if each.space], ids=lambda recipe: recipe.name)
def test_distributions_are_those_that_are_asked_for(recipe):
    study = optuna.create_study(sampler=sampler("random", recipe.space, total=5, seed=1, epochs=12))
    trial = study.ask()
    suggest(trial, recipe.space)

    assert trial.distributions.items() <= distributions(recipe.space).items()
