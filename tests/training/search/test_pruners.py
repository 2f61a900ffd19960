import optuna
import pytest
from optuna.trial import TrialState

from tests.training.search.toy import SPACE, error
from training.errors import InvalidOverride
from training.search.pruners import PRUNERS, pruner
from training.search.samplers import SAMPLERS, sampler
from training.search.suggestions import suggest


def _epochs_trained(name, epochs, trials):
    """So many trials, each of which is worse than the one before from its first epoch on; the epochs of each."""
    study = optuna.create_study(pruner=pruner(name, epochs=epochs), study_name="s")
    trained = []
    for number in range(trials):
        trial = study.ask()
        trial.suggest_float("dropout", 0, 1)
        for epoch in range(1, epochs + 1):
            trial.report(number + 1 / epoch, epoch)
            if trial.should_prune():
                break
        trained.append(epoch)
        study.tell(trial, number, state=TrialState.COMPLETE) if epoch == epochs else study.tell(
            trial, state=TrialState.PRUNED
        )
    return trained


@pytest.mark.parametrize(
    ("name", "epochs", "expected"),
    [
        ("none", 27, [27] * 8),
        ("median", 27, [27] * 5 + [9] * 3),  # five to compare with, and a third of the epochs
        ("asha", 27, [27] + [1] * 7),
        ("asha", 90, [90] + [3] * 7),
        ("asha", 1, [1] * 8),
        ("asha", 3, [3] + [1] * 7),
    ],
)
def test_bad_trials_end_when_they_can_be_told(name, epochs, expected):
    assert _epochs_trained(name, epochs, 8) == expected


def test_hyperband_begins_to_stop_sooner_and_later():
    trained = _epochs_trained("hyperband", 27, 40)

    assert {1, 3, 9, 27} == set(trained)


@pytest.mark.parametrize("name", PRUNERS)
@pytest.mark.parametrize("epochs", [1, 2, 3, 27, 81])
def test_what_had_its_last_epoch_is_not_stopped(name, epochs):
    study = optuna.create_study(pruner=pruner(name, epochs=epochs), study_name="s")
    for number in range(12):
        trial = study.ask()
        for epoch in range(1, epochs):
            trial.report(1 / epoch, epoch)
            trial.should_prune()
        trial.report(float(number), epochs)

        assert not trial.should_prune()
        study.tell(trial, float(number))


@pytest.mark.parametrize(
    ("name", "objectives", "sentence"),
    [
        ("medium", 1, "There is no pruner 'medium'. Known pruners: none, median, asha, hyperband."),
        ("asha", 2, "The pruner asha compares by one objective, and 2 are sought: choose pruner=none."),
    ],
)
def test_what_cannot_be_is_refused(name, objectives, sentence):
    with pytest.raises(InvalidOverride) as refusal:
        pruner(name, epochs=30, objectives=objectives)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_goes_on_beside_stopped_trials(name):
    how = sampler(name, SPACE, total=24, seed=1, epochs=9)
    study = optuna.create_study(sampler=how, pruner=pruner("hyperband", epochs=9), study_name="s")
    for _ in range(14):
        trial = study.ask()
        value = error(suggest(trial, SPACE))
        for epoch in range(1, 10):
            trial.report(value + 1 / epoch, epoch)
            if trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                break
        else:
            study.tell(trial, value)

    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    for trial in study.trials:
        if (parent := trial.user_attrs.get("parent")) is not None:
            assert study.trials[parent].state is TrialState.COMPLETE
