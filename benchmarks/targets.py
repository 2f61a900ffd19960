"""What this service wants to reach beside its peers, and whether it does. Knows not how the figures came about."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.bodies import BINARY_IMAGES, IMAGES, ONE_BINARY_IMAGE, ONE_IMAGE, Body
from benchmarks.figures import Line, Results, cells, lines, ratio
from benchmarks.layout import three_digits
from benchmarks.peer import OURS, OURS_GRANIAN

CONNECTIONS = 16  # at which all but start and memory are taken
BOTH = (OURS, OURS_GRANIAN)
FRAMEWORKS = ("litserve", "bentoml", "mlserver", "ray_serve")
TUNED = "ray_serve_tuned"
HEADER = ("target", "value", "wanted", "met")


@dataclass(frozen=True)
class Target:
    """One of them. Without `least` and `most` it is a figure that is told beside them, and wants nothing."""

    what: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool | None:
        """None where nothing is wanted."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def as_figures(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "met": self.met}

    def row(self) -> tuple[str, str, str, str]:
        """As HEADER names the columns."""
        wanted = [f"at least {self.least:g}"] if self.least is not None else []
        wanted += [f"at most {self.most:g}"] if self.most is not None else []
        verdict = {True: "yes", False: "no", None: "–"}[self.met]  # noqa: RUF001  # a dash
        return self.what, three_digits(self.value), " and ".join(wanted) or "–", verdict  # noqa: RUF001  # a dash


def targets(results: Results) -> list[Target]:
    """Those whose peers and bodies were measured. Ratios are of requests per second, within rounds, at CONNECTIONS."""
    measured = _Measured(results)
    parts = (_beside_keras, _beside_frameworks, _beside_floors, _beside_fastapi, _binary, _footprints)
    return [target for part in parts for target in part(measured)]


class _Measured:
    def __init__(self, results: Results) -> None:
        self._results = results
        self._lines = {(line.peer, line.body): line for line in lines(results, OURS) if line.connections == CONNECTIONS}

    def line(self, peer: str, body: Body) -> Line | None:
        return self._lines.get((peer, body.name))

    def any_line(self, peer: str) -> Line | None:
        return next((line for (name, _), line in self._lines.items() if name == peer), None)

    def there(self, peers: Sequence[str], body: Body) -> list[str]:
        return [peer for peer in peers if (peer, body.name) in self._lines]

    def best(self, peers: Sequence[str], body: Body) -> str:
        """The one with the most requests per second; "" where none was measured."""
        return max(self.there(peers, body), key=lambda peer: self._lines[peer, body.name].requests_s, default="")

    def times(self, peer: str, other: str, body: Body, other_body: Body | None = None) -> float | None:
        """How many times as many requests `peer` answered as `other`; None where either was not measured."""
        other_body = other_body or body
        if not (self.line(peer, body) and self.line(other, other_body)):
            return None
        pair = [
            cells(self._results, asked.name, CONNECTIONS, name) for name, asked in ((peer, body), (other, other_body))
        ]
        return ratio(*pair)

    def compare(self, peer: str, other: str, body: Body, least: float | None = None) -> Iterator[Target]:
        if (value := self.times(peer, other, body)) is not None:
            yield Target(f"{body.name}: {peer} / {other}", value, least)


def _beside_keras(measured: _Measured) -> Iterator[Target]:
    yield from measured.compare(OURS, "flask_keras", ONE_IMAGE, 100)


def _beside_frameworks(measured: _Measured) -> Iterator[Target]:
    """No verdict where one of them was not measured: it might have been the best."""
    there = measured.there(FRAMEWORKS, ONE_IMAGE)
    wanted = (3, 5) if len(there) == len(FRAMEWORKS) else (None, None)
    yield from _beside_best(measured, there, wanted)
    if measured.line(TUNED, ONE_IMAGE):
        yield from _beside_best(measured, [*there, TUNED], (None, None))


def _beside_best(measured: _Measured, others: list[str], wanted: tuple[float | None, float | None]) -> Iterator[Target]:
    """The default server, and the faster of both, beside the best of others."""
    fastest, other = measured.best(BOTH, ONE_IMAGE), measured.best(others, ONE_IMAGE)
    for peer, who, least in ((OURS, OURS, wanted[0]), (fastest, f"{fastest} (best of ours)", wanted[1])):
        if (value := measured.times(peer, other, ONE_IMAGE)) is not None:
            yield Target(f"{ONE_IMAGE.name}: {who} / {other} (best of {', '.join(others)})", value, least)


def _beside_floors(measured: _Measured) -> Iterator[Target]:
    yield from measured.compare(OURS, "bare_wsgi", ONE_IMAGE, 0.6)
    yield from measured.compare(OURS_GRANIAN, "bare_granian", ONE_IMAGE)


def _beside_fastapi(measured: _Measured) -> Iterator[Target]:
    """One that is faster but makes some wait longer has not won: so, p99 too."""
    theirs = "fastapi_onnx"
    best = measured.best(BOTH, ONE_IMAGE)
    yield from measured.compare(best, theirs, ONE_IMAGE, 1.2)
    if (our_line := measured.line(best, ONE_IMAGE)) and (their_line := measured.line(theirs, ONE_IMAGE)):
        yield Target(
            f"{ONE_IMAGE.name}: p99 of {best} / of {theirs}", our_line.p99_ms / (their_line.p99_ms or 1), most=1
        )
    yield from measured.compare(measured.best(BOTH, IMAGES), theirs, IMAGES, 1.5)


def _binary(measured: _Measured) -> Iterator[Target]:
    for binary, json, least in ((ONE_BINARY_IMAGE, ONE_IMAGE, 1.1), (BINARY_IMAGES, IMAGES, 2.0)):
        for peer in BOTH:
            if (value := measured.times(peer, peer, binary, json)) is not None:
                yield Target(f"{peer}: {binary.name} / {json.name} as JSON", value, least)


def _footprints(measured: _Measured) -> Iterator[Target]:
    for peer in BOTH:
        if line := measured.any_line(peer):
            yield Target(f"{peer}: start in s", line.start_s, most=1.5)
            yield Target(f"{peer}: MB per worker", line.per_worker_mb, most=110)
