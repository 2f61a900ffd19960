"""Two processes ask the same study at the same time."""

import json
import subprocess
import sys
from collections import Counter

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from tests.training.search.toy import study_of

WORKER = """
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from tests.training.search.toy import run, study_of
run(study_of({name!r}, 24, 7, JournalStorage(JournalFileBackend({journal!r}))), 12)
"""


def _by_two_workers(name, folder):
    journal = str(folder / "journal.log")
    study = study_of(name, 24, 7, JournalStorage(JournalFileBackend(journal)))
    command = [sys.executable, "-W", "error", "-c", WORKER.format(name=name, journal=journal)]
    workers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [worker.communicate()[1] for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0], errors
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 24
    return study


def test_no_trial_is_another_s(tmp_path):
    study = _by_two_workers("tpe", tmp_path)

    assert len({json.dumps(trial.params, sort_keys=True) for trial in study.trials}) == 24


def test_a_grid_is_covered_without_a_point_twice(tmp_path):
    study = _by_two_workers("grid", tmp_path)

    assert len({trial.user_attrs["point"] for trial in study.trials}) == len(study.sampler.points)
    assert study.sampler.exhausted(study)


def test_no_generation_of_a_member_is_trained_twice(tmp_path):
    study = _by_two_workers("pbt", tmp_path)

    trained = sorted((trial.user_attrs["member"], trial.user_attrs["generation"]) for trial in study.trials)
    # A worker that is slow lets the other members get ahead; each goes on where it was all the same.
    counts = Counter(member for member, _ in trained)
    assert trained == [(member, 1 + done) for member in range(6) for done in range(counts[member])]
