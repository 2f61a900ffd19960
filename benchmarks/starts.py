"""Which settings suit many data sets of a kind, so that a search of another one can begin with them. Knows no search.

Settings are drawn, and then proposed by the Gaussian process of `sampler=gp` where they promise to suit all data sets
together. What settings miss on a data set is the logarithm of their error by the least there, and counts by what half
of all miss there. Of the chosen, the first misses least on average; each further one leaves least to be missed by the
best of those chosen so far.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import kept
from benchmarks.errors import NoTables
from benchmarks.layout import as_text
from benchmarks.searches.problem import data_dir
from training import recipes
from training.config import Config
from training.data import Dataset, Split
from training.errors import TrainingError
from training.recipe import Recipe
from training.search.objectives import loss
from training.search.samplers.gp import most_promising
from training.search.samplers.positions import drawn
from training.search.samplers.trials import Outcome
from training.space import LAYERS, Space, Values, words
from training.spaces import IMAGE, TABLE

DRAWN = 60  # before the first is proposed
ROWS = 10_000  # to learn from, at most
IMAGES, EASY_IMAGES = 1_500, 1_200  # to learn from: as few as one has of one's own
EPOCHS, EPOCHS_OF_FEW, FEW = 20, 40, 5_000  # so many rows are few
EASY = (1, 3, 5, 7, 8, 9)  # classes of Fashion-MNIST that are hardly ever taken for each other
SMOOTHING = 0.05  # of labels, as the recipes for images have it that were made to be exact
MOST_MISSED = 3.0  # what is worse tells no more
SECONDS = 0.1  # what twice the seconds of a training count
LEAST_GAIN = 0.01
KIND = (LAYERS, "activation", "normalization", "optimizer", "batch_size")
CHOSEN = 6


@dataclass(frozen=True)
class Problem:
    """A data set, and what is the same in all trainings."""

    name: str
    recipe: Recipe
    config: Config
    dataset: Dataset


@dataclass(frozen=True)
class Tried:
    """Settings that were trained on all data sets."""

    values: Values
    errors: dict[str, float]  # by problem; infinite where it does not train
    seconds: float


def measure(kind: str, files: Sequence[str], home: Path, settings: int) -> str:
    """Try settings until there are so many, and tell the best; each is kept, so that an interruption costs one.

    Raises TrainingError where data cannot be read.
    """
    space, problems = KINDS[kind]
    return shown(pool(list(problems(files)), space, home / "starts" / f"{kind}.jsonl", settings))


def tables(files: Sequence[str]) -> Iterator[Problem]:
    """Each `FILE:TARGET` as the recipe csv reads it. Raises NoTables."""
    if not files:
        raise NoTables("Say which tables, each with the column to tell: diamonds.csv:price concrete.csv:strength")
    for word in files:
        path, _, target = word.rpartition(":")
        same = "wide=no", "folds=0", "calibration=none"
        recipe, config = recipes.find("csv").plan((f"path={path}", f"target={target}", *same))
        dataset = recipe.load(None)
        epochs = EPOCHS_OF_FEW if dataset.train.rows < FEW else EPOCHS
        yield Problem(Path(path).stem, recipe, replace(config, epochs=epochs, patience=epochs), _first(dataset, ROWS))


def images() -> Iterator[Problem]:
    """Fashion-MNIST with few images, at three resolutions, and its classes that are easily told, at two.

    Some with smoothed labels as well, as other networks suit these.
    """
    epochs = f"epochs={EPOCHS_OF_FEW}", f"patience={EPOCHS_OF_FEW}"
    recipe, config = recipes.find("fashion-mnist").plan((*epochs, "schedule=constant", "calibration=none", "folds=0"))
    dataset = recipe.load(data_dir())
    easy = dataset.with_each(_easy, output_names=tuple(dataset.output_names[each] for each in EASY))
    smooth = replace(config, label_smoothing=SMOOTHING)
    every, few = _first(dataset, IMAGES), _first(easy, EASY_IMAGES)
    for name, some, its_config, sides in (
        ("all", every, config, (7, 14, 28)),
        ("easy", few, config, (7, 14)),
        ("all-smooth", every, smooth, (7,)),
        ("easy-smooth", few, smooth, (7, 14)),
    ):
        for side in sides:
            yield Problem(f"{name}-{side}", recipe, its_config, some.with_each(partial(_reduced, side=side)))


def pool(problems: Sequence[Problem], space: Space, file: Path, count: int) -> list[Tried]:
    """The settings that the file holds for these data sets, and more until there are so many, each kept when tried."""
    names = {problem.name for problem in problems}
    tried = [each for known in kept.read(file) if (each := _tried(known)).errors.keys() == names]
    while len(tried) < count:
        begin, values = time.monotonic(), proposed(space, tried)
        errors = {problem.name: _error(problem, space.config(values, problem.config)) for problem in problems}
        tried.append(Tried(values, errors, time.monotonic() - begin))
        kept.add(file, tried[-1])
        print(f"{len(tried)}: {' '.join(words(values))}", file=sys.stderr, flush=True)
    return tried


def proposed(space: Space, tried: Sequence[Tried]) -> Values:
    """The settings to try next."""
    random = np.random.default_rng(len(tried))
    if len(tried) < DRAWN:
        return drawn(space, random)
    from training.search.samplers.surrogate import Surrogate  # noqa: PLC0415  # scikit-learn, which takes a second

    costs = missed(tried).mean(axis=1) + _costs(tried)
    ended = [
        Outcome(number, each.values, float(np.exp(cost)))  # of which a surrogate takes the logarithm
        for number, (each, cost) in enumerate(zip(tried, costs, strict=True))
    ]
    with threadpool_limits(1):
        return most_promising(space, Surrogate(space, ended, [], len(tried)), ended, random)


def _costs(tried: Sequence[Tried]) -> np.ndarray:
    seconds = np.array([each.seconds for each in tried])
    return np.asarray(SECONDS * np.log2(seconds / np.median(seconds)))


def missed(tried: Sequence[Tried]) -> np.ndarray:
    """What each misses on each data set, (settings, data sets)."""
    errors = np.array([list(each.errors.values()) for each in tried])
    behind = np.log(errors / errors.min(axis=0))
    return np.asarray(np.minimum(behind / np.maximum(np.median(behind, axis=0), 1e-12), MOST_MISSED))


def chosen(tried: Sequence[Tried], count: int) -> list[int]:
    """Places in `tried`: of what suits most data sets, then of what suits those that nothing has suited so far."""
    lost, costs, found = missed(tried), _costs(tried), list[int]()
    left = np.full(lost.shape[1], MOST_MISSED)
    while len(found) < count:
        gains = left.mean() - np.minimum(left, lost).mean(axis=1)
        new = [place for place in range(len(tried)) if not _is_like(tried[place], [tried[each] for each in found])]
        if not (left_over := [place for place in new if gains[place] >= LEAST_GAIN]):
            break
        found.append(max(left_over, key=lambda place: gains[place] - costs[place]))
        left = np.minimum(left, lost[found[-1]])
    return found


def _is_like(one: Tried, others: Sequence[Tried]) -> bool:
    """Whether it differs from one of them by numbers alone: what it gains beside that is chance."""
    return any(all(one.values.get(key) == other.values.get(key) for key in KIND) for other in others)


def shown(tried: Sequence[Tried]) -> str:
    """A line for each of the chosen, with what it misses."""
    lost, names = missed(tried), tuple(tried[0].errors)
    rows = [
        (" ".join(words(tried[place].values)), *(f"{each:.2f}" for each in lost[place]), f"{tried[place].seconds:.0f}")
        for place in chosen(tried, CHOSEN)
    ]
    return "\n".join(as_text(("settings", *names, "s"), [rows], 1))


KINDS: dict[str, tuple[Space, Callable[[Sequence[str]], Iterator[Problem]]]] = {
    "table": (TABLE, tables),
    "image": (IMAGE, lambda _: images()),
}


def _tried(known: dict[str, Any]) -> Tried:
    errors = {name: math.inf if error is None else error for name, error in known["errors"].items()}
    return Tried(known["values"], errors, known["seconds"])


def _error(problem: Problem, config: Config) -> float:
    import keras  # noqa: PLC0415  # seconds, which a list of commands must not wait for

    from training.fit import fit  # noqa: PLC0415  # imports Keras

    dataset = replace(problem.dataset, test=problem.dataset.validation)
    try:
        scores: dict[str, Any] = fit(dataset, problem.recipe.task, config).scores["validation"]
    except TrainingError:
        return math.inf
    finally:
        keras.backend.clear_session()
    return float(loss(problem.recipe.task, scores))


def _first(dataset: Dataset, rows: int) -> Dataset:
    """With fewer rows to learn from."""
    train = dataset.train
    return replace(dataset, train=Split(train.inputs[:rows], train.targets[:rows]))


def _easy(split: Split) -> Split:
    known = np.isin(split.targets, EASY)
    return Split(split.inputs[known], np.searchsorted(EASY, split.targets[known]).astype(np.int32))


def _reduced(split: Split, side: int) -> Split:
    """Images of so many pixels a side, each the mean of those in its place."""
    rows, size = split.inputs.shape[:2]
    cells = split.inputs.reshape(rows, side, size // side, side, size // side)
    return Split(cells.mean(axis=(2, 4)).astype(np.float32), split.targets)
