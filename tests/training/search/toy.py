"""A space like a recipe's, an error that takes no training, and a study of it.

`python -m tests.training.search.toy` prints what docs/search-strategies.md tells of each sampler.
"""

from statistics import median

import optuna

from training.search.samplers import SAMPLERS, sampler
from training.search.samplers.positions import place_of
from training.search.suggestions import suggest
from training.space import Choice, Dimension, Real, Space, Values, Whole

SPACE = Space(
    (
        Dimension("layers", Whole(1, 4)),
        Dimension("units", Whole(16, 256, log=True)),
        Dimension("activation", Choice(("relu", "silu", "tanh"))),
        Dimension("dropout", Real(0.0, 0.5)),
        Dimension("optimizer", Choice(("adam", "adamw"))),
        Dimension("learning_rate", Real(1e-4, 3e-2, log=True)),
        Dimension("weight_decay", Real(1e-4, 0.3, log=True), when={"optimizer": ("adamw",)}),
    )
)
BEST = {"layers": 3, "units": 100, "dropout": 0.1, "learning_rate": 2e-3, "weight_decay": 1e-2}
WORDS = {"relu": 0.1, "silu": 0.0, "tanh": 0.2, "adam": 0.1, "adamw": 0.0}


def error(values: Values) -> float:
    """0 at BEST, silu and adamw; squares of the distances to it, and words that cost."""
    return sum(
        WORDS[value]
        if isinstance(value, str)
        else 2 * (place_of(each.range, value) - place_of(each.range, BEST[each.key])) ** 2
        for each in SPACE
        if (value := values.get(each.key)) is not None
    )


def study_of(name: str, total: int, seed: int, storage: object = None) -> optuna.Study:
    """A study without trials."""
    how = sampler(name, SPACE, total=total, seed=seed, epochs=12)
    return optuna.create_study(sampler=how, storage=storage, study_name="toy", load_if_exists=True)


def run(study: optuna.Study, trials: int) -> optuna.Study:
    """So many trials, one after the other."""
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, error(suggest(trial, SPACE)))
    return study


def main() -> None:
    """The best of a study, as median of nine seeds, for each sampler and two numbers of trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    for name in SAMPLERS:
        if name != "pbt":  # which has nothing to inherit here
            found = [
                median(run(study_of(name, total, seed), total).best_value for seed in range(9)) for total in (20, 50)
            ]
            print(name, *(f"{value:.2f}" for value in found), flush=True)


if __name__ == "__main__":
    main()
