"""Training from the command line: `python -m training list | train [RECIPE...] [key=value...]`. Knows no step of it."""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from models.__main__ import DEFAULT_STORE
from models.store import Store
from training import recipes
from training.errors import InvalidOverride, UnknownRecipe, UnusableData
from training.outcomes import Outcome, exit_status
from training.quiet import quiet_stderr, start_tensorflow
from training.recipe import Plan
from training.tables import print_outcomes, print_recipes

INTERRUPTED = 130  # what a shell makes of Ctrl-C
NO_WRAP = 100_000  # columns: in a file or a pipe a sentence stays on its line


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 where a training failed, 2 for a wrong word, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (UnknownRecipe, InvalidOverride) as error:
        print(error, file=sys.stderr)
        return 2
    except UnusableData as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The training that was under way published nothing.", file=sys.stderr)
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Train models and publish them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the recipes and what to expect of each")
    listing.set_defaults(run=list_recipes)
    training = commands.add_parser("train", help="train recipes and publish the models")
    words = "all: every recipe; no recipe: every default recipe"
    training.add_argument("words", nargs="*", metavar="RECIPE|key=value", help=words)
    embedded = "no recipe: every default recipe whose data needs no download"
    training.add_argument(
        "--embedded",
        dest="unnamed",
        action="store_const",
        const=recipes.embedded,
        default=recipes.default,
        help=embedded,
    )
    training.set_defaults(run=train)
    return parser


def list_recipes(_: argparse.Namespace) -> int:
    """Print a table of the recipes."""
    print_recipes([*recipes.every(), *recipes.forms()], _console())
    return 0


def train(options: argparse.Namespace) -> int:
    """Train what was asked for. A wrong word is found before TensorFlow is imported."""
    assignments = [word for word in options.words if "=" in word]
    names = [word for word in options.words if "=" not in word]
    chosen = recipes.chosen(names) or options.unnamed()
    plans = [recipe.plan(assignments) for recipe in chosen]
    console = _console()
    for recipe, _ in plans:
        if recipe.findings:
            console.print(f"{recipe.findings}\n")
    return exit_status(_train(plans, console))


def _train(plans: list[Plan], console: Console) -> list[Outcome]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet_stderr():
        start_tensorflow()
        from training.pipeline import train_each  # noqa: PLC0415  # imports Keras

    store = Store(_folder("MODEL_STORE") or Path(DEFAULT_STORE))
    outcomes = train_each(plans, store, _folder("DATA_DIR"), console)
    print_outcomes(outcomes, console)
    if any(outcome.version for outcome in outcomes):
        console.print("\nTo serve what is published: make serve")
    return outcomes


def _folder(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


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
