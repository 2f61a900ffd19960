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
    _add_import(commands.add_parser("import", help="inspect a model file that somebody else made, and publish it"))
    evaluating = commands.add_parser("evaluate", help="compute the scores of a published version anew")
    _add_model(evaluating)
    evaluating.add_argument("--split", choices=("test", "validation"), default="test", help="by default: test")
    predicting = commands.add_parser("predict", help="ask a published version about the rows in a file")
    _add_model(predicting)
    predicting.add_argument("file", type=Path, help="CSV by names in its first line or of numbers only, npy, an image")
    predicting.add_argument("--output", type=Path, metavar="FILE.csv", help="write all answers instead of showing some")
    return parser


def _add_import(parser: argparse.ArgumentParser) -> None:
    """Each option by the name that make has for it, in small letters."""
    parser.add_argument("file", type=Path, metavar="FILE", help=".keras or .h5, or a SavedModel's folder with --trust")
    parser.add_argument("--name", default="", help="of the model; by default that of the file")
    parser.add_argument("--task", default="", help="binary, multiclass, multilabel or regression; by default found out")
    parser.add_argument("--classes", default="", metavar="A,B|FILE.txt", help="names in the order of the units")
    parser.add_argument("--features", default="", metavar="A,B|FILE.txt", help="names of the columns of flat rows")
    parser.add_argument("--input-range", default="", metavar="LOW,HIGH", help="of the numbers that the model takes")
    parser.add_argument("--shape", default="", metavar="28x28x1", help="of a row, where the model leaves sizes open")
    parser.add_argument("--preprocessing", type=Path, metavar="FILE", help="mean and scale, in .json or .npz")
    parser.add_argument(
        "--samples", type=Path, metavar="FILE", help="rows: npy, npz, CSV, an image or a folder of them"
    )
    parser.add_argument("--allow", default="", metavar="PACKAGE,...", help="whose registered layers the file may name")
    parser.add_argument("--trust", default="", metavar="1", help="1: the file may do what it likes, in its own process")
    parser.add_argument(
        "--memory-mb", type=int, default=4096, metavar="MB", help="that loading it may take; %(default)s"
    )
    parser.add_argument("--seconds", type=int, default=300, help="that an import may take; by default %(default)s")


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
