"""A body becomes a JSON object within the limits, or is refused."""

import gzip
import json
import math
import zlib

import pytest

from service import errors
from service.bodies import decompressed, json_object

LIMIT = 1_000_000


def read(body, encoding):
    return json_object(decompressed(body, encoding, LIMIT), LIMIT)


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("", bytes),
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:5]) + gzip.compress(body[5:])),
        ("deflate", zlib.compress),
        ("", lambda body: b"\xef\xbb\xbf" + body),
    ],
    ids=["none", "identity", "gzip", "upper-case", "x-gzip", "two-gzip-members", "deflate", "byte-order-mark"],
)
def test_a_body_may_be_compressed(encoding, compress):
    assert read(compress(b'{"a": [1, 2.5]}'), encoding) == {"a": [1, 2.5]}


def test_numbers_that_json_does_not_know_reach_the_check_that_tells_their_place():
    document = read(b'{"a": [NaN, -Infinity, 1e999]}', "")
    assert math.isnan(document["a"][0])
    assert document["a"][1:] == [-math.inf, math.inf]


@pytest.mark.parametrize(
    ("body", "encoding", "error", "complaint"),
    [
        pytest.param(b"", "", errors.InvalidJSON, "empty", id="empty"),
        pytest.param(b"instances=1", "", errors.InvalidJSON, "not valid JSON", id="form"),
        pytest.param(b'{"a": 1', "", errors.InvalidJSON, "not valid JSON", id="truncated"),
        pytest.param(b'{"a": 1}}', "", errors.InvalidJSON, "not valid JSON", id="trailing"),
        pytest.param(b'{"a": "\xff"}', "", errors.InvalidJSON, "not valid JSON", id="not-utf-8"),
        pytest.param(b"[[1]]", "", errors.InvalidJSON, "must be a JSON object", id="array"),
        pytest.param(b"null", "", errors.InvalidJSON, "must be a JSON object", id="null"),
        pytest.param(b"[" * 100_000, "", errors.InvalidJSON, "not valid JSON", id="deep-array"),
        pytest.param(b'{"a":' * 100_000, "", errors.InvalidJSON, "not valid JSON", id="deep-object"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "", errors.InvalidJSON, "not valid JSON", id="5000-digits"),
        pytest.param(b"{}", "br", errors.UnsupportedEncoding, "'br'", id="unsupported-encoding"),
        pytest.param(b"{}", "gzip", errors.InvalidCompression, "not valid gzip", id="not-gzip"),
        pytest.param(gzip.compress(b"{}") + b"x", "gzip", errors.InvalidCompression, "gzip", id="more-behind-gzip"),
        pytest.param(b"{" + b"[]," * 200_000, "", errors.BodyTooLarge, "too many values", id="too-many-values"),
        pytest.param(gzip.compress(b"{}")[:-9], "gzip", errors.InvalidCompression, "truncated", id="truncated-gzip"),
        pytest.param(gzip.compress(b" " * LIMIT + b"{}"), "gzip", errors.BodyTooLarge, "1000000 bytes", id="gzip-bomb"),
        pytest.param(b" " * LIMIT + b"{}", "", errors.BodyTooLarge, "1000000 bytes", id="too-large"),
        pytest.param(zlib.compress(b" " * LIMIT + b"{}"), "deflate", errors.BodyTooLarge, "1000000", id="deflate-bomb"),
    ],
)
def test_bad_bodies_are_refused(body, encoding, error, complaint):
    with pytest.raises(error, match=complaint):
        read(body, encoding)


def test_a_body_of_just_the_limit_is_taken():
    body = json.dumps({"a": "x" * (LIMIT - 9)}).encode()
    assert len(body) == LIMIT
    assert read(gzip.compress(body), "gzip")
