"""Makes and reads the keys that versions are signed and checked with. Knows files and words, no version."""

import base64
import binascii
import os
from collections.abc import Iterator
from pathlib import Path

from models.errors import BadKey, listed, quoted
from models.files import read_file
from models.signing import Keyring, SigningKey, is_forgeable, key_id, library

LARGEST_KEY_FILE = 64 * 1024  # bytes


def new_key(path: Path) -> SigningKey:
    """Make a private key and write it into a new file that only this user may read. Raises BadKey or OSError."""
    serialization, ed25519 = library()
    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        os.fsync(file.fileno())
    return SigningKey(private)


def read_signing_key(path: Path) -> SigningKey:
    """The private key in a PEM file. Raises BadKey, whose sentence never holds what is in the file."""
    serialization, ed25519 = library()
    try:
        mode, pem = path.stat().st_mode, read_file(path, LARGEST_KEY_FILE)
    except OSError as error:
        raise BadKey(
            f"The signing key {path} cannot be read ({error.strerror}). `python -m models new-key`."
        ) from error
    if mode & 0o007:
        raise BadKey(f"Every user of this machine may use the signing key {path}; take that away: chmod 600 {path}")
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except Exception as error:  # ValueError, TypeError and classes of the library's own
        raise BadKey(
            f"{path} holds no private key in PEM without a password ({type(error).__name__}); "
            "`python -m models new-key` makes one."
        ) from error
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise BadKey(f"{path} holds a {type(private).__name__}; versions are signed with Ed25519 keys.")
    return SigningKey(private)


def read_keyring(text: str) -> Keyring:
    """The public keys that a text tells: words, parted by commas, that are each a key, a file or a folder of keys.

    A file holds a key per line, with what comes after a space or a `#` for people. Raises BadKey for anything else,
    also where there is no key at all, as then nothing could be trusted.
    """
    library()  # so that a service without it does not start, instead of refusing every version
    public = [key for word in text.split(",") if word.strip() for key in _word(word.strip())]
    if not public:
        raise BadKey("Public keys, or files of them: none is there.")
    if forgeable := [key_id(key) for key in public if is_forgeable(key)]:
        raise BadKey(f"Anybody can sign for the key {listed(forgeable)}: it is a placeholder, or made to deceive.")
    return Keyring({key_id(key): key for key in public})


def _word(word: str) -> Iterator[bytes]:
    if (key := _key(word.split(maxsplit=1)[0])) is not None:  # its id may follow, as `public-key` prints it
        yield key
        return
    path = Path(word)
    try:
        files = sorted(_visible(path)) if path.is_dir() else [path]
        for file in files:
            yield from _keys(file)
    except OSError as error:
        raise BadKey(
            f"{quoted(word)} is neither a public key (44 characters of base64) nor a file of them that can be read "
            f"({error.strerror})."
        ) from error
    if not files:
        raise BadKey(f"The folder {path} holds no public key.")


def _visible(folder: Path) -> Iterator[Path]:
    """The files of a folder; a mounted secret keeps its own affairs under names that begin with a dot."""
    return (path for path in folder.iterdir() if not path.name.startswith("."))


def _keys(path: Path) -> Iterator[bytes]:
    content = read_file(path, LARGEST_KEY_FILE)
    if b"PRIVATE KEY" in content:
        raise BadKey(
            f"{path} holds a private key: keep it away from here. `python -m models public-key` tells its public one."
        )
    found = 0
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        if not (words := line.partition("#")[0].split()):
            continue
        if (key := _key(words[0])) is None:
            raise BadKey(f"{path}, line {number}: {quoted(words[0])} is no public key (44 characters of base64).")
        found += 1
        yield key
    if not found:
        raise BadKey(f"The file {path} holds no public key.")


def _key(word: str) -> bytes | None:
    try:
        key = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 and len(word) == 44 else None
