"""The file of API keys: strict, told by line, and never with what stands in it; and the command that adds to it."""

import hashlib
import json
import os

import pytest

from service.__main__ import main
from service.key_lines import BadKeys, parse, read
from service.keys import Key, Rate, new_key

DIGEST = "ab" * 32
KEY = {"id": "team-a", "sha256": DIGEST}


def line(**changes):
    return json.dumps(KEY | changes)


def test_a_line_says_all_that_a_key_may_do(tmp_path):
    told = line(models=["digits", "iris"], rate="100/min", at_once=8, manages=True, expires="2027-01-31T12:00:00+01:00")
    keys = parse(f"# whose keys these are\n\n{told}\n{line(id='b', sha256='cd' * 32)}\n", tmp_path)
    first, second = keys.by_digest.values()
    models = frozenset({"digits", "iris"})
    assert first == Key("team-a", models, Rate(100, 60.0), 8, True, 1801393200.0, bytes.fromhex(DIGEST))
    assert second == Key("b", digest=bytes.fromhex("cd" * 32))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2027-01-31", 1801353600), ("2027-01-31T00:00:00Z", 1801353600), ("2027-01-31T01:00+01:00", 1801353600)],
)
def test_a_day_begins_in_utc(tmp_path, text, seconds):
    (key,) = parse(line(expires=text), tmp_path).by_digest.values()
    assert key.expires_s == seconds


@pytest.mark.parametrize(("rate", "seconds"), [("5/s", 1), ("5/min", 60), ("5/h", 3600), ("5/day", 86400)], ids=str)
def test_a_rate_is_so_many_in_a_time(tmp_path, rate, seconds):
    (key,) = parse(line(rate=rate), tmp_path).by_digest.values()
    assert key.rate == Rate(5, seconds)


BAD = {
    "no-json": ("canary", "it is no JSON"),
    "the-key-itself": ("heaviside_canary", "it is no JSON"),
    "deep": ("[" * 100_000, "it is no JSON"),
    "no-object": ("[1]", "it is no JSON object"),
    "unknown-word": (line(modles=["a"]), "it has 'modles', and may have id, sha256, models, rate"),
    "no-id": (json.dumps({"sha256": DIGEST}), "it lacks id"),
    "no-hash": (json.dumps({"id": "a"}), "it lacks sha256"),
    "id-with-spaces": (line(id="canary canary"), "an id is up to 64 letters"),
    "id-with-a-line-break": (line(id="a\n"), "an id is up to 64 letters"),
    "id-is-empty": (line(id=""), "an id is up to 64 letters"),
    "short-hash": (line(sha256="canary"), "sha256 is 64 of the digits"),
    "capital-hash": (line(sha256=DIGEST.upper()), "sha256 is 64 of the digits"),
    "hash-is-a-number": (line(sha256=1), "sha256 is 64 of the digits"),
    "no-models": (line(models=[]), "models are a list of at least one name"),
    "models-is-null": (line(models=None), "models are a list of at least one name"),
    "models-is-a-word": (line(models="digits"), "models are a list of at least one name"),
    "model-is-a-path": (line(models=["../canary"]), "models are a list of at least one name"),
    "model-is-a-number": (line(models=[1]), "models are a list of at least one name"),
    "rate-of-nothing": (line(rate="0/min"), "a rate is a number per s, min, h or day"),
    "rate-in-weeks": (line(rate="1/week"), "a rate is a number per s, min, h or day"),
    "rate-is-a-number": (line(rate=5), "a rate is a number per s, min, h or day"),
    "rate-in-other-digits": (line(rate="\u0661/min"), "a rate is a number per s, min, h or day"),
    "nothing-at-once": (line(at_once=0), "at_once is a whole number from 1"),
    "at-once-is-true": (line(at_once=True), "at_once is a whole number from 1"),
    "manages-is-a-word": (line(manages="no"), "manages is true or false"),
    "expires-in-no-zone": (line(expires="2027-01-31T12:00:00"), "a key expires on a day such as 2027-01-31"),
    "expires-on-no-day": (line(expires="2027-02-31"), "a key expires on a day such as 2027-01-31"),
    "expires-at-a-number": (line(expires=1801353600), "a key expires on a day such as 2027-01-31"),
}


@pytest.mark.parametrize(("text", "complaint"), BAD.values(), ids=BAD)
def test_a_line_that_is_no_key_is_told_by_its_number_and_not_repeated(tmp_path, text, complaint):
    with pytest.raises(BadKeys, match=complaint) as caught:
        parse(f"# a comment\n{text}\n", tmp_path / "keys")
    assert str(caught.value).startswith(f"Line 2 of the keys in {tmp_path}/keys is no key: ")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        pytest.param(line(sha256="cd" * 32), "the id team-a stands in line 1 already", id="id"),
        pytest.param(line(id="b"), "it is the key of line 1", id="key"),
    ],
)
def test_two_lines_for_one_are_refused(tmp_path, second, complaint):
    with pytest.raises(BadKeys, match=f"Line 2 .*{complaint}"):
        parse(f"{line()}\n{second}\n", tmp_path)


