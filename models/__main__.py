"""The store from the command line: `python -m models list | show | verify | label | ...`. Knows no Keras."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.errors import BadLabel, BadVersion, ModelsError
from models.retirement import prune, restore, roll_back
from models.store import Store

DEFAULT_STORE = "models/store"

Run = Callable[[Store, argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 where something is wrong with the store."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(Store(Path(options.store)), options)
    except ModelsError as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="Look after a store of model versions.")
    parser.add_argument("--store", default=os.environ.get("MODEL_STORE") or DEFAULT_STORE, help="default: %(default)s")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "list", list_models, "every model with its versions and labels")
    _command(commands, "show", show, "the model card of a version", "name", "number?")
    _command(commands, "verify", verify, "check every file of every version against its hash")
    _command(commands, "label", label, "point a label at a version", "name", "label", "number")
    _command(commands, "rollback", rollback, "take the newest version out of service", "name")
    _command(commands, "restore", put_back, "bring a version back that was taken out of service", "name", "number")
    pruning = _command(commands, "prune", prune_models, "remove old versions without a label, of one model or of all")
    pruning.add_argument("name", nargs="?")
    pruning.add_argument("--keep", type=_at_least_one, default=3, help="newest versions to keep; default: %(default)s")
    return parser


def _command(commands: Any, name: str, run: Run, summary: str, *arguments: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    for argument in arguments:
        kind = int if argument.startswith("number") else str
        command.add_argument(argument.rstrip("?"), type=kind, nargs="?" if argument.endswith("?") else None)
    return command


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least one version must be kept")
    return number


def list_models(store: Store, _: argparse.Namespace) -> int:
    """Print a line per model."""
    for name in store.names():
        labels = "".join(f"  {label}={_target(store, name, label)}" for label in store.labels(name))
        withdrawn = "".join(f"  (withdrawn: {number})" for number in store.withdrawn(name))
        print(f"{name}: {', '.join(map(str, store.numbers(name)))}{labels}{withdrawn}")
    return 0


def _target(store: Store, name: str, label: str) -> str:
    try:
        number = store.labelled(name, label)
    except BadLabel:
        return "?"
    return str(number) if number in store.numbers(name) else f"{number} (not there)"


def show(store: Store, options: argparse.Namespace) -> int:
    """Print the model card of a version."""
    print(store.version(options.name, options.number).card())
    return 0


def verify(store: Store, _: argparse.Namespace) -> int:
    """Print what is wrong with each version; 1 where anything is."""
    faults = 0
    for name in store.names():
        for number in store.numbers(name):
            try:
                version = store.version(name, number)
                version.verify()
                version.golden()
                print(f"good  {name} version {number}")
            except BadVersion as error:
                faults += 1
                print(f"BAD   {error}")
    return 1 if faults else 0


def label(store: Store, options: argparse.Namespace) -> int:
    """Point a label at a version."""
    store.label(options.name, options.label, options.number)
    print(f"{options.name}: {options.label} is now version {options.number}")
    return 0


def rollback(store: Store, options: argparse.Namespace) -> int:
    """Withdraw the newest version."""
    newest, before = roll_back(store, options.name)
    print(f"{options.name}: version {newest} is withdrawn, version {before} answers. To undo:")
    print(f"    python -m models restore {options.name} {newest}")
    return 0


def put_back(store: Store, options: argparse.Namespace) -> int:
    """Bring a withdrawn version back."""
    restore(store, options.name, options.number)
    print(f"{options.name}: version {options.number} is back, version {store.numbers(options.name)[-1]} answers")
    return 0


def prune_models(store: Store, options: argparse.Namespace) -> int:
    """Remove old versions."""
    for name in [options.name] if options.name else store.names():
        removed = prune(store, name, options.keep)
        print(f"{name}: removed {', '.join(map(str, removed)) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
