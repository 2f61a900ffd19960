"""A certificate that a test makes for localhost, and a client that trusts it alone."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.live.server import PATIENCE_S, Server

pytest.importorskip("cryptography", reason="makes the certificates of these tests")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Certificate:
    """Two files in PEM."""

    cert: Path
    key: Path

    def settings(self) -> dict[str, str]:
        return {"SERVICE_TLS_CERT": str(self.cert), "SERVICE_TLS_KEY": str(self.key)}

    def trusting(self) -> ssl.SSLContext:
        """What a client who knows this certificate has."""
        return ssl.create_default_context(cafile=str(self.cert))


def make(folder: Path, passphrase: bytes = b"") -> Certificate:
    """Overwrite the certificate of a folder with a new one, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "localhost")])
    hosts = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(hosts, critical=False)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = builder.sign(key, hashes.SHA256())
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    hidden = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    made.cert.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, hidden))
    return made


def call(server: Server, context: ssl.SSLContext, method: str, path: str, body: bytes = b"", **headers: str):
    """Status, body, and the certificate that was shown."""
    connection = HTTPSConnection("127.0.0.1", server.port, timeout=PATIENCE_S, context=context)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
        shown = connection.sock.getpeercert(binary_form=True)
        response = connection.getresponse()
        return response.status, response.read(), shown
    finally:
        connection.close()
