"""Searches beside each other, for the same time on the same cores: who finds good settings first. Knows no searcher.

Each run is written down as soon as it is over, so that the same command goes on after an interruption.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import PeerFailed
from benchmarks.machine import machine, share_of_others
from benchmarks.processes import Family
from benchmarks.report import Report
from benchmarks.searches.problem import Problem
from benchmarks.searches.runs import Run, Runs
from benchmarks.searches.searcher import WORKERS, Order, Searcher, environ
from benchmarks.searches.table import Asked, report

LOOK_S = 0.2
Pythons = dict[str, Path]  # name of a searcher -> its interpreter


@dataclass(frozen=True)
class Plan:
    """What is run; `home` is where environments, logs and results go."""

    home: Path
    asked: Asked


def measure(plan: Plan) -> Report:
    """Run what is not there yet, seed by seed, so that what drifts, drifts for all. Raises PeerFailed."""
    runs = Runs(plan.home / "search")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:WORKERS])  # all that is started here inherits it
    there = {run.key for run in runs.read() if not run.failure}
    left = [each for each in _each(plan.asked) if _key(*each, plan.asked.seconds) not in there]
    pythons = _warmed(plan, [searcher for _, searcher, _ in left])
    for number, (problem, searcher, seed) in enumerate(left, start=1):
        said = f"run {number} of {len(left)}: {searcher.name} on {problem.name}, seed {seed}"
        print(said, file=sys.stderr, flush=True)
        run = _run(problem, searcher, seed, plan, pythons)
        runs.add(run)
        print(f"  {run.networks} networks. {run.failure}".rstrip(), file=sys.stderr, flush=True)
    return report(runs.read(), plan.asked)


def _each(asked: Asked) -> Iterator[tuple[Problem, Searcher, int]]:
    for seed in range(1, asked.seeds + 1):
        for problem in asked.problems:
            for searcher in asked.searchers:
                yield problem, searcher, seed


def _key(problem: Problem, searcher: Searcher, seed: int, seconds: float) -> tuple[str, str, int, float]:
    return problem.name, searcher.name, seed, seconds


def _warmed(plan: Plan, wanted: list[Searcher]) -> Pythons:
    """The interpreters, each of which has read TensorFlow from the disk once, so that nobody's first run has to."""
    pythons = {searcher.name: searcher.python(plan.home) for searcher in wanted}
    for python in sorted(set(pythons.values())):
        if subprocess.run([python, "-c", "import keras, sklearn"], capture_output=True, check=False).returncode:
            raise PeerFailed(f"{python} cannot import Keras and scikit-learn.")
    return pythons


def _run(problem: Problem, searcher: Searcher, seed: int, plan: Plan, pythons: Pythons) -> Run:
    """One search, ended after its time."""
    name, seconds = f"{problem.name}-{searcher.name}-{seed}", plan.asked.seconds
    folder, log = plan.home / "search" / "work" / name, plan.home / "search" / f"{name}.log"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    order = Order(problem, seed, folder, plan.home)
    share = share_of_others()
    started = time.time()
    family = Family([str(pythons[searcher.name]), *searcher.words(order)], environ(order), folder, log)
    try:
        while time.time() - started < seconds and not family.has_ended:
            time.sleep(LOOK_S)
        failure = _last_words(log, time.time() - started) if family.has_ended else ""
    finally:
        family.end()
    points = tuple(point for point in searcher.points(order, started) if point.seconds <= seconds)
    shutil.rmtree(folder, ignore_errors=True)
    return Run(problem.name, searcher.name, seed, seconds, machine()["date"], share, points, failure)


def _last_words(log: Path, seconds: float) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"it ended by itself after {seconds:.0f} s: {lines[-1][:200] if lines else 'it said nothing.'}"
