"""Training from the command line: `python -m training --help` lists the commands. Knows no step of any."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from models.__main__ import DEFAULT_STORE
from models.errors import ModelsError
from models.keys import read_signing_key
from models.store import Store
from models.version import ModelVersion
from training import recipes
from training.arguments import parse
from training.commands import evaluate_version, find_learning_rate, predict_file
from training.continuing import config_of, further
from training.errors import InvalidOverride, InvalidWish, TrainingError, UnknownRecipe
from training.outcomes import exit_status
from training.quiet import quiet_stderr, start_tensorflow
from training.recipe import Plan
from training.search.place import Place
from training.tables import print_outcomes, print_recipes

INTERRUPTED = 130  # what a shell makes of Ctrl-C
NO_WRAP = 100_000  # columns: in a file or a pipe a sentence stays on its line


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 where it failed, 2 for a wrong word, 130 for Ctrl-C."""
    options = parse(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        return _COMMANDS[options.command](options)
    except (UnknownRecipe, InvalidOverride, InvalidWish) as error:
        print(error, file=sys.stderr)
        return 2
    except (TrainingError, ModelsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped.{_RESUMABLE.get(options.command, '')}", file=sys.stderr)
        return INTERRUPTED


def list_recipes(_: argparse.Namespace) -> int:
    """Print a table of the recipes."""
    print_recipes([*recipes.every(), *recipes.forms()], _console())
    return 0


def train(options: argparse.Namespace) -> int:
    """Train what was asked for. A wrong word is found before TensorFlow is imported."""
    words = _assignments([word for word in options.words if "=" in word], options)
    names = [word for word in options.words if "=" not in word]
    console, plans = _console(), [recipe.plan(words) for recipe in recipes.chosen(names) or options.unnamed()]
    for recipe, _ in plans:
        if recipe.findings:
            console.print(f"{recipe.findings}\n")
    return _train(plans, options)


def train_further(options: argparse.Namespace) -> int:
    """Train a version further, as its own config says, but for the words that change it."""
    form = recipes.find(options.recipe)
    recipe, _ = form.plan([word for word in options.words if form.takes(word)])
    words = [word for word in options.words if not form.takes(word)]
    version = _store().version(recipe.name, options.version)
    config = further(config_of(version), _assignments(words, options))
    return _train([(recipe, config)], options, version)


def find_rate(options: argparse.Namespace) -> int:
    """Print which learning rates suit a recipe."""
    recipe, config = recipes.find(options.recipe).plan(options.words)
    find_learning_rate(recipe, config, _folder("DATA_DIR"), _console())
    return 0


def tune(options: argparse.Namespace) -> int:
    """Search for the best settings of a recipe."""
    from training.search.commands import tune_recipe  # noqa: PLC0415  # imports Optuna, which takes a second

    given = _given(options, "trials"), *_search(options)
    return tune_recipe(options.recipe, options.words, *given, engine=_given(options, "engine"))


def tune_worker(options: argparse.Namespace) -> int:
    """Work on a study."""
    from training.search.commands import join_study  # noqa: PLC0415  # imports Optuna, which takes a second

    return join_study(options.recipe, options.words, *_search(options))


def import_model(options: argparse.Namespace) -> int:
    """Publish a model file that somebody else made."""
    from training.importing.commands import import_and_say  # noqa: PLC0415  # imports ONNX, which takes a second

    return import_and_say(options, _publisher(), _console())


def evaluate(options: argparse.Namespace) -> int:
    """Print the scores of a version, computed anew."""
    version = _store().version(options.model, options.version)
    evaluate_version(version, options.split, _folder("DATA_DIR"), _console())
    return 0


def predict(options: argparse.Namespace) -> int:
    """Print or write a version's answers to the rows in a file."""
    predict_file(_store().version(options.model, options.version), options.file, options.output, _console())
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": list_recipes,
    "train": train,
    "continue": train_further,
    "find-lr": find_rate,
    "tune": tune,
    "tune-worker": tune_worker,
    "import": import_model,
    "evaluate": evaluate,
    "predict": predict,
}
_RESUMABLE = dict.fromkeys(
    ("train", "continue"),
    " The training that was under way published nothing. The same command with RESUME=1 goes on with it.",
) | {"tune": " The study keeps all trials that are over, and nothing is published. The same command goes on with it."}


def _train(plans: Sequence[Plan], options: argparse.Namespace, version: ModelVersion | None = None) -> int:
    resumes, logs, console = (
        options.resume or _said("RESUME"),
        options.tensorboard or _folder("TENSORBOARD"),
        _console(),
    )
    with quiet_stderr():
        if any(config.deterministic for _, config in plans):
            from training.determinism import repeat_exactly  # noqa: PLC0415  # imports TensorFlow

            repeat_exactly()  # how many threads there are is settled when TensorFlow starts
        start_tensorflow()
        from training.pipeline import Manner, train_each  # noqa: PLC0415  # imports Keras
        from training.unfinished import begin_anew, go_on  # noqa: PLC0415  # likewise

    manner = Manner(go_on if resumes else begin_anew, logs, version)
    outcomes = train_each(plans, _publisher(), _folder("DATA_DIR"), console, manner)
    print_outcomes(outcomes, console)
    if any(outcome.version for outcome in outcomes):
        console.print("\nTo serve what is published: make serve")
    return exit_status(outcomes)


def _assignments(words: Sequence[str], options: argparse.Namespace) -> list[str]:
    """With what the option or the variable for determinism says, where the words do not."""
    given = any(word.startswith("deterministic=") for word in words)
    said = options.deterministic or _said("DETERMINISTIC")
    return [*words, "deterministic=yes"] if said and not given else list(words)


def _search(options: argparse.Namespace) -> tuple[Place, Console]:
    """Where a search keeps what it has, and where it says so."""
    study, storage = _given(options, "study"), _given(options, "storage")
    return Place(_publisher(), _folder("DATA_DIR"), study, storage), _console()


def _given(options: argparse.Namespace, name: str) -> str:
    """What an option says, or the variable of its name, such as STORAGE, whose password no list of processes shows."""
    return getattr(options, name) or os.environ.get(name.upper(), "")


def _store() -> Store:
    return Store(_folder("MODEL_STORE") or Path(DEFAULT_STORE))


def _publisher() -> Store:
    """The store to publish into, which signs where MODEL_SIGNING_KEY names a key. Raises BadKey before any training."""
    key = _folder("MODEL_SIGNING_KEY")
    return Store(_store().root, read_signing_key(key) if key else None)


def _folder(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _said(variable: str) -> bool:
    """Whether a variable that is 1 or 0 says yes. Raises InvalidOverride for anything else."""
    value = os.environ.get(variable, "")
    if value not in ("", "0", "1"):
        raise InvalidOverride(f"{variable}={value[:40]} does not fit: {variable} is 1 or 0.")
    return value == "1"


def _console() -> Console:
    """By what standard output is, not by what FORCE_COLOR says of it: control characters have no place in a file."""
    if sys.stdout.isatty():
        return Console(highlight=False, markup=False)
    return Console(highlight=False, markup=False, force_terminal=False, width=NO_WRAP, soft_wrap=True)


if __name__ == "__main__":
    exit_code = main()
    if exit_code == INTERRUPTED:  # TensorFlow's threads may be at work still: its end beneath them has crashed
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code)
    sys.exit(exit_code)
