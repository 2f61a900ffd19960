"""Tells whether a tumour is malignant or benign from thirty measurements of its cell nuclei.

    make train RECIPE=breast-cancer

Expected: 0.5 minutes on two cores; test accuracy 0.94 to 0.97.
"""

from models.signature import Task
from training import spaces
from training.baseline import Baseline, logistic_regression
from training.config import Config
from training.recipe import Expected, Recipe
from training.sources import embedded

RECIPE = Recipe(
    name="breast-cancer",
    summary="whether a tumour is malignant or benign",
    task=Task.BINARY,
    data="scikit-learn breast cancer, 569 samples, 30 features",
    load=embedded.breast_cancer,
    config=Config(
        hidden=(64,),
        dropout=0.5,
        optimizer="adamw",
        learning_rate=2e-3,
        schedule="cosine",
        epochs=40,
        weight_decay=0.05,
        class_weight="balanced",
        folds=5,
    ),
    baseline=Baseline("logistic regression on standardised features", logistic_regression),
    expected=Expected("accuracy", 0.94, 0.97),
    minutes=0.5,
    space=spaces.TABLE,
    limits="It is no medical device: no decision about a patient may rest on it.",
    embedded=True,
)
