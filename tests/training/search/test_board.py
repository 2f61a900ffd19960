"""What a search shows: lines in a pipe, a table on a terminal."""

from io import StringIO

import optuna
import pytest
from rich.console import Console

from training.search import quota
from training.search.board import LineBoard, LiveBoard, best, board
from training.search.quota import trials_of

RATE = optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True)


@pytest.fixture
def study():
    """One trial of each kind, and one that runs."""
    study = optuna.create_study()
    study.enqueue_trial({"learning_rate": 0.012345678})
    study.tell(study.ask({"learning_rate": RATE}), 0.25)
    pruned = study.ask({"learning_rate": RATE})
    pruned.report(0.5, 3)
    study.tell(pruned, state=optuna.trial.TrialState.PRUNED)
    quota.fail(study, study.ask({"learning_rate": RATE}).number, "The loss became [nan].")
    quota.lose(study, study.ask({"learning_rate": RATE}).number, quota.DIED)
    study.ask({"learning_rate": RATE}).report(0.75, 2)
    return study


def test_a_pipe_gets_a_line_for_each_trial_that_is_over_once(study, pipe):
    shown = board("digits", ("error",), [], pipe)
    assert isinstance(shown, LineBoard)
    for _ in range(2):
        shown.show(trials_of(study), 9)
    lines = pipe.file.getvalue().splitlines()
    assert lines[0] == "digits: 1 of 9, trial 0 error 0.25 in 0 s: learning_rate=0.01235"
    assert lines[1].startswith("digits: 2 of 9, trial 1 pruned after epoch 3: ")
    assert lines[2].startswith("digits: 3 of 9, trial 2 failed: The loss became [nan]: ")
    assert len(lines) == 3


def test_a_search_that_goes_on_tells_only_what_is_new(study, pipe):
    shown = board("digits", ("error",), quota.done(trials_of(study)), pipe)
    shown.show(trials_of(study), 9)
    study.tell(4, 0.125)
    shown.show(trials_of(study), 9)
    assert pipe.file.getvalue().startswith("digits: 4 of 9, trial 4 error 0.125")


def test_a_terminal_gets_a_table_of_what_runs_what_is_over_and_what_is_best(study):
    console = Console(file=StringIO(), width=100, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    shown = board("digits", ("error",), [], console)
    assert isinstance(shown, LiveBoard)
    shown.show(trials_of(study), 9)
    shown.close()
    drawn = console.file.getvalue()
    for part in ("digits: 3 of 9 trials", "epoch 2, error 0.75", "pruned after epoch 3", "[nan]", "best: error 0.25"):
        assert part in drawn


def test_the_best_of_several_objectives_are_those_that_no_other_is_better_than():
    study = optuna.create_study(directions=["minimize", "minimize"])
    for values in [(0.1, 300), (0.2, 100), (0.2, 200), (0.3, 50)]:
        study.tell(study.ask(), values)
    assert [trial.number for trial in best(trials_of(study))] == [0, 1, 3]
