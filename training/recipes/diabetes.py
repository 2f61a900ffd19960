"""Tells how far diabetes progresses in a year from ten measurements; 282 rows teach little more than a plane.

    make train RECIPE=diabetes

Expected: 0.1 minutes on two cores; test r2 0.44 to 0.48.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, ridge
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import embedded

RECIPE = Recipe(
    name="diabetes",
    summary="how far diabetes progresses in a year",
    task=Task.REGRESSION,
    data="scikit-learn diabetes, 442 patients, 10 features",
    load=embedded.diabetes,
    config=Config(
        hidden=(100,),
        activation="selu",
        optimizer="adam",
        learning_rate=1e-3,
        epochs=40,
        dropout=0.3,
        output_scaling="standard",
        loss="huber",
        folds=5,
    ),
    baseline=Baseline("ridge regression on standardised features", ridge),
    expected=Expected("r2", 0.44, 0.48),
    minutes=0.1,
    space=spaces.TABLE,
    limits="It is no medical device: no decision about a patient may rest on it.",
    embedded=True,
)
