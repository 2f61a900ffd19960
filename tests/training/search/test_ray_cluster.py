"""Searches on a Ray that runs on this machine: as a user starts, kills and goes on with them."""

import os
import signal
import subprocess
import sys

import pytest
from optuna.trial import TrialState

from models.store import Store
from tests.training.search.searches import command, ended, journal, running, trials, under_way, wait_for
from training.search import quota

pytestmark = pytest.mark.slow

IRIS = ("hidden=8", "folds=0", "epochs=3")
# A cluster of two cores, until its input ends.
CLUSTER = """
import sys, ray
ray.init("local", num_cpus=2, include_dashboard=False, object_store_memory=80 * 2**20, log_to_driver=False)
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def cluster():
    """What a search must know to run on a Ray that all tests here share."""
    quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0", "RAY_AUTH_MODE": "disabled"}
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **quiet},
        start_new_session=True,
    ) as ray:
        yield {"ENGINE": "ray", "RAY_ADDRESS": ray.stdout.readline().strip(), "RAY_AUTH_MODE": "disabled"}
        ray.stdin.close()


def done(store):
    return quota.done(trials(journal(store)))


def test_a_search_on_ray_reaches_its_total_publishes_and_goes_on_by_another_engine(cluster, tmp_path):
    words = (*IRIS, "sampler=random", "objectives=loss", "--trials")
    first = ended(command(*words, "5"), tmp_path, **cluster)

    assert (first.returncode, first.stderr) == (0, "")
    assert [line.partition(",")[0] for line in first.stdout.splitlines() if ", trial " in line] == [
        f"iris: {count} of 5" for count in range(1, 6)
    ]
    assert {trial.state for trial in done(tmp_path)} == {TrialState.COMPLETE, TrialState.PRUNED}
    assert Store(tmp_path).numbers("iris") == [1]

    second = ended(command(*words, "6", "workers=1"), tmp_path)
    assert second.returncode == 0, second.stderr
    assert len(done(tmp_path)) == 6


def test_pbt_hands_weights_from_member_to_member_and_the_line_is_published(cluster, tmp_path):
    words = ("hidden=8", "folds=0", "epochs=4", "sampler=pbt", "--trials")
    first = ended(command(*words, "8"), tmp_path, **cluster)

    assert (first.returncode, first.stderr) == (0, "")
    by_number = {trial.number: trial for trial in done(tmp_path)}
    parents = {number: trial.user_attrs.get("parent") for number, trial in by_number.items()}
    assert len(parents) == 8
    assert sum(parent is None for parent in parents.values()) == 2
    members = {number: trial.user_attrs["member"] for number, trial in by_number.items()}
    assert any(members[number] != members[parent] for number, parent in parents.items() if parent is not None)
    assert "its weights came by" in first.stdout


def test_ctrl_c_gives_the_running_trials_back_and_the_same_command_goes_on(cluster, tmp_path):
    search = command("hidden=8", "folds=0", "epochs=60", "sampler=random", "pruner=none", "--trials", "3")
    with under_way(search, tmp_path, **cluster) as searching:
        wait_for(lambda: any(trial.intermediate_values for trial in running(journal(tmp_path))))
        os.killpg(searching.pid, signal.SIGINT)
        _, errors = searching.communicate(timeout=120)

    assert searching.returncode == 130, errors
    assert "The same command goes on with it." in errors
    assert not running(journal(tmp_path))
    lost = {trial.number for trial in trials(journal(tmp_path)) if quota.is_lost(trial)}
    assert lost
    assert lost == {trial.user_attrs.get("retry_of") for trial in trials(journal(tmp_path))} - {None}

    again = ended(search, tmp_path, **cluster)
    assert (again.returncode, len(done(tmp_path))) == (0, 3), again.stderr


def test_a_search_that_is_killed_loses_the_running_trials_only(cluster, tmp_path):
    search = command(*IRIS, "sampler=random", "pruner=none", "--trials", "6")
    with under_way(search, tmp_path, **cluster) as searching:
        before = wait_for(lambda: done(tmp_path))
        os.killpg(searching.pid, signal.SIGKILL)

    again = ended(search, tmp_path, **cluster)
    assert again.returncode == 0, again.stderr
    assert len(done(tmp_path)) == 6
    assert {trial.number for trial in before} <= {trial.number for trial in done(tmp_path)}


def test_a_population_that_was_stopped_goes_on_from_its_weights(cluster, tmp_path):
    words = ("hidden=8", "folds=0", "epochs=6", "sampler=pbt", "--trials")
    with under_way(command(*words, "12"), tmp_path, **cluster) as searching:
        wait_for(lambda: len(done(tmp_path)) > 4)
        os.killpg(searching.pid, signal.SIGKILL)
    before = {trial.number for trial in done(tmp_path)}

    again = ended(command(*words, "12"), tmp_path, **cluster)
    assert again.returncode == 0, again.stderr
    new = [trial for trial in done(tmp_path) if trial.number not in before]
    assert len(before) + len(new) == 12
    # Which of them go on and which begin, as their members had not been trained yet, the moment of the kill decides.
    assert {trial.user_attrs.get("parent") for trial in new} & before
    assert not list(tmp_path.glob("iris/.studies/*.weights"))


def test_without_an_address_a_ray_begins_and_ends_with_the_search(tmp_path):
    search = ended(
        command(*IRIS, "sampler=random", "--trials", "2"), tmp_path, ENGINE="ray", TMPDIR="/tmp", RAY_ADDRESS=""
    )

    assert (search.returncode, search.stderr) == (0, "")
    assert len(done(tmp_path)) == 2


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        pytest.param("127.0.0.1:9", "There is no Ray cluster at RAY_ADDRESS=127.0.0.1:9: ", id="nobody there"),
        pytest.param("ray://127.0.0.1:9", "RAY_ADDRESS=ray://127.0.0.1:9 does not fit: it is host:port", id="client"),
    ],
)
def test_an_address_where_no_ray_is_gets_one_sentence(address, sentence, tmp_path):
    search = ended(command(*IRIS, "--trials", "2"), tmp_path, ENGINE="ray", RAY_ADDRESS=address)

    assert search.returncode == 1
    assert search.stderr.count(f"A worker ended: {sentence}") == 1
    assert done(tmp_path) == []
