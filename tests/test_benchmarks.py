"""The benchmark's own arithmetic: what it reads from wrk, makes of it, and shows. Starts no server but a socket."""

import re
import socket
import threading
import time

import numpy as np
import orjson
import pytest

from benchmarks import batching, memory, overload, protocols, swap
from benchmarks.__main__ import main
from benchmarks.bodies import BODIES, JSON
from benchmarks.document import fill_in
from benchmarks.errors import UnreadableReport
from benchmarks.figures import Cell, Footprint, Results, lines, ratio
from benchmarks.flood import BROKEN, LATE, NOT_SENT, Call, Flood, Order, read_answer
from benchmarks.measure import forms, packs
from benchmarks.open_loop import Call as Told
from benchmarks.open_loop import Log
from benchmarks.peer import BY_NAME, EVERY, OURS, OURS_GRANIAN
from benchmarks.report import Report
from benchmarks.table import report
from benchmarks.targets import TUNED, Target, targets
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
    for shown in (report(results).as_text(), report(results).as_markdown()):
        assert "Left out: gone: it ended before it answered" in shown
        assert "date 2026-01-01 12:00 UTC, cores 2" in shown


def test_the_table_for_the_terminal_has_its_columns_under_one_another(results):
    header, _, *rows = report(results).as_text().splitlines()[:4]
    assert [row.split() for row in rows] == [
        ["ours", "32", "images", "16", "800", "25,600", "1,600", "2,400", "1.00", "0", "200", "80", "0.70"],
        ["other", "32", "images", "16", "200", "6,400", "400", "600", "2.00", "0", "200", "80", "0.70"],
    ]
    assert {len(row) for row in rows} == {len(header)}


def test_the_table_in_markdown_has_as_many_cells_in_every_row(results):
    rows = report(results).as_markdown().splitlines()[:4]
    assert rows[2] == "| ours | 32 images | 16 | 800 | 25,600 | 1,600 | 2,400 | 1.00 | 0 | 200 | 80 | 0.70 |"
    assert len({row.count("|") for row in rows}) == 1


def test_json_holds_the_lines_and_every_single_run(results):
    written = orjson.loads(report(results).as_json())
    assert [line["ours_times"] for line in written["lines"]] == [1, 2]
    assert [run["load"]["requests_s"] for run in written["runs"]] == [1000, 800, 100, 500, 200, 50, 9]
    assert written["left_out"] == results.left_out


