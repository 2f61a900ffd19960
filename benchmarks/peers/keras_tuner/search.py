"""Keras Tuner over the networks of a problem, as its users run it: one process, all threads. Knows no other searcher.

    python search.py PROBLEM SEED FILE TUNER FOLDER

TUNER is hyperband or bayesian. It goes on until it is ended. The networks are built and compiled by the project's own
code; Keras Tuner chooses, trains, and keeps each network's best epoch.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

import keras
import keras_tuner

from benchmarks.searches.points import tell
from benchmarks.searches.problem import PROBLEMS
from training.network import PREDICTION_BATCH, build
from training.optimization import loss, metrics, optimizer
from training.space import Choice, Whole
from training.targets import encoded, scaling, smoothed

STEPS_PER_EXECUTION = 32  # of the optimizer in a call of TensorFlow: the same numbers in about half of Keras's own time
ENDLESS = 1000  # trials, or Hyperbands one after the other: more than any run has time for
FAILURES = 20  # one after the other, at which it gives up; by default three


class Networks(keras_tuner.HyperModel):
    """A network for each choice of values."""

    def __init__(self, problem, seed):
        super().__init__()
        self.recipe, self.config = problem.recipe_and_config()
        self.config = self.config.__class__(**{**vars(self.config), "seed": seed})
        self.space, self.dataset = problem.space(), problem.dataset()

    def build(self, hp):
        """Built and compiled as in training.fit."""
        config, task = self.chosen(hp), self.recipe.task
        model = build(self.dataset, task, config)
        model.compile(
            optimizer(config, -(-self.dataset.train.rows // config.batch_size)),
            loss(task, config),
            metrics=metrics(task, config, scaling(self.dataset, task, config).scale),
            steps_per_execution=STEPS_PER_EXECUTION,
        )
        return model

    def fit(self, hp, model, **given):
        """Trained by Keras, for as many epochs as Keras Tuner says."""
        config, task, train, held_out = self.chosen(hp), self.recipe.task, self.dataset.train, self.dataset.validation
        targets = smoothed(encoded(train.targets, self.dataset, task, config), task, config)
        validation = held_out.inputs, encoded(held_out.targets, self.dataset, task, config)
        return model.fit(
            train.inputs, targets, batch_size=config.batch_size, validation_data=validation,
            validation_batch_size=PREDICTION_BATCH, **given,
        )  # fmt: skip

    def chosen(self, hp):
        """The config with the values that were chosen."""
        values = {}
        for dimension in self.space:
            with ExitStack() as conditions:
                for key, words in dimension.when.items():
                    conditions.enter_context(hp.conditional_scope(key, list(words)))
                value = asked(hp, dimension)
            if dimension.is_there(values):
                values[dimension.key] = value
        return self.space.config(values, self.config)


def asked(hp, dimension):
    """A value for a dimension."""
    known = dimension.range
    if isinstance(known, Choice):
        return hp.Choice(dimension.key, list(known.words))
    kind = hp.Int if isinstance(known, Whole) else hp.Float
    return kind(dimension.key, known.low, known.high, sampling="log" if known.log else "linear")


def telling(tuner, file):
    """The tuner, a class, which tells of each trial when it is over."""

    class Telling(tuner):
        def on_trial_end(self, trial):
            super().on_trial_end(trial)
            score = self.oracle.get_trial(trial.trial_id).score
            tell(file, score)

    return Telling


def main():
    """Search."""
    name, seed, file, tuner, folder = sys.argv[1:]
    networks = Networks(PROBLEMS[name], int(seed))
    epochs = networks.config.epochs
    kind, limits = {
        "hyperband": (keras_tuner.Hyperband, {"max_epochs": epochs, "hyperband_iterations": ENDLESS}),
        "bayesian": (keras_tuner.BayesianOptimization, {"max_trials": ENDLESS}),
    }[tuner]
    search = telling(kind, Path(file))(
        networks,
        objective=keras_tuner.Objective("val_loss", "min"),
        seed=int(seed), directory=folder, project_name=name, overwrite=True, max_consecutive_failed_trials=FAILURES,
        **limits,
    )  # fmt: skip
    search.search(epochs=epochs, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])


if __name__ == "__main__":
    main()
