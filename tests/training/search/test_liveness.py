"""Whether a worker is alive: at once on the own machine, by its beats on others, and by one's own clock."""

import os
import subprocess
import sys

import optuna
import pytest

from training.search.liveness import BEAT, Watch, is_gone, this_process

ELSEWHERE = "another-boot/4026531836/17/4711"


class Clock:
    """Time that goes on when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def running(beat):
    """A running trial with that beat, or none yet."""
    return optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING, user_attrs={BEAT: beat} if beat else {})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    """One that has patience for a minute."""
    return Watch(60, clock)


@pytest.mark.parametrize("beat", [[ELSEWHERE, 3], None], ids=["beats that stop", "none at all"])
def test_a_worker_elsewhere_is_dead_after_a_minute_without_a_beat(beat, watch, clock):
    trial = running(beat)
    assert watch.dead([trial]) == []
    clock.now += 60
    assert watch.dead([trial]) == []
    clock.now += 1
    assert watch.dead([trial]) == [trial]


def test_a_worker_elsewhere_that_beats_is_alive_whatever_its_own_clock_says(watch, clock):
    for beats in range(10):
        assert watch.dead([running([ELSEWHERE, beats])]) == []
        clock.now += 59


def test_a_worker_of_this_machine_is_dead_as_soon_as_its_process_is_gone(watch):
    code = "from training.search.liveness import this_process; print(this_process())"
    gone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    dead, alive = running([gone, 1]), running([this_process(), 1])
    assert watch.dead([dead, alive]) == [dead]


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it():
    machine, pid, begun = this_process().rsplit("/", 2)
    assert int(pid) == os.getpid()
    assert not is_gone(f"{machine}/{pid}/{begun}")
    assert is_gone(f"{machine}/{pid}/{int(begun) - 1}")


def test_of_a_process_of_another_machine_nobody_says_that_it_is_gone():
    assert not is_gone(ELSEWHERE)
