"""The words of the command line. Knows neither what the commands do nor the environment."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from training import recipes


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for; `command` is its name. Ends the program for a wrong option, with a sentence, and for --help.

    Words such as epochs=5 may stand behind options too, where argparse does not look for them.
    """
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and ("words" not in options or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.words = [*options.words, *rest]
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Train models and publish them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    commands.add_parser("list", help="the recipes and what to expect of each")
    training = commands.add_parser("train", help="train recipes and publish the models")
    training.add_argument(
        "words", nargs="*", metavar="RECIPE|key=value", help="all: every recipe; no recipe: every default recipe"
    )
    training.add_argument(
        "--embedded",
        dest="unnamed",
        action="store_const",
        const=recipes.embedded,
        default=recipes.default,
        help="no recipe: every default recipe whose data needs no download",
    )
    _add_manner(training)
    continuing = commands.add_parser("continue", help="train a published version further and publish the next one")
    _add_recipe(continuing)
    _add_version(continuing)
    _add_manner(continuing)
    finding = commands.add_parser("find-lr", help="try out learning rates on a network that is thrown away")
    _add_recipe(finding)
    tuning = commands.add_parser("tune", help="search for the best settings of a recipe and publish what they give")
    _add_recipe(tuning)
    tuning.add_argument("--trials", metavar="N", help="that the study has in the end; or TRIALS=N")
    tuning.add_argument("--engine", metavar="NAME", help="what runs the trials: processes, or ray; or ENGINE=NAME")
    _add_study(tuning)
    joining = commands.add_parser("tune-worker", help="work on a study that another command has begun")
    _add_recipe(joining)
    _add_study(joining)
    evaluating = commands.add_parser("evaluate", help="compute the scores of a published version anew")
    _add_model(evaluating)
    evaluating.add_argument("--split", choices=("test", "validation"), default="test", help="by default: test")
    predicting = commands.add_parser("predict", help="ask a published version about the rows in a file")
    _add_model(predicting)
    predicting.add_argument("file", type=Path, help="CSV by names in its first line or of numbers only, npy, an image")
    predicting.add_argument("--output", type=Path, metavar="FILE.csv", help="write all answers instead of showing some")
    return parser


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe")
    parser.add_argument("words", nargs="*", metavar="key=value", help="changes of its config")


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="the name of a published model")
    _add_version(parser)


def _add_study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", metavar="NAME", help="by default that of the recipe; or STUDY=NAME")
    parser.add_argument("--storage", metavar="FILE|URL", help="a journal file or postgresql://...; or STORAGE=")


def _add_version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--version", type=int, metavar="N", help="by default: the newest")


def _add_manner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted training; or RESUME=1")
    parser.add_argument("--deterministic", action="store_true", help="to the last bit; or DETERMINISTIC=1")
    parser.add_argument("--tensorboard", type=Path, metavar="DIR", help="points for TensorBoard; or TENSORBOARD=DIR")