@pytest.mark.parametrize("peer", [peer for peer in EVERY if not peer.is_ours], ids=lambda peer: peer.name)
def test_a_peer_has_a_server_and_exact_requirements(peer):
    assert (peer.folder / "server.py").exists()
    pins = [line for line in (peer.folder / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert pins
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", pin) for pin in pins)


@pytest.mark.parametrize(
    ("name", "other"), [("bare_granian", "bare_wsgi"), ("ray_serve_tuned", "ray_serve")], ids=["floor", "Ray Serve"]
)
def test_one_server_that_is_started_in_two_ways_is_two_peers(name, other):
    assert BY_NAME[name].folder == BY_NAME[other].folder
    assert (BY_NAME[name].command, BY_NAME[name].environ) != (BY_NAME[other].command, BY_NAME[other].environ)


@pytest.mark.parametrize("body", [body for body in BODIES if body.media_type == JSON], ids=lambda body: body.name)
def test_every_peer_is_asked_for_the_same_rows(body):
    for peer in EVERY:
        asked = orjson.loads(peer.dialects[body.media_type].encode(body))
        rows = asked["instances"] if "instances" in asked else asked["inputs"][0]["data"]
        np.testing.assert_array_equal(np.asarray(rows, np.float32).ravel(), body.rows().ravel())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--peers", "ours,nobody"], "nobody is unknown"),
        (["peers", "--connections", "1,0"], "'0' is not a whole number"),
        (["batch"], "invalid choice: 'batch' (choose from"),
        (["memory", "--server", "apache"], "invalid choice: 'apache' (choose from"),
    ],
    ids=["peer", "connections", "command", "server"],
)
def test_an_unknown_word_is_an_error_that_says_what_would_be_right(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["peers"], ["batching"], ["memory"], ["overload"], ["swap"], ["protocols"]], ids="".join
)
def test_without_wrk_every_command_says_how_to_install_it(arguments, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(arguments) == 1
    assert "apt-get install wrk" in capsys.readouterr().err


def run(requests_s: dict[str, dict[str, float]], connections: int = 16) -> Results:
    """One round: requests per second by peer and body. All start in 1.6 s, take 110 MB, and have the p99 100 / rate."""
    measured = [
        Cell(peer, body, 1, connections, Load(rate, 1, 100 / rate, refused=0, socket_errors=0))
        for peer, bodies in requests_s.items()
        for body, rate in bodies.items()
    ]
    return Results({}, measured, [Footprint(peer, 1.6, 300, 110) for peer in requests_s])


def one_image(rates: dict[str, float]) -> Results:
    return run({peer: {"one image": rate} for peer, rate in rates.items()})


def told(results: Results) -> dict[str, tuple[float, bool | None]]:
    """Value and verdict by what is told."""
    return {target.what: (round(target.value, 3), target.met) for target in targets(results)}


FOUR = {"litserve": 100, "bentoml": 99, "mlserver": 98, "ray_serve": 97}
BEST_OF_FOUR = "litserve (best of litserve, bentoml, mlserver, ray_serve)"
ALL_FIVE = "litserve, bentoml, mlserver, ray_serve, ray_serve_tuned"
JSON_AND_BINARY = {"one image": 10, "one binary image": 11, "32 images": 10, "32 binary images": 19}


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (one_image({OURS: 100, "flask_keras": 1}), {"one image: ours / flask_keras": (100, True)}),
        (
            one_image({**FOUR, OURS: 310, OURS_GRANIAN: 490}),
            {
                f"one image: ours / {BEST_OF_FOUR}": (3.1, True),
                f"one image: ours_granian (best of ours) / {BEST_OF_FOUR}": (4.9, False),
            },
        ),
        (
            one_image({**FOUR, OURS: 310, TUNED: 200}),
            {
                f"one image: ours / ray_serve_tuned (best of {ALL_FIVE})": (1.55, None),
                f"one image: ours (best of ours) / ray_serve_tuned (best of {ALL_FIVE})": (1.55, None),
            },
        ),
        (
            one_image({OURS: 310, "bentoml": 100, "mlserver": 1}),
            {"one image: ours / bentoml (best of bentoml, mlserver)": (3.1, None)},
        ),
        (
            one_image({OURS: 59, "bare_wsgi": 100, OURS_GRANIAN: 59, "bare_granian": 100}),
            {"one image: ours / bare_wsgi": (0.59, False), "one image: ours_granian / bare_granian": (0.59, None)},
        ),
        (
            one_image({OURS: 100, OURS_GRANIAN: 125, "fastapi_onnx": 100}),
            {
                "one image: ours_granian / fastapi_onnx": (1.25, True),
                "one image: p99 of ours_granian / of fastapi_onnx": (0.8, True),
            },
        ),
        (
            run({OURS: {"32 images": 14}, "fastapi_onnx": {"32 images": 10}}),
            {"32 images: ours / fastapi_onnx": (1.4, False)},
        ),
        (
            run({OURS_GRANIAN: JSON_AND_BINARY}),
            {
                "ours_granian: one binary image / one image as JSON": (1.1, True),
                "ours_granian: 32 binary images / 32 images as JSON": (1.9, False),
            },
        ),
        (one_image({OURS: 1}), {"ours: start in s": (1.6, False), "ours: MB per worker": (110, True)}),
    ],
    ids=["Keras", "frameworks", "tuned", "some frameworks", "floors", "FastAPI", "FastAPI, 32", "binary", "footprint"],
)  # fmt: skip
def test_the_targets_are_computed_from_the_run(results, expected):
    assert expected.items() <= told(results).items()


