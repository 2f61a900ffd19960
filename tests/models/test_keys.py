"""Keys are read strictly, and a private one is nobody's business but its owner's."""

import base64
import os
import subprocess
import sys

import pytest

from models.errors import BadKey
from models.keys import new_key, read_keyring, read_signing_key
from tests.models.keys import some_key

pytest.importorskip("cryptography", reason="signatures are an extra")

SHORT = "AAAA"


def test_a_new_key_is_for_its_owner_alone_and_reads_back(tmp_path):
    key = new_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    assert read_signing_key(tmp_path / "key.pem").public == key.public
    assert key.sign("a", 1, b"m") == read_signing_key(tmp_path / "key.pem").sign("a", 1, b"m")


def test_a_new_key_overwrites_nothing(tmp_path):
    before = some_key(tmp_path).public
    with pytest.raises(FileExistsError):
        some_key(tmp_path)
    assert read_signing_key(tmp_path / "signer.pem").public == before


def test_a_key_that_everybody_may_read_is_refused(tmp_path):
    some_key(tmp_path)
    (tmp_path / "signer.pem").chmod(0o644)
    with pytest.raises(BadKey, match="chmod 600"):
        read_signing_key(tmp_path / "signer.pem")


@pytest.mark.parametrize("kind", ["nothing", "words", "other algorithm", "password", "folder"])
def test_what_is_no_private_key_is_refused_without_repeating_it(tmp_path, kind):
    path = tmp_path / "key.pem"
    content = made_by_a_library(kind)
    path.mkdir(0o700) if content is None else path.write_bytes(content)
    path.chmod(0o700)
    with pytest.raises(BadKey, match=r"key\.pem") as caught:
        read_signing_key(path)
    assert "PRIVATE" not in str(caught.value)


def made_by_a_library(kind):
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # an extra
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519  # noqa: PLC0415

    if kind in ("nothing", "words", "folder"):
        return {"nothing": b"", "words": b"-----BEGIN PRIVATE KEY-----\nsecret\n"}.get(kind)
    if kind == "password":
        private, hidden = ed25519.Ed25519PrivateKey.generate(), serialization.BestAvailableEncryption(b"word")
    else:
        private, hidden = ec.generate_private_key(ec.SECP256R1()), serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)


def test_public_keys_are_words_files_and_folders(tmp_path):
    keys = [some_key(tmp_path, f"key{place}") for place in range(4)]
    folder = tmp_path / "trusted"
    folder.mkdir()
    (folder / "b.pub").write_text(f"# the second\n\n{keys[1].public} {keys[1].id}\n{keys[2].public}# no space\n")
    (folder / ".data").mkdir()  # as a mounted secret has it
    (tmp_path / "one.pub").write_text(keys[3].public)
    keyring = read_keyring(f"{keys[0].public} {keys[0].id}, {folder},{tmp_path / 'one.pub'}")
    assert list(keyring.keys) == [key.id for key in keys]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (",", "none is there"),
        ("nowhere.pub", "neither a public key"),
        (SHORT, "neither a public key"),
        ("empty", "holds no public key"),
        ("folder", "holds no public key"),
        ("wrong", "line 2: 'AAAA' is no public key"),
        ("private", "holds a private key: keep it away"),
        ("pipe", "Is no regular file"),
    ],
)
def test_a_word_that_is_no_public_key_is_refused(tmp_path, words, fault):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_text("# nobody\n")
    (tmp_path / "wrong").write_text(f"{some_key(tmp_path).public}\n{SHORT}\n")
    (tmp_path / "signer.pem").rename(tmp_path / "private")
    os.mkfifo(tmp_path / "pipe")
    word = str(tmp_path / words) if (tmp_path / words).exists() and words != "," else words
    with pytest.raises(BadKey, match=fault):
        read_keyring(word)


@pytest.mark.parametrize(
    "point",
    [
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    ],
    ids=["zeros", "identity", "order 2", "order 8"],
)
def test_a_key_that_anybody_can_sign_for_is_refused(point):
    with pytest.raises(BadKey, match="Anybody can sign for the key"):
        read_keyring(base64.b64encode(bytes.fromhex(point)).decode())


def test_without_the_library_a_key_says_what_to_install():
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from models.keys import read_keyring\n"
        f"read_keyring({'A' * 43 + '='!r})"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "BadKey: Signatures take the package cryptography: install the extra `signing`." in result.stderr
