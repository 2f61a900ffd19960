"""`python -m service new-key`: makes an API key, prints it once, and appends its hash to the file. Knows no service."""

import argparse
import os
import sys
from pathlib import Path

from service.key_lines import BadKeys, line_of, parse, read_text
from service.keys import new_key


def main(arguments: list[str], file: Path | None) -> int:
    """Returns the exit status; `file` is what SERVICE_API_KEYS_FILE names."""
    asked = _parser().parse_args(arguments)
    path = asked.file or file
    try:
        if path is None:
            raise ValueError("there is no file to put it into: set SERVICE_API_KEYS_FILE, or say --file keys.jsonl")
        key, digest = new_key()
        line = line_of(asked.id, digest, _options(asked))
        _append(line, path)
    except (ValueError, OSError) as error:
        print(f"No key was made: {error}", file=sys.stderr)
        return 2
    print(f"The key of {asked.id}. Nothing but its hash is kept, in {path}: it is not shown again.", file=sys.stderr)
    print(key)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service new-key", description="Makes an API key.")
    parser.add_argument("--id", required=True, help="who it is for, in logs and metrics: team-a")
    parser.add_argument("--models", help="the models that it may ask, with commas; without, all: digits,iris")
    parser.add_argument("--rate", help="requests per s, min, h or day, in all workers together: 100/min")
    parser.add_argument("--at-once", type=int, help="requests under way at a time, in each worker: 8")
    parser.add_argument("--expires", help="the day at whose beginning, in UTC, it ends: 2027-01-31")
    parser.add_argument("--manages", action="store_true", help="may load and unload models")
    parser.add_argument("--file", type=Path, help="the file of keys; without, SERVICE_API_KEYS_FILE")
    return parser


def _options(asked: argparse.Namespace) -> list[tuple[str, object]]:
    models = None if asked.models is None else [word.strip() for word in asked.models.split(",")]
    if asked.at_once == 0 or asked.models == "":
        raise ValueError("--at-once and --models take at least one; leave them out for no limit")
    named = (("models", models), ("rate", asked.rate), ("at_once", asked.at_once), ("expires", asked.expires))
    return [*named, ("manages", asked.manages)]


def _append(line: str, path: Path) -> None:
    """In one write, so that no worker reads half of it. Raises BadKeys where the file then would be none."""
    text = read_text(path) if path.exists() else ""
    if text and not text.endswith("\n"):
        line = "\n" + line
    parse(text + line, path)
    if not path.parent.is_dir():
        raise BadKeys(f"there is no folder {path.parent}")
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)
