"""The benchmark's own arithmetic: what it reads from wrk, makes of it, and shows. Starts no server."""

import re

import numpy as np
import orjson
import pytest

from benchmarks import table
from benchmarks.__main__ import main
from benchmarks.bodies import BODIES, JSON
from benchmarks.errors import UnreadableReport
from benchmarks.figures import Cell, Footprint, Results, lines, ratio
from benchmarks.peer import EVERY, OURS
from benchmarks.wrk import Load, read_report

FLAWLESS = """\
Running 5s test @ http://127.0.0.1:8400/models/clothes/predict
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.42ms    2.11ms  33.71ms   91.02%
    Req/Sec     5.10k   392.10     5.71k    76.00%
  Latency Distribution
     50%  950.00us
     75%    3.89ms
     90%    5.21ms
     99%   12.55ms
  25404 requests in 5.00s, 12.31MB read
Requests/sec:   5080.80
Transfer/sec:      2.46MB
"""
FAULTY = """\
Running 5s test @ http://127.0.0.1:8400/predict
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.21s   389.02ms   1.98s    65.00%
    Req/Sec    20.40     11.77    50.00     70.00%
  Latency Distribution
     50%    1.21s{space}
     75%    1.50s{space}
     90%    1.77s{space}
     99%    1.98s{space}
  120 requests in 1.00m, 21.10KB read
  Socket errors: connect 1, read 2, write 3, timeout 40
  Non-2xx or 3xx responses: 30
Requests/sec:      2.00
Transfer/sec:    360.11B
""".replace("{space}", " ")  # wrk fills up units of one letter


def test_a_flawless_report_is_read_in_its_units():
    load = read_report(FLAWLESS)
    assert load.requests_s == pytest.approx(25404 / 5)
    assert (load.p50_ms, load.p99_ms) == pytest.approx((0.95, 12.55))
    assert load.errors == 0


def test_only_good_answers_make_throughput_and_the_others_are_counted():
    load = read_report(FAULTY)
    assert load.requests_s == pytest.approx((120 - 30) / 60)
    assert (load.p50_ms, load.p99_ms) == pytest.approx((1210, 1980))
    assert (load.refused, load.socket_errors, load.errors) == (30, 46, 76)


@pytest.mark.parametrize(
    "text", ["", "unable to connect to 127.0.0.1:8400 Connection refused", FLAWLESS.replace("99%", "98%")],
    ids=["nothing", "refused connection", "a percentile less"],
)  # fmt: skip
def test_what_is_no_report_is_an_error_and_not_a_zero(text):
    with pytest.raises(UnreadableReport, match="no line like"):
        read_report(text)


def load(requests_s: float, errors: int = 0) -> Load:
    return Load(requests_s, p50_ms=2 * requests_s, p99_ms=3 * requests_s, refused=errors, socket_errors=0)


def cells(peer: str, *requests_s: float, body: str = "32 images", connections: int = 16) -> list[Cell]:
    return [Cell(peer, body, 32, connections, load(number)) for number in requests_s]


@pytest.fixture
def results() -> Results:
    """Three rounds of two peers, of which one grew slower from round to round, and the other with it."""
    return Results(
        machine={"date": "2026-01-01 12:00 UTC", "cores": "2"},
        cells=[*cells(OURS, 1000, 800, 100), *cells("other", 500, 200, 50), *cells("gone", 9)],
        footprints=[Footprint(peer, start, 200, 80) for peer in (OURS, "other") for start in (0.5, 9.0, 0.7)],
        left_out={"gone": "it ended before it answered"},
    )


def test_a_line_holds_the_medians_of_the_rounds(results):
    ours, other = lines(results, OURS)
    assert (ours.peer, ours.rounds, ours.requests_s, ours.rows_s) == (OURS, 3, 800, 25600)
    assert (ours.p50_ms, ours.p99_ms, ours.start_s, ours.total_mb, ours.per_worker_mb) == (1600, 2400, 0.7, 200, 80)
    assert (other.peer, other.requests_s) == ("other", 200)


def test_ratios_are_taken_within_a_round_because_the_machine_drifts_between_them(results):
    ours, other = lines(results, OURS)
    assert ours.ours_times == 1
    assert other.ours_times == 2  # of 2, 4 and 2; the ratio of the medians would be 4


