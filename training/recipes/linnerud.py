"""Tells weight, waist and pulse of a man from three exercises: three outputs that cannot be negative.

    make train RECIPE=linnerud

Expected: 0.1 minutes on two cores; test mae 6.5 to 10.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, mean_of_targets
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import embedded

RECIPE = Recipe(
    name="linnerud",
    summary="weight, waist and pulse of a man from how often he manages three exercises",
    task=Task.REGRESSION,
    data="scikit-learn Linnerud, 20 men, 3 features",
    load=embedded.linnerud,
    config=Config(
        hidden=(8,),
        optimizer="adam",
        learning_rate=3e-3,
        epochs=30,
        output="relu",
        output_scaling="standard",
        dropout=0.5,
        folds=5,
    ),
    baseline=Baseline("the mean of each target", mean_of_targets),
    expected=Expected("mae", 6.5, 10),
    minutes=0.1,
    space=spaces.TABLE,
    limits="Twenty men teach next to nothing: it shows three positive outputs at work, and tells nothing of anybody.",
    embedded=True,
    default=False,
)
