"""Which trials count: the total is exact whatever is lost, and a lost trial is asked for again."""

import multiprocessing

import optuna
import pytest
from optuna.trial import TrialState

from training.search import quota
from training.search.storage import open_storage


@pytest.fixture
def study(tmp_path):
    """An empty study in a journal."""
    return optuna.create_study(storage=open_storage(str(tmp_path / "journal")), study_name="study")


def asked(study, total=3):
    """A trial that is running, with a value chosen."""
    trial = quota.ask(study, total)
    trial.suggest_int("units", 1, 100)
    return trial


def test_no_more_trials_are_handed_out_than_the_total():
    study = optuna.create_study()
    handed_out = [quota.ask(study, 2) for _ in range(4)]
    assert [trial is not None for trial in handed_out] == [True, True, False, False]


@pytest.mark.parametrize("end", ["complete", "pruned", "failed"])
def test_what_is_over_counts_however_it_ended(end, study):
    trial = asked(study, total=1)
    ends = {
        "complete": lambda: quota.tell(study, trial.number, TrialState.COMPLETE, [0.5]),
        "pruned": lambda: quota.tell(study, trial.number, TrialState.PRUNED),
        "failed": lambda: quota.fail(study, trial.number, "Its loss became no number."),
    }
    assert ends[end]()
    assert [each.number for each in quota.done(quota.trials_of(study))] == [0]
    assert quota.ask(study, 1) is None


@pytest.mark.parametrize("why", [quota.DIED, quota.RETURNED])
def test_a_lost_trial_does_not_count_and_its_values_are_run_again_under_another_number(why, study):
    lost = asked(study, total=1)
    assert quota.lose(study, lost.number, why)

    again = asked(study, total=1)

    assert (again.number, again.user_attrs[quota.RETRY_OF]) == (1, 0)
    assert again.params == lost.params
    quota.tell(study, again.number, TrialState.COMPLETE, [0.5])
    assert [each.number for each in quota.counted(quota.trials_of(study))] == [1]


def test_a_trial_whose_process_dies_three_times_has_failed_and_says_so(study):
    for _ in range(quota.DEATHS):
        quota.lose(study, asked(study, total=1).number, quota.DIED)
    (failed,) = quota.done(quota.trials_of(study))
    assert failed.number == 2
    assert failed.user_attrs[quota.ERROR] == "Its process or its worker died 3 times."
    assert quota.ask(study, 1) is None


def test_a_trial_that_is_given_back_is_repeated_however_often_that_happens(study):
    for _ in range(quota.DEATHS + 2):
        quota.lose(study, asked(study, total=1).number, quota.RETURNED)
    assert quota.ask(study, 1).number == quota.DEATHS + 2


def test_of_two_that_see_a_dead_worker_one_has_its_trial_repeated(study):
    number = asked(study).number
    assert [quota.lose(study, number, quota.DIED) for _ in range(2)] == [True, False]
    assert [each.number for each in quota.trials_of(study) if each.state is TrialState.WAITING] == [1]


def test_a_worker_that_was_taken_for_dead_can_end_its_trial_no_more(study):
    number = asked(study).number
    quota.lose(study, number, quota.DIED)
    assert not quota.tell(study, number, TrialState.COMPLETE, [0.5])
    assert not quota.fail(study, number, "It failed.")
    assert quota.trial(study, number).values is None


def take_all(path, total):
    """As many trials as a worker of its own gets, some of which it loses."""
    study = optuna.load_study(storage=open_storage(path), study_name="study")
    while trial := quota.ask(study, total):
        trial.suggest_int("units", 1, 100)
        if trial.number % 5 == 0:
            quota.lose(study, trial.number, quota.DIED)
        else:
            quota.tell(study, trial.number, TrialState.COMPLETE, [0.5])


def test_workers_that_ask_at_the_same_time_end_at_the_total_exactly(study, tmp_path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=take_all, args=(str(tmp_path / "journal"), 20)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    trials = quota.trials_of(study)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(quota.done(trials)) == 20
    assert any(quota.is_lost(trial) for trial in trials)