@pytest.mark.parametrize(
    "results",
    [Results({}), one_image({"flask_keras": 1, "bare_wsgi": 2, **FOUR}), run({OURS: {"one image": 1}}, connections=64)],
    ids=["nothing", "ours not", "at other connections"],
)
def test_of_what_was_not_measured_no_target_is_told(results):
    assert targets(results) == []


def test_a_peer_that_was_left_out_counts_as_not_measured():
    results = one_image({OURS: 310, **FOUR})
    results.left_out["litserve"] = "it ended in the second round"
    assert told(results)["one image: ours / bentoml (best of bentoml, mlserver, ray_serve)"] == (3.131, None)


def test_targets_stand_below_the_table_with_their_verdicts():
    results = one_image({OURS: 90, "flask_keras": 1})
    shown = report(results).as_markdown()
    assert "| one image: ours / flask_keras | 90.0 | at least 100 | no |" in shown
    shown = report(results).as_text()
    assert re.search(r"^one image: ours / flask_keras +90\.0 +at least 100 +no$", shown, re.MULTILINE)
    written = orjson.loads(report(results).as_json())
    assert written["targets"][0] == {
        "what": "one image: ours / flask_keras", "value": 90, "least": 100, "most": None, "met": False,
    }  # fmt: skip


def test_what_batching_gains_and_costs_is_the_median_of_the_rounds_ratios():
    def rounds(way: str, connections: int, *rates: float) -> list[Cell]:
        return [Cell(way, "", 1, connections, Load(rate, 1000 / rate, 0, 0, 0)) for rate in rates]

    measured = [
        *rounds("batching", 64, 300, 800, 90), *rounds("no batching", 64, 100, 200, 30),
        *rounds("batching", 1, 100, 100, 50), *rounds("no batching", 1, 100, 110, 55),
    ]  # fmt: skip
    gain, cost = batching.targets(measured)
    assert (gain.value, gain.met) == (3, True)
    assert (cost.value, cost.met) == (pytest.approx(1.1), False)


def test_growth_is_the_slope_of_the_second_half_per_thousand_requests():
    counts = [0, 1000, 2000, 3000, 4000]
    assert memory.slope(counts, [10, 50, 80, 81, 82]) == pytest.approx(1024)  # 1 MB is 1024 KB
    assert memory.slope(counts, [10, 90, 80, 80, 80]) == pytest.approx(0, abs=1e-6)


def test_the_memory_of_each_worker_and_of_all_is_told_before_half_way_and_at_the_end():
    samples = [memory.Sample(at * 500, (80 + at, 90)) for at in range(5)]
    assert memory.rows(samples) == [
        ("worker 1", "80.0", "82.0", "84.0", "+2048.00"),
        ("worker 2", "90.0", "90.0", "90.0", "+0.00"),
        ("all workers", "170", "172", "174", "+2048.00"),
    ]


def calls(start_s: float, *outcomes: str, latency_s: float = 0.1) -> list[Told]:
    return [Told(start_s + at / 100, None if outcome == NOT_SENT else 0.001, outcome, latency_s)
            for at, outcome in enumerate(outcomes)]  # fmt: skip


def overloaded(after_s: float) -> overload.Outcome:
    log = Log(
        [*calls(0, "200", "200"), *calls(3, *["200"] * 80, "429", "429", LATE, BROKEN, NOT_SENT, "500"),
         *calls(15.5, "200", latency_s=after_s)],
        cpu_s=0.9,
    )  # fmt: skip
    return overload.Outcome("small", 10, log.span(0, 3), log.span(3, 13), log.span(15, 16), 0.01)


def test_goodput_is_what_was_answered_well_and_in_time_as_a_share_of_the_peak():
    shown = dict(overload.rows([overloaded(0.1)]))
    assert (shown["good requests/s"], shown["good / peak"], shown["200 in time"]) == ("8.00", "0.80", "80")
    assert (shown["due requests/s"], shown["sent requests/s"], shown["not sent"]) == ("8.60", "8.50", "1")
    assert [shown[name] for name in ("429", "503", "no answer in time", "connection errors", "other statuses")] == [
        "2", "0", "1", "1", "1",
    ]  # fmt: skip


