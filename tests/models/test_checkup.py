"""`python -m models verify` says line by line what is wrong with a store; `sign` and `new-key` say what they did."""

import json
import os
import time

import pytest

from models.__main__ import main
from models.signing import SIGNATURE_FILE
from models.store import REMOVED_PREFIX, STAGING_PREFIX, STALE_STAGING_S, Store
from tests.models.keys import some_key


@pytest.fixture(autouse=True)
def nobody_trusted(monkeypatch):
    for variable in ("SERVICE_TRUSTED_KEYS", "MODEL_SIGNING_KEY"):
        monkeypatch.delenv(variable, raising=False)


def run(store, *arguments):
    return main(["--store", str(store.root), *map(str, arguments)])


def two_files_damaged(flowers):
    (flowers / "1" / "model.onnx").write_bytes(b"")
    (flowers / "1" / "golden.npz").unlink()


def manifest_gone(flowers):
    (flowers / "1" / "manifest.json").unlink()


def manifest_a_pipe(flowers):
    (flowers / "1" / "manifest.json").unlink()
    os.mkfifo(flowers / "1" / "manifest.json")


def label_nowhere(flowers):
    (flowers / "labels").mkdir()
    (flowers / "labels" / "stable").write_text("7\n")


def label_of_no_number(flowers):
    (flowers / "labels").mkdir()
    (flowers / "labels" / "stable").write_text("first\n")


def traffic_to_nobody(flowers):
    (flowers / "traffic.json").write_text('{"split": {"canary": 1}}')


def traffic_of_no_json(flowers):
    (flowers / "traffic.json").write_text("{")


def signature_of_nobody(flowers):
    (flowers / "1" / SIGNATURE_FILE).write_text("trust me\n")


BAD = [
    (two_files_damaged, ["flowers/1/model.onnx is truncated", "flowers/1/golden.npz cannot be read"]),
    (manifest_gone, ["flowers/1/manifest.json cannot be read"]),
    (manifest_a_pipe, ["flowers/1/manifest.json cannot be read (Is no regular file)"]),
    (label_nowhere, ["flowers/labels/stable points at version 7, which is not there"]),
    (label_of_no_number, ["flowers/labels/stable holds no version number"]),
    (traffic_to_nobody, ["flowers/traffic.json names the label 'canary', which leads to no version"]),
    (traffic_of_no_json, ["flowers/traffic.json: This is no JSON"]),
    (signature_of_nobody, ["flowers/1: manifest.json.sig: 'trust me' is no signature"]),
]


@pytest.mark.parametrize(("damage", "lines"), BAD, ids=lambda case: getattr(case, "__name__", ""))
def test_what_is_refused_or_leads_nowhere_is_bad(own_zoo, capsys, damage, lines):
    damage(own_zoo.root / "flowers")
    assert run(own_zoo, "verify", "flowers") == 1
    output = capsys.readouterr().out
    for line in lines:
        assert f"BAD   {line}" in output


def extra_file(flowers):
    (flowers / "1" / "notes.txt").write_text("mine")


def file_with_an_escape_in_its_name(flowers):
    (flowers / "1" / "\x1b[2J").write_text("")


def file_that_is_a_link(flowers):
    (flowers / "1" / "history.txt").symlink_to("/dev/null")


def file_for_everybody(flowers):
    (flowers / "1" / "README.md").chmod(0o666)


def old_staging(flowers):
    folder = flowers / f"{STAGING_PREFIX}old"
    folder.mkdir()
    day_before = time.time() - STALE_STAGING_S - 1
    os.utime(folder, (day_before, day_before))


def half_pruned(flowers):
    (flowers / f"{REMOVED_PREFIX}1").mkdir()


def stranger(flowers):
    (flowers / "2.bak").mkdir()


def stranger_among_labels(flowers):
    (flowers / "labels").mkdir()
    (flowers / "labels" / ".stable-1").write_text("1")


ODD = [
    (extra_file, "flowers/1/notes.txt was not published with the version"),
    (file_with_an_escape_in_its_name, r"flowers/1/'\x1b[2J' was not published"),
    (file_that_is_a_link, "flowers/1/history.txt is a link to /dev/null"),
    (file_for_everybody, "flowers/1/README.md may be changed by every user of this machine"),
    (old_staging, f"flowers/{STAGING_PREFIX}old was left by a training that was killed"),
    (half_pruned, f"flowers/{REMOVED_PREFIX}1 was left by a `prune` that was killed"),
    (stranger, "flowers/2.bak is nothing that a store knows"),
    (stranger_among_labels, "flowers/labels/.stable-1 is no label"),
]


