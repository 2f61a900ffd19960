"""What a search shows while it runs: a table that is redrawn on a terminal, and a line per trial elsewhere."""

import time
from collections.abc import Sequence
from typing import Protocol

from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from training.search import marks, quota
from training.space import words

LATEST = 3  # trials that are over, and shown
MOST = 5  # of the best ones


class Board(Protocol):
    """Is shown the trials again and again."""

    def show(self, trials: Sequence[FrozenTrial], total: int) -> None:
        """The trials as they are now."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def board(name: str, objectives: Sequence[str], over: Sequence[FrozenTrial], console: Console) -> Board:
    """The board that suits a console; the trials `over` were so when the search began."""
    live = console.is_terminal and not console.is_dumb_terminal
    return LiveBoard(name, objectives, over, console) if live else LineBoard(name, objectives, over, console)


class LineBoard:
    """One plain line per trial that is over, for files and pipes."""

    def __init__(self, name: str, objectives: Sequence[str], over: Sequence[FrozenTrial], console: Console) -> None:
        self._name, self._objectives, self._console = name, objectives, console
        self._told = {trial.number for trial in over}

    def show(self, trials: Sequence[FrozenTrial], total: int) -> None:
        """Print those that are new."""
        for trial in quota.done(trials):
            if trial.number in self._told:
                continue
            self._told.add(trial.number)
            sentence = f"{self._name}: {len(self._told)} of {total}, {told(trial, self._objectives)}"
            self._console.print(sentence, markup=False)

    def close(self) -> None:
        """There is nothing to put back."""


class LiveBoard:
    """A table that is redrawn. Needs a terminal."""

    def __init__(self, name: str, objectives: Sequence[str], over: Sequence[FrozenTrial], console: Console) -> None:
        self._name, self._objectives, self._first = name, objectives, len(over)
        self._begin = time.monotonic()
        self._live = Live(console=console, auto_refresh=False)
        self._live.start()

    def show(self, trials: Sequence[FrozenTrial], total: int) -> None:
        """Draw it anew."""
        over = quota.done(trials)
        table = Table(title=f"{self._name}: {len(over)} of {total} trials{self._left(len(over), total)}")
        for column in ("trial", "", "settings"):
            table.add_column(column, overflow="fold")
        for trial in [each for each in trials if each.state is TrialState.RUNNING]:
            self._add(table, trial, progress(trial, self._objectives[0]))
        for trial in sorted(over, key=lambda trial: trial.datetime_complete)[-LATEST:]:
            self._add(table, trial, outcome(trial, self._objectives), "dim")
        for trial in best(trials)[:MOST]:
            self._add(table, trial, f"best: {outcome(trial, self._objectives)}", "bold")
        if not trials:
            table.add_row("", "the workers start", "")
        self._live.update(table, refresh=True)

    def close(self) -> None:
        """Leave the table as it is."""
        self._live.stop()

    def _add(self, table: Table, trial: FrozenTrial, state: str, style: str = "") -> None:
        table.add_row(str(trial.number), Text(state), Text(chosen(trial)), style=style)  # no markup in an error's words

    def _left(self, done: int, total: int) -> str:
        new, gone_s = done - self._first, time.monotonic() - self._begin
        return f", about {gone_s / new * (total - done) / 60:.0f} minutes left" if new > 0 and done < total else ""


def best(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The best so far: those that no other is better than in every objective, the first one by the first objective."""
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    front = [trial for trial in complete if not any(_dominates(other, trial) for other in complete)]
    return sorted(front, key=lambda trial: trial.values)


def progress(trial: FrozenTrial, objective: str) -> str:
    """How far a running trial is."""
    epoch = trial.last_step
    return "begins" if epoch is None else f"epoch {epoch}, {objective} {trial.intermediate_values[epoch]:.4g}"


def outcome(trial: FrozenTrial, objectives: Sequence[str]) -> str:
    """What became of a trial that is over."""
    if marks.is_lost(trial):
        return "is lost, and will be repeated"
    if trial.state is TrialState.FAIL:
        return f"failed: {trial.user_attrs.get(marks.ERROR, 'nobody said why').rstrip('.')}"
    if trial.state is TrialState.PRUNED:
        return f"pruned after epoch {trial.last_step}"
    values = ", ".join(f"{name} {value:.4g}" for name, value in zip(objectives, trial.values, strict=True))
    return f"{values} in {trial.user_attrs.get('seconds', 0):.0f} s"


def told(trial: FrozenTrial, objectives: Sequence[str]) -> str:
    """A trial that is over, on one line."""
    text = chosen(trial)
    return f"trial {trial.number} {outcome(trial, objectives)}{f': {text}' if text else ''}"


def chosen(trial: FrozenTrial) -> str:
    """What a trial was given, as words of the command line, in few digits."""
    rounded = {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in trial.params.items()}
    return " ".join(words(rounded))


def _dominates(one: FrozenTrial, other: FrozenTrial) -> bool:
    pairs = list(zip(one.values, other.values, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
