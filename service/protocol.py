"""A protocol as the front knows it: its paths, and what its clients want to find in an error. Knows no single one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.responses import Explain, Reply

View = Callable[..., Reply]  # (exchange, **what the path names)
Document = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """A path, in Werkzeug's words, and who answers there."""

    method: str
    path: str
    view: View


def _unchanged(_: Exception, status: int, document: Document) -> tuple[int, Document]:
    return status, document


@dataclass(frozen=True)
class Protocol:
    """One protocol; its name stands in metrics."""

    name: str
    routes: tuple[Route, ...]
    explain: Explain = _unchanged


@dataclass(frozen=True)
class Endpoint:
    """Who answers a route, and in which words."""

    protocol: Protocol
    view: View


def endpoints(protocols: tuple[Protocol, ...]) -> Mapping[tuple[str, str], Endpoint]:
    """By method and path; where several protocols want the same, the first of them has it."""
    found: dict[tuple[str, str], Endpoint] = {}
    for protocol in protocols:
        for route in protocol.routes:
            found.setdefault((route.method, route.path), Endpoint(protocol, route.view))
    return found
