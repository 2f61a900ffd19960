"""What is left of the service when three times as much is asked of it as it can give, and how it recovers."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bodies import LARGE_IMAGE, ONE_IMAGE, Body
from benchmarks.flood import BROKEN, LATE, NOT_SENT
from benchmarks.layout import three_digits
from benchmarks.machine import machine, share_of_others
from benchmarks.open_loop import DEADLINE_S, GOOD, PROCESSES, Log, Span, offer
from benchmarks.ours import serving
from benchmarks.report import Report
from benchmarks.targets import Target

CROWD = 64  # connections of the closed loop that finds the peak
WARM_UP_S, PEAK_S = 2, 5
TIMES = 3  # the peak
USUAL_SHARE = 0.25  # of the peak: the load before and after
BEFORE_S, AFTER_S = 3, 3
STATUSES = (GOOD, "429", "503", "504")
BODIES = {"small": ONE_IMAGE, "large": LARGE_IMAGE}


@dataclass(frozen=True)
class Plan:
    """What is measured; `home` is where models, logs and results go."""

    home: Path
    server: str
    seconds: int  # of overload
    connections: int  # the most of the load generator
    rounds: int


@dataclass(frozen=True)
class Outcome:
    """What one network's service gave. `after` is the third second after the overload ended."""

    name: str
    peak_per_s: float
    before: Span
    during: Span
    after: Span
    cpu_s_per_call: float  # of the load generator

    @property
    def share(self) -> float:
        """Good answers in time, as a share of the peak."""
        return self.during.good_per_s / self.peak_per_s

    @property
    def recovery(self) -> float:
        """How many times the usual p50 the p50 after it is; infinite where nothing was answered."""
        before, after = self.before.latency_ms(50), self.after.latency_ms(50)
        return after / before if before and after else float("inf")


def measure(plan: Plan) -> Report:
    """Overload the small network's service and the large one's, in turn."""
    others_share, outcomes = [], []
    for number in range(1, plan.rounds + 1):
        others_share.append(share_of_others())
        for name, body in BODIES.items():
            print(f"round {number} of {plan.rounds}: {name} network", file=sys.stderr, flush=True)
            outcomes.append(_outcome(name, body, plan))
    outcomes.sort(key=lambda outcome: list(BODIES).index(outcome.name))
    return Report(
        f"overload-{plan.server}", ("", *(f"{outcome.name} network" for outcome in outcomes)), [rows(outcomes)],
        _notes(plan), targets(outcomes), {"server": plan.server, "outcomes": list(map(_figures, outcomes))},
        machine(), others_share,
    )  # fmt: skip


def targets(outcomes: Sequence[Outcome]) -> list[Target]:
    """Goodput and recovery: of each network the median of its rounds."""
    found = []
    for name in dict.fromkeys(outcome.name for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.name == name]
        share, recovery = median(outcome.share for outcome in own), median(outcome.recovery for outcome in own)
        found.append(Target(f"{name} network: goodput / peak", share, least=0.8))
        found.append(Target(f"{name} network: p50 in the third second after / p50 before", recovery, most=1.25))
    return found


def rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """A line per figure, a column per network and round."""
    columns = [_column(outcome) for outcome in outcomes]
    return [(name, *(_shown(column[name]) for column in columns)) for name in columns[0]]


def _column(outcome: Outcome) -> dict[str, float | None]:
    during = outcome.during
    counts = during.counts
    others = sum(counts.values()) - sum(counts[name] for name in (*STATUSES, LATE, BROKEN, NOT_SENT))
    return {
        "peak requests/s": outcome.peak_per_s,
        "due requests/s": len(during.calls) / during.seconds,
        "sent requests/s": during.sent_per_s,
        "good requests/s": during.good_per_s,
        "good / peak": outcome.share,
        "200 in time": counts[GOOD],
        "429": counts["429"],
        "503": counts["503"],
        "504": counts["504"],
        "other statuses": others,
        "no answer in time": counts[LATE],
        "connection errors": counts[BROKEN],
        "not sent": counts[NOT_SENT],
        "p50 of the good, ms": during.latency_ms(50),
        "p99 of the good, ms": during.latency_ms(99),
        "p50 before, ms": outcome.before.latency_ms(50),
        "p50 in the third second after, ms": outcome.after.latency_ms(50),
        "good in the third second after, share": outcome.after.counts[GOOD] / max(len(outcome.after.calls), 1),
        "p99 of how late requests were sent, ms": during.lag_ms(99),
        "cores taken by the load generator": outcome.cpu_s_per_call * len(during.calls) / during.seconds,
    }


def _shown(value: float | None) -> str:
    if value is None:
        return "–"  # noqa: RUF001  # a dash
    return f"{value:,}" if isinstance(value, int) else three_digits(value)


def _outcome(name: str, body: Body, plan: Plan) -> Outcome:
    with serving(plan.server, body, plan.home) as server:
        server.load(body, CROWD, WARM_UP_S)
        peak_per_s = server.load(body, CROWD, PEAK_S).requests_s
        usual_per_s = peak_per_s * USUAL_SHARE
        timetable = [(usual_per_s, BEFORE_S), (peak_per_s * TIMES, plan.seconds), (usual_per_s, AFTER_S)]
        return _read(name, peak_per_s, offer(server, body, timetable, plan.connections), plan)


def _read(name: str, peak_per_s: float, log: Log, plan: Plan) -> Outcome:
    end_s = BEFORE_S + plan.seconds
    spans = log.span(0, BEFORE_S), log.span(BEFORE_S, end_s), log.span(end_s + AFTER_S - 1, end_s + AFTER_S)
    return Outcome(name, peak_per_s, *spans, log.cpu_s / max(len(log.calls), 1))


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {"network": outcome.name, **_column(outcome), "outcomes": dict(outcome.during.counts)}


def _notes(plan: Plan) -> list[str]:
    return [
        f"One image as JSON, on {plan.server}, two workers. Peak: {PEAK_S} s of wrk in a closed loop of {CROWD} "
        f"connections. Overload: {TIMES} times the peak at a constant rate for {plan.seconds} s, each request due by "
        f"the clock, with a deadline of {DEADLINE_S:g} s from then; before and after it {USUAL_SHARE:.0%} of the peak.",
        f"Latencies count from when a request was due. At most {plan.connections:,} connections; a request that finds "
        "none free is not sent. A column per round; the targets are of the rounds' medians.",
        f"The load generator, {PROCESSES} processes, shares the machine's cores with the service: what it takes, the "
        "service lacks, where wrk took less for the peak.",
    ]
