"""`python -m training import`: its words become wishes, and what comes of them is said. Knows no step of an import."""

import argparse
import re

from rich.console import Console

from models.store import Store
from models.version import CARD_FILE, ModelVersion
from training.errors import InvalidWish
from training.example import calling
from training.importing.importing import import_file
from training.importing.wishes import Wishes, task_of


def import_and_say(options: argparse.Namespace, store: Store, console: Console) -> int:
    """Import a file, and say what was found out, where the version lies and how to ask it."""
    version = import_file(wishes_of(options), store, console.print)
    console.print(f"\n{version} is published: {version.folder}\nTo serve it: make serve\n{_to_ask(version)}")
    return 0


def _to_ask(version: ModelVersion) -> str:
    """The command that the card has, or where to find the script that stands there instead."""
    told = calling(version.name, version.manifest.signature, version.golden())
    command = re.search(r"```sh\n(.*?)\n```", told, re.DOTALL)
    return f"Then:\n\n{command[1]}" if command else f"Then, as {version.folder / CARD_FILE} tells, with a short script."


def wishes_of(options: argparse.Namespace) -> Wishes:
    """The wishes in the words of the command line. Raises InvalidWish."""
    if options.trust not in ("", "0", "1"):
        raise InvalidWish(f"TRUST={options.trust[:40]} does not fit: TRUST is 1 or 0.")
    return Wishes(
        options.file,
        options.name,
        task_of(options.task),
        options.classes,
        options.features,
        options.input_range,
        options.shape,
        options.preprocessing,
        options.samples,
        tuple(filter(None, options.allow.split(","))),
        options.trust == "1",
        options.memory_mb,
        options.seconds,
    )