@pytest.mark.parametrize(("after_s", "met"), [(0.12, True), (0.13, False)], ids=["normal", "slower"])
def test_recovery_is_judged_by_the_latency_in_the_third_second_after(after_s, met):
    goodput, recovery = overload.targets([overloaded(after_s)])
    assert goodput.met
    assert recovery.met is met


def test_overload_is_judged_by_the_median_of_the_rounds():
    goodput, recovery = overload.targets([overloaded(0.1), overloaded(0.2), overloaded(0.11)])
    assert goodput.met
    assert recovery.value == pytest.approx(1.1)


def test_a_service_that_answers_nothing_has_no_goodput_and_has_not_recovered():
    nothing = Log(calls(3, LATE, LATE), 0.1)
    outcome = overload.Outcome("small", 10, nothing.span(0, 3), nothing.span(3, 13), nothing.span(15, 16), 0.01)
    assert [target.met for target in overload.targets([outcome])] == [False, False]
    assert dict(overload.rows([outcome]))["p50 of the good, ms"] == "–"  # noqa: RUF001  # a dash


def test_a_swap_is_told_by_what_was_due_before_and_during_it():
    log = Log(
        [
            *calls(0, *["200"] * 100, latency_s=0.002),
            *calls(1, *["200"] * 100, latency_s=0.003),
            *calls(2, LATE, "200"),
        ],
        cpu_s=0.1,
    )
    ours, large = (swap._read(name, log, 1.0, 2.0) for name in swap.SWAPPED)
    assert (round(ours.p99_before, 3), round(ours.p99_during, 3), ours.seconds, ours.failed) == (2, 3, 1, 1)
    met = {target.what: (round(target.value, 3), target.met) for target in swap.targets([ours, large])}
    assert met == {**{f"{name}: p99 during / before": (1.5, True) for name in swap.SWAPPED},
                   "requests that failed": (2, False)}  # fmt: skip
    assert swap.rows([ours])[0][1:] == ("2.00", "2.00", "3.00", "3.00", "1.00", "1")


def test_each_protocol_is_compared_with_our_own_and_one_with_a_peer():
    speeds = {("native", "one image"): 100, ("tfserving", "one image"): 90, ("openinference", "one image"): 80,
              ("openinference", "32 images"): 10, ("openinference", "32 binary images"): 25,
              ("mlserver", "one image"): 10}  # fmt: skip
    measured = [Cell(peer, body, 1, 16, Load(speed, 1, 2, 0, 0)) for (peer, body), speed in speeds.items()]
    told = {target.what: (round(target.value, 2), target.met) for target in protocols.targets(measured)}
    assert told == {
        "one image: tfserving / native": (0.9, True),
        "one image: openinference / native": (0.8, False),
        "openinference, 32 binary images / openinference, 32 images as JSON": (2.5, True),
        "openinference, one image / mlserver, one image as JSON": (8, True),
    }


def test_of_a_log_only_whole_lines_that_are_new_are_read(tmp_path):
    file = tmp_path / "log"
    file.write_bytes(b"old\n")
    log = swap.NewLines(file)
    seen = []
    for part in (b"", b"one\ntw", b"o", b"\n\nthree\n"):
        with file.open("ab") as end:
            end.write(part)
        seen.append(log.read())
    assert seen == [[], [b"one"], [], [b"two", b"", b"three"]]


def test_peers_that_are_quiet_run_at_the_same_time_and_each_of_the_others_alone():
    names = ("litserve", "ours", "ray_serve", "fastapi_onnx")
    ran = packs([BY_NAME[name] for name in names])
    assert [[peer.name for peer in pack] for pack in ran] == [["ours", "fastapi_onnx"], ["litserve"], ["ray_serve"]]
    assert packs([BY_NAME["litserve"]]) == [[BY_NAME["litserve"]]]


def test_the_forms_of_the_same_rows_are_loaded_together():
    groups = [[body.name for body in group] for group in forms(BODIES)]
    assert groups == [["one image", "one binary image"], ["32 images", "32 binary images"], ["eight floats"]]


