"""TLS as gunicorn and Granian speak it, with a certificate of our own."""

import signal
import socket
import ssl
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.live import certificates
from tests.live.server import PATIENCE_S, ROOT

ROWS = b'{"instances": [[1, 2, 3, 4]]}'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("certificate"))


def is_ready(server, context):
    try:
        return certificates.call(server, context, "GET", "/readyz")[0] == 200
    except OSError:
        return False


@pytest.fixture(scope="module", params=["settings", "gunicorn's-arguments"])
def secure(request, kind, launch, zoo, certificate):
    """A server with a certificate, in whichever way it was given."""
    if request.param == "settings":
        server = launch(zoo, **certificate.settings())
    elif kind == "gunicorn":
        server = launch(zoo, GUNICORN_CMD_ARGS=f"--certfile={certificate.cert} --keyfile={certificate.key}")
    else:
        pytest.skip("Granian has none")
    context = certificate.trusting()
    server.wait_until(lambda: is_ready(server, context))
    return server


def test_a_client_that_trusts_the_certificate_is_answered(secure, certificate):
    for size in (len(ROWS), 3_000_000):  # more than a record of TLS, and than a buffer of the system
        answer = certificates.call(
            secure, certificate.trusting(), "POST", "/models/flowers/predict", ROWS.ljust(size), Connection="close"
        )
        assert (answer[0], b"predictions" in answer[1]) == (200, True)


def test_a_client_that_does_not_trust_it_gives_up(secure):
    with pytest.raises(ssl.SSLCertVerificationError):
        certificates.call(secure, ssl.create_default_context(), "GET", "/livez")


def test_what_is_no_tls_gets_no_answer_and_disturbs_nobody(secure, certificate):
    for sent in (b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"rubbish", b""):
        connection = socket.create_connection(("127.0.0.1", secure.port), timeout=PATIENCE_S)
        with connection, suppress(OSError):  # a server that closes at once does so between these
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert b"200 OK" not in connection.recv(1000)
    assert is_ready(secure, certificate.trusting())
    assert [line for line in secure.complaints() if line["logger"] != "_granian.workers"] == []


def test_clients_that_do_not_shake_hands_keep_nobody_out(secure, certificate):
    waiting = [socket.create_connection(("127.0.0.1", secure.port), timeout=PATIENCE_S) for _ in range(50)]
    assert is_ready(secure, certificate.trusting())
    for connection in waiting:
        connection.close()


def test_old_protocols_are_not_spoken(secure, certificate):
    context = certificate.trusting()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):  # noqa: PT011  # which of them depends on the library
        certificates.call(secure, context, "GET", "/livez")


def test_a_new_certificate_is_shown_after_sighup(kind, launch, zoo, tmp_path):
    if kind == "granian":
        pytest.skip("Granian's operators start it again: docs/deployment.md")
    old = certificates.make(tmp_path)
    context = old.trusting()
    server = launch(zoo, **old.settings())
    server.wait_until(lambda: is_ready(server, context))
    new = certificates.make(tmp_path).trusting()
    assert not is_ready(server, new)
    server.process.send_signal(signal.SIGHUP)
    server.wait_until(lambda: is_ready(server, new))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(lambda made: made.key.unlink(), "cannot be read (No such file or directory)", id="no-key"),
        pytest.param(lambda made: made.cert.write_text("rubbish"), "are no certificate with its private", id="rubbish"),
        pytest.param(lambda made: certificates.make(made.key.parent, b"x"), "without a passphrase", id="passphrase"),
        pytest.param(
            lambda made: made.key.write_bytes(certificates.make(_sibling(made.key.parent)).key.read_bytes()),
            "are no certificate with its private key",
            id="another's-key",
        ),
    ],
)  # fmt: skip
def test_a_certificate_that_cannot_be_used_ends_the_start_with_a_sentence(tmp_path, damage, complaint):
    made = certificates.make(tmp_path)
    damage(made)
    command = [sys.executable, "-m", "service", "serve"]
    result = subprocess.run(
        command, cwd=ROOT, env=made.settings(), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (result.returncode, complaint in result.stderr) == (2, True), result.stderr


def _sibling(folder):
    other = folder / "other"
    other.mkdir()
    return other
