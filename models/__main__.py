"""The store from the command line: `python -m models list | show | label | ...`. Knows no Keras, and no key."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.custody import make_key, sign, tell_key, verify
from models.errors import BadLabel, BadTraffic, ModelsError, UnknownLabel, listed, quoted
from models.retirement import prune, restore, roll_back
from models.store import Store
from models.traffic import LARGEST_WEIGHT

DEFAULT_STORE = "models/store"

Run = Callable[[Store, argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 where something is wrong with the store."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(Store(Path(options.store)), options)
    except (ModelsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="Look after a store of model versions.")
    parser.add_argument("--store", default=os.environ.get("MODEL_STORE") or DEFAULT_STORE, help="default: %(default)s")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "list", list_models, "every model with its versions, labels, split and shadow")
    _command(commands, "show", show, "the model card of a version, and the model's split and shadow", "name", "number?")
    _custody_commands(commands)
    _command(commands, "label", label, "point a label at a version", "name", "label", "number")
    _traffic_commands(commands)
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


def _custody_commands(commands: Any) -> None:
    summary = "tell what is wrong with a store, a model or a version: files, labels, signatures, what was left behind"
    verifying = _command(commands, "verify", verify, summary, "name?", "number?")
    verifying.add_argument("--json", action="store_true", help="the findings as one JSON object")
    verifying.add_argument(
        "--keys",
        default=os.environ.get("SERVICE_TRUSTED_KEYS"),
        help="public keys, or files or folders of them: what none of them signed is BAD; default: SERVICE_TRUSTED_KEYS",
    )
    signing = _command(commands, "sign", sign, "sign a version, or all versions of a model", "name", "number?")
    signing.add_argument(
        "--key", default=os.environ.get("MODEL_SIGNING_KEY"), help="the private key's file; default: MODEL_SIGNING_KEY"
    )
    _command(commands, "new-key", make_key, "make a private key in a new file, and print the public one", "file")
    _command(commands, "public-key", tell_key, "print the public key of a private one", "file")


def _traffic_commands(commands: Any) -> None:
    summary = "share out, by weight, the requests that name neither version nor label"
    splitting = _command(commands, "split", split, summary, "name").add_mutually_exclusive_group(required=True)
    splitting.add_argument(
        "shares", nargs="*", type=_share, default=(), metavar="LABEL=WEIGHT", help="stable=95 canary=5"
    )
    splitting.add_argument("--off", action="store_true", help="the newest version answers all of them")
    summary = "ask a label too wherever such a request is answered, and only compare its answers"
    shadowing = _command(commands, "shadow", shadow, summary, "name").add_mutually_exclusive_group(required=True)
    shadowing.add_argument("label", nargs="?")
    shadowing.add_argument("--off", action="store_true", help="no label is asked too")


def _share(text: str) -> tuple[str, int]:
    if not (share := re.fullmatch(r"([^=]+)=([1-9][0-9]{0,8})", text, re.ASCII)):
        raise argparse.ArgumentTypeError(
            f"{quoted(text)} is no share; write LABEL=WEIGHT with a whole number from 1 to {LARGEST_WEIGHT}: canary=5"
        )
    return share[1], int(share[2])


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least one version must be kept")
    return number


def list_models(store: Store, _: argparse.Namespace) -> int:
    """Print a line per model."""
    for name in store.names():
        labels = "".join(f"  {label}={_target(store, name, label)}" for label in store.labels(name))
        withdrawn = "".join(f"  (withdrawn: {number})" for number in store.withdrawn(name))
        print(f"{name}: {', '.join(map(str, store.numbers(name)))}{labels}{_listed_traffic(store, name)}{withdrawn}")
    return 0


def _target(store: Store, name: str, label: str) -> str:
    try:
        number = store.labelled(name, label)
    except BadLabel:
        return "?"
    return str(number) if number in store.numbers(name) else f"{number} (not there)"


def _listed_traffic(store: Store, name: str) -> str:
    try:
        return "".join(f"  ({line})" for line in _traffic_lines(store, name))
    except BadTraffic:
        return "  (traffic: ?)"


def _traffic_lines(store: Store, name: str) -> list[str]:
    """What there is of split and shadow. Raises BadTraffic."""
    traffic = store.traffic(name)
    split = [f"split: {_shares(store, name, traffic.split)}"] if traffic.split else []
    shadow = [f"shadow: {_marked(store, name, traffic.shadow)}"] if traffic.shadow else []
    return split + shadow


def _shares(store: Store, name: str, split: Mapping[str, int]) -> str:
    return ", ".join(_marked(store, name, label, f"={weight}") for label, weight in split.items())


def _marked(store: Store, name: str, label: str, share: str = "") -> str:
    """The label with its share, marked where it leads nowhere."""
    try:
        there = store.labelled(name, label) in store.numbers(name)
    except (BadLabel, UnknownLabel):
        there = False
    return f"{label}{share}" if there else f"{label}{share} (not there)"


def show(store: Store, options: argparse.Namespace) -> int:
    """Print the model card of a version, and below it the traffic of the model where there is any."""
    print(store.version(options.name, options.number).card())
    if lines := _traffic_lines(store, options.name):
        print("\n".join(["## Traffic", "", *(f"- {line}" for line in lines)]))
    return 0


def label(store: Store, options: argparse.Namespace) -> int:
    """Point a label at a version."""
    store.label(options.name, options.label, options.number)
    print(f"{options.name}: {options.label} is now version {options.number}")
    return 0


def split(store: Store, options: argparse.Namespace) -> int:
    """Share out the requests that name neither version nor label."""
    shares = dict(options.shares)
    if len(shares) < len(options.shares):
        raise BadTraffic(f"A label stands twice among {listed(label for label, _ in options.shares)}; give each once.")
    store.route(options.name, replace(store.traffic(options.name), split=shares))
    print(f"{options.name}: {_answering(store, options.name)}")
    return 0


def _answering(store: Store, name: str) -> str:
    """Who answers the requests that name neither version nor label."""
    try:
        shares = _shares(store, name, store.traffic(name).split)
    except BadTraffic:
        shares = ""  # `show` tells what is wrong with it
    return f"the split {shares} answers" if shares else f"version {store.numbers(name)[-1]} answers"


def shadow(store: Store, options: argparse.Namespace) -> int:
    """Ask a label too, or none any more."""
    store.route(options.name, replace(store.traffic(options.name), shadow=options.label))
    print(f"{options.name}: {options.label or 'no label'} is asked too")
    return 0


def rollback(store: Store, options: argparse.Namespace) -> int:
    """Withdraw the newest version."""
    newest, _ = roll_back(store, options.name)
    print(f"{options.name}: version {newest} is withdrawn, {_answering(store, options.name)}. To undo:")
    print(f"    python -m models restore {options.name} {newest}")
    return 0


def put_back(store: Store, options: argparse.Namespace) -> int:
    """Bring a withdrawn version back."""
    restore(store, options.name, options.number)
    print(f"{options.name}: version {options.number} is back, {_answering(store, options.name)}")
    return 0


def prune_models(store: Store, options: argparse.Namespace) -> int:
    """Remove old versions."""
    for name in [options.name] if options.name else store.names():
        removed = prune(store, name, options.keep)
        print(f"{name}: removed {', '.join(map(str, removed)) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
