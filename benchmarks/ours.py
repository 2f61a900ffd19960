"""The service of this project, started with settings of choice for one body. Knows no other peer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from benchmarks.bodies import Body
from benchmarks.networks import LARGE, publish
from benchmarks.peer import BY_NAME, OURS, OURS_GRANIAN
from benchmarks.server import Server, running

SERVERS = {"gunicorn": BY_NAME[OURS], "granian": BY_NAME[OURS_GRANIAN]}
DEFAULTS: Mapping[str, str] = MappingProxyType({})


@contextmanager
def serving(server: str, body: Body, home: Path, settings: Mapping[str, str] = DEFAULTS) -> Iterator[Server]:
    """Start it on one of SERVERS and wait until it gives the right answer to `body`; end it. Raises PeerFailed."""
    store = home / ("large-store" if body.network is LARGE else "store")  # apart, or each peer would load it too
    publish(store, (body.network,))
    peer = replace(SERVERS[server], environ={**SERVERS[server].environ, **settings})
    with running(peer, home, store) as started:
        started.settle(body)
        started.check(body)
        yield started
