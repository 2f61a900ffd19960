"""Keys for tests: a new one each time, in a file of its own."""

from pathlib import Path

from models.keys import new_key
from models.signing import SigningKey


def some_key(folder: Path, name: str = "signer") -> SigningKey:
    """A private key, written to `<folder>/<name>.pem`."""
    return new_key(folder / f"{name}.pem")
