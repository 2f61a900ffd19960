"""Sends requests by the clock, whatever becomes of those before: one process of an open loop. Knows no figures.

`python -m benchmarks.flood <order>` takes an Order in JSON and writes its calls in JSON. It imports the standard
library alone, and speaks HTTP by hand over sockets that never block: it shares the service's cores.
"""

import errno
import gc
import json
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

LATE = "late"  # no answer within the deadline
NOT_SENT = "not sent"  # no connection was free, and no further one allowed; or this process was too slow
BROKEN = "broken"  # no connection could be made, or it ended before the answer did
_READ, _BOTH = select.EPOLLIN, select.EPOLLIN | select.EPOLLOUT


@dataclass(frozen=True)
class Order:
    """What one process sends."""

    port: int
    path: str
    body: str  # a file
    media_type: str
    timetable: list[tuple[float, float]]  # requests per second of all processes, and for how many seconds; in turn
    start_s: float  # on the clock of time.monotonic, which all processes share
    part: int  # sends every `parts`-th request, from this one
    parts: int
    connections: int  # the most of this process
    deadline_s: float  # from when a request was due


@dataclass(slots=True)
class Call:
    """One request and what became of it: a status, or one of the words above."""

    due_s: float
    sent_s: float | None = None
    outcome: str = ""
    latency_s: float = 0.0  # from when it was due, so that a late start is no gain
    unsent: bytes = b""
    answer: bytes = b""


@dataclass
class Flood:
    """The connections of one process. One carries one request at a time, and is used again after a whole answer."""

    order: Order
    request: bytes
    _poll: select.epoll = field(default_factory=select.epoll)
    _open: dict[int, socket.socket] = field(default_factory=dict)  # by file descriptor, as are the two below
    _idle: list[int] = field(default_factory=list)
    _calls: dict[int, Call] = field(default_factory=dict)  # those that wait for an answer
    _expiring: deque[tuple[Call, int]] = field(default_factory=deque)  # in the order of their deadlines

    def run(self) -> list[Call]:
        """Begin each call when it is due; return all when each has an outcome."""
        calls = [Call(due_s) for due_s in _dues(self.order)]
        coming = deque(calls)
        while coming or self._calls:
            now = time.monotonic()
            while coming and coming[0].due_s <= now:
                self._begin(coming.popleft())
            self._expire(now)
            self._answer(_pause(coming, now))
        for number in list(self._open):
            self._close(number)
        return calls

    def _begin(self, call: Call) -> None:
        if time.monotonic() >= call.due_s + self.order.deadline_s:
            call.outcome = NOT_SENT
        elif self._idle:
            self._send_first(self._idle.pop(), call)
        elif len(self._open) < self.order.connections:
            self._connect(call)
        else:
            call.outcome = NOT_SENT

    def _send_first(self, number: int, call: Call) -> None:
        self._await(number, call)
        self._push(number, call)
        if call.unsent:
            self._poll.modify(number, _BOTH)

    def _connect(self, call: Call) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if connection.connect_ex(("127.0.0.1", self.order.port)) not in (0, errno.EINPROGRESS):
            connection.close()
            call.outcome = BROKEN
            return
        number = connection.fileno()
        self._open[number] = connection
        self._poll.register(number, _BOTH)  # it can be written to when it is made
        self._await(number, call)

    def _await(self, number: int, call: Call) -> None:
        call.unsent = self.request
        self._calls[number] = call
        self._expiring.append((call, number))

    def _push(self, number: int, call: Call) -> None:
        try:
            call.unsent = call.unsent[self._open[number].send(call.unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._break(number, call)
            return
        if not call.unsent:
            call.sent_s = time.monotonic()

    def _answer(self, pause_s: float) -> None:
        """Wait for at most so long for sockets that can be read or written, and do that."""
        for number, events in self._poll.poll(pause_s):
            if not (call := self._calls.get(number)):
                self._close(number)  # the server ended an idle connection
                continue
            if call.unsent and events & select.EPOLLOUT:
                self._push(number, call)
                if number in self._calls and not call.unsent:
                    self._poll.modify(number, _READ)
            if number in self._calls and events & ~select.EPOLLOUT:
                self._receive(number, call)

    def _receive(self, number: int, call: Call) -> None:
        try:
            read = self._open[number].recv(65536)
        except BlockingIOError:
            return
        except OSError:
            read = b""
        call.answer += read
        if answer := read_answer(call.answer):
            self._finish(number, call, *answer)
        elif not read:
            self._break(number, call)

    def _finish(self, number: int, call: Call, status: str, stays: bool) -> None:
        call.latency_s = time.monotonic() - call.due_s
        call.outcome = status if call.latency_s <= self.order.deadline_s else LATE
        call.answer = b""
        del self._calls[number]
        if stays and not call.unsent:
            self._idle.append(number)
        else:
            self._close(number)

    def _expire(self, now: float) -> None:
        while self._expiring and self._expiring[0][0].due_s + self.order.deadline_s <= now:
            call, number = self._expiring.popleft()
            if not call.outcome:
                call.outcome = LATE
                self._close(number)

    def _break(self, number: int, call: Call) -> None:
        call.outcome, call.unsent = BROKEN, b""
        self._close(number)

    def _close(self, number: int) -> None:
        self._calls.pop(number, None)
        if number in self._idle:
            self._idle.remove(number)
        self._open.pop(number).close()  # which takes it out of epoll


def read_answer(answer: bytes) -> tuple[str, bool] | None:
    """The status of a whole answer, and whether the connection stays; None while there is more to come."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    if not gap:
        return None
    head = head.lower()
    at = head.find(b"\r\ncontent-length:")
    whole = len(body) >= int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else body.endswith(b"0\r\n\r\n")  # chunks
    return (head[9:12].decode(), b"\r\nconnection: close" not in head) if whole else None


def _dues(order: Order) -> Iterator[float]:
    """When this process's requests are due."""
    return islice(_all_dues(order), order.part, None, order.parts)


def _all_dues(order: Order) -> Iterator[float]:
    start_s = order.start_s
    for rate, seconds in order.timetable:
        yield from (start_s + number / rate for number in range(round(rate * seconds)))
        start_s += seconds


def _pause(coming: deque[Call], now: float) -> float:
    """Until the next request, and at most 10 ms, in which deadlines may pass. epoll counts in whole milliseconds."""
    return min(max(coming[0].due_s - now, 0), 0.01) if coming else 0.01


def _request(order: Order) -> bytes:
    body = Path(order.body).read_bytes()
    head = [
        f"POST {order.path} HTTP/1.1", f"Host: 127.0.0.1:{order.port}", f"Content-Type: {order.media_type}",
        f"Accept: {order.media_type}", f"Content-Length: {len(body)}", "", "",
    ]  # fmt: skip
    return "\r\n".join(head).encode() + body


def _log(order: Order, calls: list[Call], cpu_s: float) -> dict[str, Any]:
    told = [
        (call.due_s - order.start_s, call.sent_s and call.sent_s - call.due_s, call.outcome, call.latency_s)
        for call in calls
    ]
    return {"cpu_s": cpu_s, "calls": told}


def main() -> None:
    """Wait for the order's start, send, and write what became of it."""
    order = Order(**json.loads(sys.argv[1]))
    gc.disable()  # nothing here goes round in circles, and a collection would stop the clock
    flood = Flood(order, _request(order))
    time.sleep(max(order.start_s - time.monotonic(), 0))
    spent_s = time.process_time()
    calls = flood.run()
    json.dump(_log(order, calls, time.process_time() - spent_s), sys.stdout)


if __name__ == "__main__":
    main()
