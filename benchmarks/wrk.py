"""wrk: puts a load on a server, and tells what it saw. Knows no peer."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from benchmarks.errors import ToolMissing, UnreadableReport

SCRIPT = Path(__file__).parent / "post.lua"
TIMEOUT_S = 10  # for one answer; wrk counts what takes longer
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Load:
    """What came of one run: answers of status 2xx or 3xx per second, latencies, and what failed."""

    requests_s: float
    p50_ms: float
    p99_ms: float
    refused: int  # answers of other statuses
    socket_errors: int  # connections that failed or broke, and answers that came too late

    @property
    def errors(self) -> int:
        """Everything that was no good answer."""
        return self.refused + self.socket_errors


def check_installed() -> None:
    """Raises ToolMissing where there is no wrk."""
    if not shutil.which("wrk"):
        raise ToolMissing("The benchmark needs wrk, which is not installed. On Debian or Ubuntu: apt-get install wrk")


@dataclass(frozen=True)
class Post:
    """What is sent, again and again."""

    url: str
    body: Path
    media_type: str
    headers: Mapping[str, str]


def put_load(post: Post, connections: int, seconds: int) -> Load:
    """Send it over `connections` at once, for `seconds`. Raises UnreadableReport."""
    options = ["--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--latency"]
    command = ["wrk", *options, "--timeout", f"{TIMEOUT_S}s", "--script", str(SCRIPT), post.url]
    command += ["--", str(post.body), post.media_type, *chain.from_iterable(post.headers.items())]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnreadableReport(f"wrk was to end after {seconds} s, and did not.") from error
    if done.returncode:
        raise UnreadableReport(f"wrk failed: {(done.stdout + done.stderr).strip()}")
    return read_report(done.stdout)


def read_report(text: str) -> Load:
    """Read what `wrk --latency` prints. Raises UnreadableReport where a line is missing."""
    requests, seconds = _found(r"(\d+) requests in ([\d.]+[a-z]+),", text)
    refused = _count(r"Non-2xx or 3xx responses: (\d+)", text)
    return Load(
        requests_s=(int(requests) - refused) / _in_seconds(seconds),
        p50_ms=_percentile(50, text),
        p99_ms=_percentile(99, text),
        refused=refused,
        socket_errors=_count(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text),
    )


def _percentile(percent: int, text: str) -> float:
    return _in_seconds(_found(rf"^\s+{percent}%\s+(\S+)\s*$", text)[0]) * 1000


def _in_seconds(duration: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", duration).groups()  # type: ignore[union-attr]
    return float(number) * _SECONDS[unit]


def _count(pattern: str, text: str) -> int:
    """The sum of the numbers in a line that wrk prints only where there is something to count."""
    match = re.search(pattern, text)
    return sum(map(int, match.groups())) if match else 0


def _found(pattern: str, text: str) -> tuple[str, ...]:
    if not (match := re.search(pattern, text, re.MULTILINE)):
        raise UnreadableReport(f"wrk's report has no line like {pattern!r}:\n{text}")
    return match.groups()
