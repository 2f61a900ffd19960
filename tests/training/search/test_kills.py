"""What is killed or interrupted costs the running trials, and the same command goes on to the total asked for."""

import os
import signal

import pytest

from models.store import Store
from tests.training.search.searches import (
    SPACE,
    children,
    command,
    ended,
    journal,
    parent,
    running,
    trials,
    under_way,
    wait_for,
    worker_of,
)
from training.search import quota

pytestmark = pytest.mark.slow

SEARCH = command("epochs=20", "workers=2", *SPACE, "--trials", "4")


def done(store):
    return quota.done(trials(journal(store)))


def assert_total(store):
    """Four trials that count, each of which was run to its end once."""
    assert len(quota.counted(trials(journal(store)))) == 4
    assert len(done(store)) == 4
    assert Store(store).numbers("iris") == [1]


@pytest.mark.parametrize("victim", ["trial", "worker"])
def test_a_killed_process_costs_its_trial_which_is_run_again(victim, tmp_path):
    with under_way(SEARCH, tmp_path) as search:
        worker = worker_of(wait_for(lambda: running(journal(tmp_path)))[0])
        (process,) = wait_for(lambda: children(worker))  # a trial
        os.kill(process if victim == "trial" else worker, signal.SIGKILL)
        errors = search.communicate()[1]
    assert (search.returncode, errors) == (0, "")
    assert_total(tmp_path)
    lost = [trial for trial in trials(journal(tmp_path)) if quota.is_lost(trial)]
    assert [trial.user_attrs[quota.LOST] for trial in lost] == [quota.DIED]
    (again,) = [trial for trial in done(tmp_path) if quota.RETRY_OF in trial.user_attrs]
    assert again.params == lost[0].params


def test_a_killed_search_leaves_no_process_and_the_same_command_goes_on(tmp_path):
    with under_way(SEARCH, tmp_path) as search:
        wait_for(lambda: done(tmp_path))
        workers = {worker_of(trial) for trial in wait_for(lambda: running(journal(tmp_path)))}
        family = workers | {child for worker in workers for child in children(worker)}
        os.kill(search.pid, signal.SIGKILL)
        wait_for(lambda: not any(os.path.exists(f"/proc/{pid}/cwd") for pid in family))  # noqa: PTH110  # no access
        search.communicate()
    before = {trial.number for trial in done(tmp_path)}
    assert Store(tmp_path).names() == []

    again = ended(SEARCH, tmp_path)

    assert (again.returncode, again.stderr) == (0, "")
    assert before <= {trial.number for trial in done(tmp_path)}
    assert_total(tmp_path)


def test_a_killed_server_costs_the_running_trials_and_leaves_no_worker_behind(tmp_path):
    with under_way(SEARCH, tmp_path) as search:
        workers = {worker_of(trial) for trial in wait_for(lambda: running(journal(tmp_path)))}
        os.kill(parent(min(workers)), signal.SIGKILL)
        wait_for(lambda: not any(os.path.exists(f"/proc/{pid}/cwd") for pid in workers))  # noqa: PTH110  # no access
        assert search.poll() is None
        errors = search.communicate()[1]
    assert (search.returncode, errors) == (0, "")
    assert_total(tmp_path)
    lost = [trial for trial in trials(journal(tmp_path)) if quota.is_lost(trial)]
    assert {trial.user_attrs[quota.LOST] for trial in lost} == {quota.RETURNED}


def test_ctrl_c_ends_in_order_publishes_nothing_and_the_same_command_goes_on(tmp_path):
    with under_way(SEARCH, tmp_path) as search:
        wait_for(lambda: done(tmp_path))
        wait_for(lambda: running(journal(tmp_path)))
        os.killpg(search.pid, signal.SIGINT)  # as a terminal does: to all of its processes
        errors = search.communicate()[1]
    assert search.returncode == 130
    assert errors == (
        "\nStopped. The study keeps all trials that are over, and nothing is published. "
        "The same command goes on with it.\n"
    )
    assert running(journal(tmp_path)) == []
    assert Store(tmp_path).names() == []
    lost = [trial for trial in trials(journal(tmp_path)) if quota.is_lost(trial)]
    assert {trial.user_attrs[quota.LOST] for trial in lost} == {quota.RETURNED}

    assert ended(SEARCH, tmp_path).returncode == 0

    assert_total(tmp_path)
