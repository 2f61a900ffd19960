"""scikit-learn estimators whose networks are built and trained as those of recipes are. They know no recipe."""

from training.estimators.classifier import KerasMLPClassifier
from training.estimators.regressor import KerasMLPRegressor

__all__ = ["KerasMLPClassifier", "KerasMLPRegressor"]
