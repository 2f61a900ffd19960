"""Large batches first: the better of two trainings answers, and the version tells how both came out."""

import re
from dataclasses import replace

import pytest

from training import recipes
from training.batch_size import fit_both, with_large_batches
from training.checkpoint import Checkpoint
from training.config import Config

RECIPE = recipes.find("diabetes")
CONFIG = Config(hidden=(4,), epochs=3, batch_size=16, large_batch=64, output_scaling="standard")


@pytest.fixture(scope="module")
def dataset():
    return RECIPE.load(None)


@pytest.mark.parametrize(
    ("config", "rate", "warmup"),
    [
        pytest.param(replace(CONFIG, epochs=30), 0.04, 3, id="a tenth of the epochs"),
        pytest.param(replace(CONFIG, epochs=90), 0.04, 5, id="five epochs"),
        pytest.param(replace(CONFIG, epochs=90, warmup=7), 0.04, 7, id="as many as were asked for"),
        pytest.param(replace(CONFIG, epochs=30, large_batch=1000), 0.01 * 282 / 16, 3, id="more than there are rows"),
    ],
)
def test_the_learning_rate_grows_with_the_batches_and_is_warmed_up_to(config, rate, warmup, dataset):
    large = with_large_batches(config, dataset)
    assert (large.learning_rate, large.warmup) == (pytest.approx(rate), warmup)
    assert large.batch_size == config.large_batch


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="large batches are better"),
        pytest.param({"learning_rate": 0.5, "clip_norm": 1.0, "large_batch": 282}, id="small batches are better"),
    ],
)
def test_the_better_of_the_two_answers(changes, dataset, request):
    config = replace(CONFIG, **changes)
    run = fit_both(dataset, RECIPE.task, config)
    told = re.search(r"with \d+ rows a step came to (\S+) and the one with 16 came to (\S+) \(mse", run.notes[-1])
    large, small = map(float, told.groups())
    assert run.scores["validation"]["mse"] == pytest.approx(min(large, small), rel=1e-3)
    assert ("large" if large < small else "small") in request.node.callspec.id
    assert run.config == config


def test_large_batches_that_diverge_leave_the_answers_to_small_ones(dataset):
    deep = replace(CONFIG, hidden=(50, 50, 50), activation="linear", epochs=1, batch_size=4, large_batch=56)
    run = fit_both(dataset, RECIPE.task, deep)
    assert "the one with 56 rows a step diverged and the one with 4 came to 3" in run.notes[-1]


def test_it_goes_on_in_the_training_that_was_interrupted(dataset):
    kept = []
    whole = fit_both(dataset, RECIPE.task, CONFIG, checkpoint=Checkpoint(None, kept.append))
    assert [[network["stage"] for network in saved.finished] for saved in kept] == [["large"], ["large", "small"]]
    resumed = fit_both(dataset, RECIPE.task, CONFIG, checkpoint=Checkpoint(kept[0]))
    assert (resumed.scores, resumed.notes) == (whole.scores, whole.notes)