@pytest.mark.parametrize(("change", "line"), ODD, ids=lambda case: getattr(case, "__name__", ""))
def test_what_does_no_harm_by_itself_is_odd_and_fails_nothing(own_zoo, capsys, change, line):
    change(own_zoo.root / "flowers")
    assert run(own_zoo, "verify", "flowers") == 0
    output = capsys.readouterr().out
    assert "good  flowers version 1\n" in output
    assert f"odd   {line}" in output


def test_a_training_at_work_and_a_withdrawn_version_are_neither(own_zoo, republish, capsys):
    republish(own_zoo, own_zoo.version("flowers"))
    assert run(own_zoo, "rollback", "flowers") == 0
    with own_zoo.staging("flowers"):
        (own_zoo.root / "flowers" / ".training").mkdir()
        capsys.readouterr()
        assert run(own_zoo, "verify", "flowers") == 0
    assert capsys.readouterr().out == "good  flowers version 1\n"


def test_one_version_alone_is_verified_without_its_neighbours(own_zoo, republish, capsys):
    republish(own_zoo, own_zoo.version("flowers"))
    two_files_damaged(own_zoo.root / "flowers")
    assert run(own_zoo, "verify", "flowers", 2) == 0
    assert run(own_zoo, "verify", "flowers", 1) == 1
    assert run(own_zoo, "verify", "roses") == 1
    assert "There is no model 'roses'" in capsys.readouterr().err


def test_the_findings_can_be_had_as_json(own_zoo, capsys):
    label_nowhere(own_zoo.root / "flowers")
    assert run(own_zoo, "verify", "flowers", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert [(finding["level"], finding["version"]) for finding in document["findings"]] == [("good", 1), ("BAD", None)]


def test_who_signed_is_told_and_checked_where_keys_are_given(own_zoo, tmp_path, capsys):
    pytest.importorskip("cryptography", reason="signatures are an extra")
    key, other = some_key(tmp_path), some_key(tmp_path, "other")
    assert run(own_zoo, "sign", "flowers", "--key", tmp_path / "signer.pem") == 0
    assert run(own_zoo, "verify", "flowers") == 0
    assert run(own_zoo, "verify", "flowers", "--keys", key.public) == 0
    assert capsys.readouterr().out == (
        f"flowers version 1 is signed by {key.id}\n"
        f"good  flowers version 1, signed by {key.id} (not checked)\n"
        f"good  flowers version 1, signed by {key.id}\n"
    )
    assert run(own_zoo, "verify", "flowers", "--keys", other.public) == 1
    assert f"BAD   flowers/1: It is signed by {key.id}, and only {other.id} are trusted." in capsys.readouterr().out
    assert run(own_zoo, "verify", "tags", "--keys", other.public) == 1
    assert "BAD   tags/1: It is not signed" in capsys.readouterr().out


def test_a_key_is_made_told_again_and_named_by_the_environment(own_zoo, tmp_path, capsys, monkeypatch):
    pytest.importorskip("cryptography", reason="signatures are an extra")
    assert run(own_zoo, "new-key", tmp_path / "key.pem") == 0
    public = capsys.readouterr().out
    assert run(own_zoo, "public-key", tmp_path / "key.pem") == 0
    assert capsys.readouterr().out == public
    assert run(own_zoo, "new-key", tmp_path / "key.pem") == 1
    assert "is there already, and a key is never overwritten" in capsys.readouterr().err
    assert run(own_zoo, "sign", "flowers") == 1
    assert "Which key? Name its file: --key FILE, or MODEL_SIGNING_KEY." in capsys.readouterr().err
    monkeypatch.setenv("MODEL_SIGNING_KEY", str(tmp_path / "key.pem"))
    monkeypatch.setenv("SERVICE_TRUSTED_KEYS", public.split()[0])
    assert run(own_zoo, "sign", "flowers", 1) == 0
    assert run(own_zoo, "verify", "flowers") == 0
    assert run(own_zoo, "verify", "tags") == 1


def test_an_empty_store_is_told_to_be_empty(tmp_path, capsys):
    assert run(Store(tmp_path), "verify") == 0
    assert capsys.readouterr().out == f"{tmp_path} holds no model.\n"
