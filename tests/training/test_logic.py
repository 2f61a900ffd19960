"""Networks with weights set by hand: they compute what they should, exactly, and load without this project."""

import subprocess
import sys

import numpy as np
import pytest

from training import recipes
from training.baseline import baseline_scores
from training.errors import InvalidOverride
from training.fit import fit
from training.methods import fitting

TRUTHS = {  # of (A, B) = (0, 0), (0, 1), (1, 0), (1, 1)
    "A": [0, 0, 1, 1],
    "A and B": [0, 0, 0, 1],
    "A or B": [0, 1, 1, 1],
    "A and not B": [0, 0, 1, 0],
    "not A": [1, 1, 0, 0],
}


def run_of(name):
    recipe = recipes.find(name)
    return fitting(recipe, None)(recipe.load(None), recipe.task, recipe.config)


def test_threshold_units_compute_five_propositions_exactly():
    answers = run_of("logic").predictions["test"]
    assert recipes.find("logic").load(None).output_names == tuple(TRUTHS)
    np.testing.assert_array_equal(answers, np.array(list(TRUTHS.values())).T)


def test_two_layers_compute_the_exclusive_or_exactly_and_a_linear_model_cannot():
    recipe = recipes.find("xor")
    run = run_of("xor")
    assert run.predictions["test"].ravel().tolist() == [0, 1, 1, 0]
    assert run.scores["test"] == {"accuracy": 1.0}
    assert baseline_scores(recipe.baseline, recipe.load(None), recipe.task)["accuracy"] <= 0.75


def test_nothing_is_trained():
    run = run_of("logic")
    assert (run.history, run.epochs) == ({}, 0)


def test_a_network_of_threshold_units_loads_in_safe_mode_without_this_project(tmp_path):
    run_of("xor").model.save(tmp_path / "xor.keras")
    code = "import sys, keras; model = keras.saving.load_model(sys.argv[1], safe_mode=True); "
    code += "print(model(keras.ops.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])).numpy().ravel().tolist()); "
    code += "sys.exit(any(name.startswith('training') for name in sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code, str(tmp_path / "xor.keras")], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "[0.0, 1.0, 1.0, 0.0]\n"


def test_no_setting_changes_weights_that_are_set_by_hand():
    with pytest.raises(InvalidOverride, match="'epochs' changes nothing in logic, which is by weights set by hand"):
        recipes.find("logic").plan(["epochs=5"])


def test_a_recipe_is_trained_by_gradient_descent_where_it_says_nothing_else():
    assert fitting(recipes.find("digits"), None) is fit
