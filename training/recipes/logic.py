"""Computes five propositions about A and B by threshold units whose weights were set by hand, as in 1943.

    make train RECIPE=logic

Expected: 0.1 minutes on two cores; test subset_accuracy 1.
"""

from models.signature import Task
from training.baseline import Baseline, one_logistic_regression_per_label
from training.config import Config
from training.neurons import Layer
from training.recipe import Expected, Method, Recipe
from training.sources import propositions

# A unit fires where at least two of its inputs are active. The table tells how many connections A, B and a unit that is
# always active have to it; an inhibiting one counts -1.
ACTIVE_INPUTS = 2
CONNECTIONS = {
    "A": (2, 0, 0),
    "A and B": (1, 1, 0),
    "A or B": (2, 2, 0),
    "A and not B": (2, -1, 0),
    "not A": (-1, 0, 2),
}

RECIPE = Recipe(
    name="logic",
    summary="which of five propositions about A and B are true",
    task=Task.MULTILABEL,
    data="truth tables, 4 cases of 2 propositions",
    load=propositions.five,
    config=Config(hidden=(), output="step"),
    method=Method.LOGIC,
    layers=(
        Layer(
            kernel=[[a for a, _, _ in CONNECTIONS.values()], [b for _, b, _ in CONNECTIONS.values()]],
            bias=[always - ACTIVE_INPUTS for _, _, always in CONNECTIONS.values()],
        ),
    ),
    baseline=Baseline("one logistic regression per label", one_logistic_regression_per_label),
    expected=Expected("subset_accuracy", 1, 1),
    minutes=0.1,
    limits="Its inputs are truths, 0 or 1; of other numbers it says nothing.",
    embedded=True,
    default=False,
)
