"""What an API key may do, and whose key is whose by its hash. Knows no file and no request.

A key is 256 random bits, made by `python -m service new-key`. SHA-256 is enough for these: salts and slow hashes are
there for what people think up, which can be guessed.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

_PREFIX = "heaviside_"  # by which those who look for lost secrets find ours
_NO_DIGEST = bytes(32)


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    period_s: float


@dataclass(frozen=True)
class Key:
    """What whoever has a key may do."""

    id: str
    models: frozenset[str] | None = None  # those that it may ask and see; None: all, and what concerns all, as metrics
    rate: Rate | None = None
    at_once: int | None = None  # requests under way in each worker; None: as the settings have it
    manages: bool = False  # may load and unload models, where the settings let clients do so
    expires_s: float | None = None  # since 1970
    digest: bytes = _NO_DIGEST  # SHA-256 of the key


NOBODY = Key("", frozenset())  # who has no key, where one is not needed


@dataclass(frozen=True)
class Keys:
    """All keys of a file, by their digests."""

    by_digest: Mapping[bytes, Key]

    def find(self, key: str) -> Key | None:
        """Whose key this is.

        How long a look at the table takes tells something of digests at most, from which no key can be found; the
        comparison that decides takes as long whatever it finds.
        """
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        found = self.by_digest.get(digest)
        return found if hmac.compare_digest(found.digest if found else _NO_DIGEST, digest) else None


def new_key() -> tuple[str, str]:
    """A key, and its digest for the file."""
    key = _PREFIX + secrets.token_urlsafe(32)
    return key, hashlib.sha256(key.encode()).hexdigest()