def test_a_report_is_text_markdown_and_json(tmp_path):
    rows, share = [("worker 1", "80")], Target("goodput", 0.9, least=0.8)
    written = Report("memory", ("", "MB"), [rows], ["A sentence."], [share], {"samples": [1]}, {"cores": "2"}, [0.01])
    written.write(tmp_path)
    assert "goodput   0.90  at least 0.8  yes" in written.as_text()
    assert "| goodput | 0.90 | at least 0.8 | yes |" in (tmp_path / "memory.md").read_text()
    assert orjson.loads((tmp_path / "memory.json").read_bytes())["targets"][0]["met"] is True


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", ("200", True)),
        (b"HTTP/1.1 429 Too Many\r\ncontent-length: 0\r\nConnection: close\r\n\r\n", ("429", False)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", ("200", True)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (b"", None),
    ],
    ids=["whole", "connection closes", "chunks", "half a body", "half a head", "nothing"],
)
def test_an_answer_is_read_when_it_is_whole(answer, expected):
    assert read_answer(answer) == expected


class Listener:
    """Reads a request and gives `answer`, again and again on each connection; b"" closes it, None waits."""

    def __init__(self, answer: bytes | None) -> None:
        self.accepted = 0
        self.port = 0
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536) and self._answer != b"":
                if self._answer:
                    connection.sendall(self._answer)


@pytest.fixture
def listen():
    listeners: list[Listener] = []

    def start(answer: bytes | None) -> Listener:
        listeners.append(Listener(answer))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.close()


def flood(port: int, connections: int = 50, part: int = 0, parts: int = 1) -> list[Call]:
    """A hundred requests a second for two tenths of a second, with a deadline of as much."""
    order = Order(port, "/", "", JSON, [(100, 0.2)], time.monotonic(), part, parts, connections, 0.2)
    return Flood(order, b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").run()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
FULL = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "outcome"), [(OK, "200"), (FULL, "429"), (None, LATE), (b"", BROKEN)],
    ids=["good", "refused", "never answered", "hung up"],
)  # fmt: skip
def test_every_request_of_an_open_loop_has_an_outcome(answer, outcome, listen):
    assert [call.outcome for call in flood(listen(answer).port)] == [outcome] * 20


def test_a_port_where_nobody_listens_is_a_broken_connection():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert {call.outcome for call in flood(bound.getsockname()[1])} == {BROKEN}


def test_requests_are_sent_by_the_clock_though_none_is_answered(listen):
    sent = [call.sent_s - call.due_s for call in flood(listen(None).port)]
    assert len(sent) == 20
    assert sum(late_s < 0.05 for late_s in sent) >= 15  # on a busy machine too


def test_a_connection_is_used_again_after_a_good_answer_and_never_while_it_waits_for_one(listen):
    good, silent = listen(OK), listen(None)
    flood(good.port)
    flood(silent.port)
    assert good.accepted < 20
    assert silent.accepted == 20


def test_a_request_that_finds_no_free_connection_is_not_sent(listen):
    silent = listen(None)
    assert [call.outcome for call in flood(silent.port, connections=3)] == [LATE] * 3 + [NOT_SENT] * 17


def test_the_processes_of_an_open_loop_share_its_requests_out(listen):
    port = listen(OK).port
    assert [len(flood(port, part=part, parts=3)) for part in range(3)] == [7, 7, 6]


def test_the_document_gets_the_figures_between_its_marks(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text("Before.\n<!-- figures: steps -->\nold\n<!-- end -->\nAfter.\n")
    (tmp_path / "steps.md").write_text("| new |\n")
    for _ in range(2):
        assert fill_in(document, tmp_path) == ["steps"]
        assert document.read_text() == "Before.\n<!-- figures: steps -->\n\n| new |\n\n<!-- end -->\nAfter.\n"


def test_figures_that_were_not_measured_anew_stay_as_they_are(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text("<!-- figures: steps -->\nold\n<!-- end -->\n")
    assert fill_in(document, tmp_path) == []
    assert "old" in document.read_text()