def test_a_file_that_is_empty_is_damaged_and_one_of_comments_is_for_nobody(tmp_path):
    with pytest.raises(BadKeys, match="is empty: python -m service new-key"):
        parse("", tmp_path)
    assert not parse("# nobody\n", tmp_path).by_digest


def made(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        pytest.param(lambda path: path, "cannot be read: No such file", id="missing"),
        pytest.param(lambda path: path.parent, "cannot be read: Is a directory", id="folder"),
        pytest.param(lambda path: made(path, b"\xff"), "it is no UTF-8 text", id="no-text"),
        pytest.param(lambda path: made(path, b"#" * (5 << 20)), "are over 4 MiB", id="large"),
        pytest.param(lambda path: made(path, line().encode(), 0o602), "Anybody may change", id="for-anybody"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path, make, complaint):
    with pytest.raises(BadKeys, match=complaint):
        read(make(tmp_path / "keys"))


def test_a_key_is_found_by_its_hash_alone(tmp_path):
    key, digest = new_key()
    keys = parse(line(sha256=digest), tmp_path)
    assert digest == hashlib.sha256(key.encode()).hexdigest()
    assert keys.find(key).id == "team-a"
    assert [keys.find(other) for other in (digest, "", key + "x", "ÿ", "\ud800", key.upper())] == [None] * 6


def test_keys_are_all_different_and_long():
    keys = {new_key()[0] for _ in range(1000)}
    assert len(keys) == 1000
    assert {len(key) for key in keys} == {len("heaviside_") + 43}  # 256 bits


# What the command says.


def test_new_key_prints_a_key_once_and_keeps_its_hash(tmp_path, monkeypatch, capsys):
    path = tmp_path / "keys.jsonl"
    monkeypatch.setenv("SERVICE_API_KEYS_FILE", str(path))
    asked = ["new-key", "--id", "team-a", "--models", "digits, iris", "--rate", "100/min", "--at-once", "8"]
    assert main([*asked, "--expires", "2027-01-31", "--manages"]) == 0
    told = capsys.readouterr()
    key = told.out.strip()
    assert key not in path.read_text() + told.err
    found = read(path).find(key)
    assert (found.id, found.models, found.rate) == ("team-a", frozenset({"digits", "iris"}), Rate(100, 60.0))
    assert (found.at_once, found.manages, found.expires_s) == (8, True, 1801353600.0)
    assert path.stat().st_mode & 0o777 == 0o600


def test_new_key_adds_to_what_is_there(tmp_path, capsys):
    path = made(tmp_path / "keys", b"# ours\n" + line().encode())  # without a line break at its end
    assert main(["new-key", "--id", "b", "--file", str(path)]) == 0
    assert [key.id for key in read(path).by_digest.values()] == ["team-a", "b"]
    assert read(path).find(capsys.readouterr().out.strip()).models is None


@pytest.mark.parametrize(
    ("options", "content", "complaint"),
    [
        pytest.param(["--id", "team-a"], line(), "the id team-a stands in line 1 already", id="id-is-taken"),
        pytest.param(["--id", "b"], "rubbish", "Line 1 of the keys", id="damaged-file"),
        pytest.param(["--id", "b b"], line(), "an id is up to 64 letters", id="bad-id"),
        pytest.param(["--id", "b", "--rate", "5"], line(), "a rate is a number per", id="bad-rate"),
        pytest.param(["--id", "b", "--models", ""], line(), "take at least one", id="no-models"),
        pytest.param(["--id", "b", "--models", "a,,b"], line(), "models are a list", id="no-name"),
        pytest.param(["--id", "b", "--at-once", "0"], line(), "take at least one", id="nothing-at-once"),
        pytest.param(["--id", "b", "--at-once", "-1"], line(), "at_once is a whole number", id="less-at-once"),
        pytest.param(["--id", "b", "--expires", "soon"], line(), "a key expires on a day", id="bad-day"),
    ],
)
def test_new_key_refuses_with_a_sentence_and_changes_nothing(tmp_path, capsys, options, content, complaint):
    path = made(tmp_path / "keys", content.encode())
    assert main(["new-key", *options, "--file", str(path)]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("No key was made: ")
    assert complaint in told.err
    assert told.out == ""
    assert path.read_text() == content


@pytest.mark.parametrize("file", [None, "nowhere/keys"])
def test_new_key_needs_a_file_that_it_can_write(tmp_path, monkeypatch, capsys, file):
    monkeypatch.delenv("SERVICE_API_KEYS_FILE", raising=False)
    assert main(["new-key", "--id", "a", *([] if file is None else ["--file", str(tmp_path / file)])]) == 2
    assert ("set SERVICE_API_KEYS_FILE" if file is None else "there is no folder") in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "cannot be read: No such file"), ("", "is empty"), ("# none\n", "holds no key"), ("rubbish", "Line 1 of")],
)
def test_a_service_does_not_start_with_a_file_that_lets_nobody_in(tmp_path, monkeypatch, capsys, content, complaint):
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SERVICE_API_KEYS_FILE", str(path))
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("it has started"))
    assert main(["serve"]) == 2
    assert complaint in capsys.readouterr().err
