"""Log lines of several requests leave together, and never in pieces."""

import os
from select import PIPE_BUF

import pytest

from service import logs


@pytest.fixture
def written(monkeypatch):
    pieces = []
    monkeypatch.setattr(os, "write", lambda file, piece: pieces.append((file, piece)))
    return pieces


def test_lines_leave_in_pieces_that_a_pipe_takes_as_a_whole(written):
    lines = [b"x" * size + b"\n" for size in (10, PIPE_BUF - 11, 1, 300, PIPE_BUF * 2, 7)]
    logs.write_lines(lines)
    assert {file for file, _ in written} == {1}
    assert b"".join(piece for _, piece in written) == b"".join(lines)
    assert all(piece.endswith(b"\n") for _, piece in written)
    assert all(len(piece) <= PIPE_BUF or piece.count(b"\n") == 1 for _, piece in written)
    assert len(written) < len(lines)


def test_without_lines_nothing_is_written(written):
    logs.write_lines([])
    assert not written
