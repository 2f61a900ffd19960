"""The server's side of TLS: its certificate and private key. Knows no server."""

import ssl
from pathlib import Path
from typing import Any

OLDEST = ssl.TLSVersion.TLSv1_2


class BadCertificate(ValueError):
    """A certificate or key that cannot be used. Raised at start only."""


def check(certificate: Path, key: Path) -> None:
    """Raises BadCertificate with a sentence."""
    for path in (certificate, key):
        try:
            path.open("rb").close()
        except OSError as error:
            raise BadCertificate(f"{path} cannot be read ({error.strerror}); TLS needs it, in PEM.") from error
    load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate, key)


def load(context: Any, certificate: str | Path, key: str | Path | None) -> None:
    """Give a context its certificate. Raises BadCertificate."""
    context.minimum_version = OLDEST
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise BadCertificate(
            f"{certificate} and {key} are no certificate with its private key, in PEM, without a passphrase: {reason}."
        ) from error


def _no_passphrase() -> str:
    """Nobody is there to be asked for one."""
    raise ValueError("the key has a passphrase")
