"""The commands of those who answer for a store: verify, sign, new-key, public-key. Knows words and what is printed."""

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from models.checkup import Finding, Level, check_model, check_store, check_version
from models.errors import BadKey
from models.keys import new_key, read_keyring, read_signing_key
from models.signing import SigningKey
from models.store import Store


def verify(store: Store, options: argparse.Namespace) -> int:
    """Print what is wrong with a store, a model or a version, line by line; 1 where anything is BAD."""
    findings = _findings(store, options)
    if options.json:
        findings = list(findings)
        print(json.dumps({"store": str(store.root), "findings": [asdict(finding) for finding in findings]}, indent=2))
        return _status(findings)
    told = [_told(finding) for finding in findings]
    if not told:
        print(f"{store.root} holds no model.")
    return _status(told)


def _findings(store: Store, options: argparse.Namespace) -> Iterable[Finding]:
    trusted = read_keyring(options.keys) if options.keys else None
    if options.name is None:
        return check_store(store, trusted)
    if options.number is None:
        return check_model(store, options.name, trusted)
    return check_version(store, options.name, options.number, trusted)


def _told(finding: Finding) -> Finding:
    print(f"{finding.level:<5} {finding.message}")
    return finding


def _status(findings: Iterable[Finding]) -> int:
    return int(Level.BAD in [finding.level for finding in findings])


def sign(store: Store, options: argparse.Namespace) -> int:
    """Sign a version, or all versions of a model."""
    key = _key(options)
    for number in store.numbers(options.name) if options.number is None else [options.number]:
        store.sign(options.name, number, key)
        print(f"{options.name} version {number} is signed by {key.id}")
    return 0


def make_key(_: Store, options: argparse.Namespace) -> int:
    """Make a private key, and print the public one."""
    try:
        key = new_key(Path(options.file))
    except FileExistsError as error:
        raise BadKey(f"{options.file} is there already, and a key is never overwritten. Name a new file.") from error
    print(f"{key.public} {key.id}")
    return 0


def tell_key(_: Store, options: argparse.Namespace) -> int:
    """Print the public key of a private one."""
    key = read_signing_key(Path(options.file))
    print(f"{key.public} {key.id}")
    return 0


def _key(options: argparse.Namespace) -> SigningKey:
    if not options.key:
        raise BadKey("Which key? Name its file: --key FILE, or MODEL_SIGNING_KEY.")
    return read_signing_key(Path(options.key))
