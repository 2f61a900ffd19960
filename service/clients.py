"""Who the client of a request is where proxies stand between. Knows WSGI, and of headers X-Forwarded-For only."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

_MOST_HOPS = 20  # that are looked at: a client may make up as many as a header holds


class Clients:
    """Believes X-Forwarded-For as far as it was written by proxies of these networks, and not further."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ip_network(network) for network in trusted]
        self._is_trusted = lru_cache(maxsize=1000)(self._belongs)  # to look costs microseconds; proxies are few

    def of(self, environ: dict[str, Any]) -> str:
        """The address of who asked first, or of the last one on the way who is not trusted."""
        address: str = environ.get("REMOTE_ADDR", "")
        if not self._networks:
            return address
        hops = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
        while hops and self._is_trusted(address):
            before = hops.pop().strip()  # each proxy adds whom it was asked by at the end
            if not _is_address(before):
                break
            address = before
        return address

    def _belongs(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:  # a socket's, which has none
            return False
        return any(found in network for network in self._networks)


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True
