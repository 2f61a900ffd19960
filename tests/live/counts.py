"""What /metrics says: single samples, and that no count ever goes back."""

import re

from tests.live.server import Server

_COUNTER = re.compile(r"heaviside_\w+(_total|_count|_sum|_bucket)(\{.*\})?")
_ROUNDING = 1e-9  # sums of seconds are added up in the order of the files


def samples(server: Server) -> dict[str, float]:
    """Every sample by its name and labels, as they are written."""
    answer = server.call("GET", "/metrics")
    assert answer.status == 200
    lines = [line for line in answer.body.decode().splitlines() if not line.startswith("#")]
    return {sample: float(value) for sample, _, value in (line.rpartition(" ") for line in lines)}


def count(server: Server, start: str) -> float:
    """The sum of all samples whose name and labels start so."""
    return sum(value for sample, value in samples(server).items() if sample.startswith(start))


class Counters:
    """All counters of a server, as they were at the last look."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._before: dict[str, float] = {}

    def check_that_none_went_back(self) -> None:
        """Look again, and compare."""
        now = samples(self._server)
        counters = {sample: value for sample, value in now.items() if _COUNTER.fullmatch(sample)}
        assert counters
        gone_back = {
            sample: (before, counters.get(sample))
            for sample, before in self._before.items()
            if counters.get(sample, -1.0) < before * (1 - _ROUNDING)
        }
        assert not gone_back, gone_back
        self._before = counters
