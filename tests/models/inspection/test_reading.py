"""Only a regular file of this machine is read, once, and what was checked is what is handed on."""

import hashlib
import os
from pathlib import Path

import pytest

from models.inspection import Limits, Refused, inspect
from tests.models.inspection import forge

GOOD = forge.archive()


def test_a_good_file_is_told_whole(inspected):
    found = inspected(GOOD)
    assert (found.kind, found.bytes, found.sha256) == ("keras", len(GOOD), hashlib.sha256(GOOD).hexdigest())
    assert (found.keras_version, found.saved, found.parameters) == ("3.15.1", "2026-01-02@03:04:05", 15)
    assert found.config["class_name"] == "Sequential"
    assert found.compile_config is None


@pytest.mark.parametrize(
    "address",
    [
        "hf://keras/bert",
        "https://example.org/model.keras",
        "gs://bucket/model.keras",
        "file:///etc/passwd",
        "s3://a/b.h5",
    ],
)
def test_an_address_is_refused_and_nothing_fetched(address):
    with pytest.raises(Refused, match="address"):
        inspect(Path(address))


def make_link(path: Path) -> None:
    (path.parent / "real.keras").write_bytes(GOOD)
    path.symlink_to(path.parent / "real.keras")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(make_link, "symbolic link", id="link"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "symbolic link", id="link-to-device"),
        pytest.param(os.mkfifo, "no regular file", id="pipe"),
        pytest.param(Path.mkdir, "no regular file", id="folder"),
        pytest.param(lambda _: None, "cannot be opened", id="nothing"),
        pytest.param(lambda path: path.write_bytes(b""), "0 bytes", id="empty"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, make, sentence):
    path = tmp_path / "model.keras"
    make(path)
    with pytest.raises(Refused, match=sentence):
        inspect(path)


def test_a_device_is_refused():
    with pytest.raises(Refused, match="no regular file"):
        inspect(Path("/dev/zero"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("model.pkl", GOOD, id="other-name"),
        pytest.param("model.h5", GOOD, id="archive-named-h5"),
        pytest.param("model.keras", forge.weights(), id="h5-named-keras"),
        pytest.param("model.keras", b"\x80\x04\x95pickle", id="pickle"),
        pytest.param("model.hdf5", b"<html>not found</html>", id="web-page"),
    ],
)
def test_a_file_must_be_what_its_name_says(refusal, name, content):
    assert refusal(content, name).rule == "file"


def test_a_file_above_the_limit_is_not_read(tmp_path):
    path = tmp_path / "model.keras"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse: a terabyte that takes no room
    with pytest.raises(Refused, match="bytes") as caught:
        inspect(path)
    assert caught.value.rule == "size"


def test_what_is_copied_is_what_was_checked_even_if_the_file_changes(tmp_path, inspected):
    found = inspected(GOOD)
    found.path.write_bytes(b"something else")
    (tmp_path / "out").mkdir()
    assert found.copy_to(tmp_path / "out").read_bytes() == GOOD


def test_a_copy_overwrites_nothing_and_follows_no_link(tmp_path, inspected):
    found = inspected(GOOD)
    folder = tmp_path / "out"
    folder.mkdir()
    assert found.copy_to(folder).read_bytes() == GOOD
    with pytest.raises(FileExistsError):
        found.copy_to(folder)
    (folder / "model.keras").unlink()
    (folder / "model.keras").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"exists|symbolic"):
        found.copy_to(folder)
    assert not (tmp_path / "elsewhere").exists()


def test_limits_are_limits(refusal):
    assert refusal(GOOD, limits=Limits(file_bytes=100)).rule == "size"
    assert refusal(GOOD, limits=Limits(member_bytes=100)).rule == "bomb"
    assert refusal(GOOD, limits=Limits(archive_bytes=100)).rule == "bomb"
    assert refusal(GOOD, limits=Limits(json_depth=3)).rule == "depth"
    assert refusal(GOOD, limits=Limits(json_nodes=10)).rule == "nodes"
    assert refusal(GOOD, limits=Limits(parameters=14)).rule == "parameters"
