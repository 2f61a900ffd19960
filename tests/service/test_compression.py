"""Answers are compressed where a client asks for it, and say so."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.compression import compressed
from service.responses import Reply, json_reply, reply

DECOMPRESS = {"gzip": gzip.decompress, "deflate": zlib.decompress}


def content(answer):
    return b"".join(answer.body)


@given(st.lists(st.binary()), st.sampled_from(sorted(DECOMPRESS)))
def test_what_is_compressed_comes_out_as_it_went_in(parts, encoding):
    answer = compressed(Reply(200, [("Content-Type", "text/plain")], parts), encoding)
    assert DECOMPRESS[encoding](content(answer)) == b"".join(parts)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("GZip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("deflate,gzip", "deflate"),
        ("br, zstd, gzip", "gzip"),
        (" gzip ; q=1 ", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=0, deflate", "deflate"),
        ("gzip;q=0.000,deflate;q=0.5", "deflate"),
        ("gzip; Q=0.0, deflate", "deflate"),
    ],
)
def test_the_first_known_encoding_is_taken_that_is_not_ruled_out(accepted, encoding):
    answer = compressed(json_reply({"a": 1}), accepted)
    assert dict(answer.headers)["Content-Encoding"] == encoding
    assert DECOMPRESS[encoding](content(answer)) == b'{"a":1}'


@pytest.mark.parametrize(
    "accepted",
    [
        "",
        "identity",
        "br, zstd",
        "gzip;q=0",
        "gzip;q=0.",
        "gzip;q=0.0",
        "gzip ; q=0.000",
        "x-gzip",
        "*;q=0",
        "gzipped",
        ",;,",
    ],
)
def test_an_answer_stays_as_it_is_where_no_known_encoding_is_asked_for(accepted):
    answer = json_reply({"a": 1})
    assert compressed(answer, accepted) is answer


def test_a_compressed_answer_tells_its_own_length_and_keeps_all_else():
    answer = reply(b"x" * 1000, "application/octet-stream", 201)
    answer.headers.append(("Inference-Header-Content-Length", "7"))
    smaller = compressed(answer, "gzip")
    assert smaller.status == 201
    assert smaller.size == len(content(smaller)) < 100
    assert sorted(smaller.headers) == [
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(smaller.size)),
        ("Content-Type", "application/octet-stream"),
        ("Inference-Header-Content-Length", "7"),
        ("Vary", "Accept-Encoding"),
    ]
