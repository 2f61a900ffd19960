"""An archive holds three members as Keras writes them, and is otherwise refused: no member is ever extracted."""

import json
import struct
import zipfile
import zlib

import pytest

from tests.models.inspection import forge

GOOD = forge.archive()
METADATA = json.dumps(forge.METADATA).encode()
CONFIG = json.dumps(forge.sequential(forge.dense())).encode()
MEMBERS = ((b"metadata.json", METADATA), (b"config.json", CONFIG), (b"model.weights.h5", forge.weights()))


def raw(**changes):
    return forge.raw_archive(*MEMBERS, **changes)


def deflated(content, **changes):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = stream.compress(content) + stream.flush()
    told = {"method": 8, "crc": zlib.crc32(content), "size": len(content), "local_size": len(content)} | changes
    return forge.raw_archive(*MEMBERS[:2], (b"model.weights.h5", packed), **told)


def test_archives_by_hand_and_by_zipfile_pass_stored_and_deflated(inspected):
    for content in (GOOD, raw(), forge.archive(method=zipfile.ZIP_DEFLATED), deflated(MEMBERS[2][1])):
        assert inspected(content).parameters == 15


@pytest.mark.parametrize(
    "name",
    [
        "assets/layers/text/vocabulary.txt",
        "../../../etc/cron.d/evil",
        "/etc/passwd",
        "..\\evil.exe",
        "model.weights.npz",
        "config.json/",
        "CONFIG.JSON",
        "config.json\x00.txt",
        "evil.py",
        "assets/",
        "\u217donfig.json",
    ],
)
def test_a_member_that_does_not_belong_is_refused(refusal, name):
    assert refusal(forge.raw_archive(*MEMBERS[:2], (name.encode(), b"x"))).rule == "member"
    assert refusal(forge.raw_archive(*MEMBERS, (name.encode(), b"x"))).rule == "member"


@pytest.mark.parametrize("missing", range(3))
def test_a_member_that_is_missing_is_named(refusal, missing):
    left = [member for index, member in enumerate(MEMBERS) if index != missing]
    refused = refusal(forge.raw_archive(*left))
    assert (refused.rule, refused.part) == ("member", MEMBERS[missing][0].decode())


def test_two_members_of_one_name_are_refused(refusal):
    assert refusal(forge.raw_archive(*MEMBERS[:2], MEMBERS[1])).rule == "member"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        pytest.param(raw(mode=0o120777), "link", id="symbolic-link"),
        pytest.param(raw(mode=0o040755), "link", id="folder"),
        pytest.param(raw(mode=0o020666), "link", id="device"),
        pytest.param(raw(flags=1), "archive", id="encrypted"),
        pytest.param(raw(flags=8), "archive", id="streamed"),
        pytest.param(raw(flags=0x40), "archive", id="strongly-encrypted"),
        pytest.param(raw(method=12), "archive", id="bzip2"),
        pytest.param(raw(method=14), "archive", id="lzma"),
        pytest.param(raw(method=93), "archive", id="zstandard"),
        pytest.param(raw(method=99), "archive", id="aes"),
        pytest.param(raw(extra=struct.pack("<HHQ", 1, 8, 1 << 40)), "archive", id="zip64-extra"),
        pytest.param(raw(extra=struct.pack("<HH5s", 0x7075, 5, b"\1evil")), "archive", id="unicode-path-extra"),
        pytest.param(raw(comment=b"PK\6\7" + bytes(16)), "archive", id="zip64-locator-in-comment"),
        pytest.param(raw(local_name=b"model.weights.py"), "archive", id="other-name-in-front"),
        pytest.param(raw(local_size=7), "archive", id="other-size-in-front"),
        pytest.param(raw(offset=0), "archive", id="two-entries-for-the-same-bytes"),
        pytest.param(raw(offset=1 << 31), "archive", id="beyond-the-end"),
        pytest.param(raw(size=1 << 31, local_size=1 << 31), "bomb", id="declares-two-gigabytes"),
        pytest.param(raw(crc=1), "damaged", id="checksum"),
        pytest.param(b"#!/bin/sh\nexit\n" + GOOD, "file", id="script-in-front"),
        pytest.param(GOOD + b"\0", "archive", id="byte-behind"),
        pytest.param(GOOD + GOOD, "archive", id="two-archives"),
        pytest.param(raw() + forge.weights(), "archive", id="hdf5-behind"),
        pytest.param(GOOD[:-2] + b"\5\0hello", "archive", id="comment"),
        pytest.param(GOOD[:-12] + b"\xff\xff" + GOOD[-10:], "archive", id="65535-members"),
        pytest.param(b"PK\5\6" + bytes(18), "file", id="empty-archive"),
        pytest.param(b"PK\3\4", "archive", id="four-bytes"),
    ],
)
def test_a_header_that_lies_is_refused(refusal, content, rule):
    assert refusal(content).rule == rule


def test_the_directory_must_lie_right_behind_the_members(refusal):
    end = GOOD.rindex(b"PK\5\6")
    start = struct.unpack_from("<L", GOOD, end + 16)[0]
    gap = GOOD[:start] + b"gap!" + GOOD[start:end] + GOOD[end : end + 16] + struct.pack("<LH", start + 4, 0)
    assert refusal(gap).rule == "archive"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        pytest.param(deflated(bytes(1 << 26)), "damaged", id="honest-bomb-is-no-hdf5"),
        pytest.param(deflated(bytes(1 << 26), size=1000, local_size=1000), "bomb", id="says-that-it-is-small"),
        pytest.param(deflated(b"short", size=1000, local_size=1000), "bomb", id="says-that-it-is-large"),
        pytest.param(deflated(MEMBERS[2][1], size=1 << 31, local_size=1 << 31), "bomb", id="says-two-gigabytes"),
    ],
)
def test_no_more_is_uncompressed_than_a_member_says_and_may_have(refusal, content, rule):
    assert refusal(content).rule == rule


def test_a_bomb_in_the_configuration_is_bounded_by_its_size(refusal):
    bomb = b'{"a": "' + b" " * (1 << 25) + b'"}'
    assert refusal(forge.archive(bomb, method=zipfile.ZIP_DEFLATED)).rule == "bomb"
