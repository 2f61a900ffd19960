"""Who vouches for a version: keys, and the signatures in manifest.json.sig. Knows bytes, not what a manifest holds.

A signature (Ed25519, RFC 8032) covers the name and number of a version and the very bytes of its manifest.json, which
holds the hash of every other file: no signed version can be changed, renamed or given another number unnoticed.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import BadKey, BadVersion, listed, quoted

SIGNATURE_FILE = "manifest.json.sig"
LARGEST_SIGNATURES = 64 * 1024  # bytes: some 500 signatures

_LINE = re.compile(r"ed25519 ([0-9a-f]{16}) ([A-Za-z0-9+/]{85}[AQgw]==)")  # of one spelling


@dataclass(frozen=True)
class Keyring:
    """Public keys of those whose signatures are trusted: at least one."""

    keys: Mapping[str, bytes]  # id -> 32 bytes

    def check(self, name: str, number: int, manifest: bytes, signatures: bytes | None) -> str:
        """The id of a trusted key that signed this manifest for this name and number; `signatures` is the file's bytes.

        Raises BadVersion where none did.
        """
        if signatures is None:
            raise BadVersion(f"It is not signed, and only versions signed by {self} are trusted. {_REMEDY}")
        signed = _signatures(signatures)
        if not (ours := {key: signed[key] for key in self.keys if key in signed}):
            raise BadVersion(f"It is signed by {listed(signed)}, and only {self} are trusted. {_REMEDY}")
        for key, signature in ours.items():
            if _is_signed(self.keys[key], signature, message(name, number, manifest)):
                return key
        raise BadVersion(
            f"manifest.json is not what {listed(ours)} signed: it was changed, or the version was "
            f"renamed or given another number. {_REMEDY}"
        )

    def __str__(self) -> str:
        return listed(self.keys)


_REMEDY = "Publish it with MODEL_SIGNING_KEY, or sign it with `python -m models sign`."


class SigningKey:
    """A private key."""

    def __init__(self, private: Any) -> None:
        self._private = private

    @property
    def public(self) -> str:
        """The public key as it is told to others: 44 characters of base64."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    @property
    def id(self) -> str:
        """What a signature and a message say of the key."""
        return key_id(self._private.public_key().public_bytes_raw())

    def sign(self, name: str, number: int, manifest: bytes) -> str:
        """A line of manifest.json.sig."""
        signature = self._private.sign(message(name, number, manifest))
        return f"ed25519 {self.id} {base64.b64encode(signature).decode()}\n"


def message(name: str, number: int, manifest: bytes) -> bytes:
    """What is signed. A name holds no line's end, so no two versions have the same message."""
    return f"heaviside version 1\n{name}\n{number}\n".encode() + manifest


def signers(signatures: bytes) -> list[str]:
    """The ids of the keys in a file of signatures, none of which is checked here. Raises BadVersion."""
    return list(_signatures(signatures))


def key_id(public: bytes) -> str:
    """A public key's first 16 digits of SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def with_signature(line: str, signatures: bytes) -> bytes:
    """The contents of manifest.json.sig with one more signature; an earlier one of the same key goes.

    Raises BadVersion where `signatures` are none.
    """
    key = line.split()[1]
    kept = [f"ed25519 {other} {_told(value)}\n" for other, value in _signatures(signatures).items() if other != key]
    return "".join([*kept, line]).encode()


def _signatures(content: bytes) -> dict[str, bytes]:
    """Key id -> signature, in their order. Raises BadVersion."""
    if len(content) > LARGEST_SIGNATURES:
        raise BadVersion(f"{SIGNATURE_FILE} has more than {LARGEST_SIGNATURES} bytes. {_REMEDY}")
    signatures = {}
    for line in content.decode("utf-8", "replace").splitlines():
        if not (match := _LINE.fullmatch(line)):
            raise BadVersion(f"{SIGNATURE_FILE}: {quoted(line)} is no signature. Sign the version again.")
        signatures[match[1]] = base64.b64decode(match[2])
    return signatures


def _told(signature: bytes) -> str:
    return base64.b64encode(signature).decode()


def _is_signed(public: bytes, signature: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # as in `library`

    try:
        library()[1].Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def is_forgeable(public: bytes) -> bool:
    """Whether anybody can sign for this key, as for the 32 zeros of a placeholder: a point of small order.

    Under such a key a signature without any secret (R the identity, S zero) holds for every eighth message at least.
    """
    nobody = bytes([1]) + bytes(63)
    return any(_is_signed(public, nobody, bytes([content])) for content in range(128))


def library() -> tuple[Any, Any]:
    """The modules `serialization` and `ed25519` of cryptography. Raises BadKey where it is not installed."""
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # an extra, for signed stores only
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415
    except ImportError as error:
        raise BadKey("Signatures take the package cryptography: install the extra `signing`.") from error
    return serialization, ed25519