@pytest.mark.parametrize(
    ("ours", "theirs"), [([], [10]), ([10], [0]), ([10], [])], ids=["ours not measured", "no good answer", "no run"]
)
def test_there_is_no_ratio_to_what_was_not_measured(ours, theirs):
    assert ratio(cells(OURS, *ours), cells("other", *theirs)) is None


def test_the_errors_of_all_rounds_are_shown():
    faulty = [Cell("other", "one image", 1, 1, load(10, errors)) for errors in (3, 0, 4)]
    (line,) = lines(Results({}, faulty, [Footprint("other", 1, 1, 1)]), OURS)
    assert line.errors == 7


def test_lines_stand_in_the_order_of_bodies_then_connections_then_peers():
    places = [(peer, body, connections) for peer in "ba" for body in ("z", "y") for connections in (16, 1)]
    measured = [
        cell for peer, body, connections in places for cell in cells(peer, 1, body=body, connections=connections)
    ]
    ordered = lines(Results({}, measured, [Footprint(peer, 1, 1, 1) for peer in "ab"]), OURS)
    groups = [("z", 16), ("z", 1), ("y", 16), ("y", 1)]
    assert [(line.body, line.connections, line.peer) for line in ordered] == [
        (*group, peer) for group in groups for peer in "ba"
    ]


def test_nothing_measured_makes_an_empty_table():
    assert lines(Results({}), OURS) == []


def test_the_table_names_the_peers_that_were_left_out_and_why(results):
    for shown in (table.as_text(lines(results, OURS), results), table.as_markdown(lines(results, OURS), results)):
        assert "Left out: gone: it ended before it answered" in shown
        assert "date 2026-01-01 12:00 UTC, cores 2" in shown


def test_the_table_for_the_terminal_has_its_columns_under_one_another(results):
    header, _, *rows = table.as_text(lines(results, OURS), results).splitlines()[:4]
    assert [row.split() for row in rows] == [
        ["ours", "32", "images", "16", "800", "25,600", "1,600", "2,400", "1.00", "0", "200", "80", "0.70"],
        ["other", "32", "images", "16", "200", "6,400", "400", "600", "2.00", "0", "200", "80", "0.70"],
    ]
    assert {len(row) for row in rows} == {len(header)}


def test_the_table_in_markdown_has_as_many_cells_in_every_row(results):
    rows = table.as_markdown(lines(results, OURS), results).splitlines()[:4]
    assert rows[2] == "| ours | 32 images | 16 | 800 | 25,600 | 1,600 | 2,400 | 1.00 | 0 | 200 | 80 | 0.70 |"
    assert len({row.count("|") for row in rows}) == 1


def test_json_holds_the_lines_and_every_single_run(results):
    written = orjson.loads(table.as_json(lines(results, OURS), results))
    assert [line["ours_times"] for line in written["lines"]] == [1, 2]
    assert [run["load"]["requests_s"] for run in written["runs"]] == [1000, 800, 100, 500, 200, 50, 9]
    assert written["left_out"] == results.left_out


@pytest.mark.parametrize("peer", [peer for peer in EVERY if peer.name != OURS], ids=lambda peer: peer.name)
def test_a_peer_has_a_server_and_exact_requirements(peer):
    assert (peer.folder / "server.py").exists()
    pins = [line for line in (peer.folder / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert pins
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", pin) for pin in pins)


@pytest.mark.parametrize("body", [body for body in BODIES if body.media_type == JSON], ids=lambda body: body.name)
def test_every_peer_is_asked_for_the_same_rows(body):
    for peer in EVERY:
        asked = orjson.loads(peer.dialects[body.media_type].encode(body))
        rows = asked["instances"] if "instances" in asked else asked["inputs"][0]["data"]
        np.testing.assert_array_equal(np.asarray(rows, np.float32).ravel(), body.rows().ravel())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--peers", "ours,nobody"], "nobody is unknown"), (["--connections", "1,0"], "'0' is not a whole number")],
    ids=["peer", "connections"],
)
def test_an_unknown_word_is_an_error_that_says_what_would_be_right(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_without_wrk_the_benchmark_says_how_to_install_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([]) == 1
    assert "apt-get install wrk" in capsys.readouterr().err
