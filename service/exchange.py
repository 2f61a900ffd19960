"""One request as WSGI gives it, and what is written down of it for metrics and log. Knows no view and no Flask."""

import math
import random
import re
import time
from typing import Any
from urllib.parse import parse_qsl

import orjson
from werkzeug.wsgi import get_path_info

from models.errors import quoted
from models.golden import Tensors
from service import npy
from service.bodies import check_size, decompressed, json_object
from service.budget import LARGE
from service.errors import BodyTooSlow, Detail, InvalidRequest, UnreadableBody
from service.predictor import Predictor
from service.worker import Worker

_REQUEST_ID = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)  # what a client may put into our log lines
_UNREADABLE = "The body cannot be read: it is not framed as its headers say, or it ended early."


class Exchange:
    """A request on its way through the service, from its first look at the clock to its line in the log."""

    def __init__(self, environ: dict[str, Any], worker: Worker) -> None:
        self.started_s = time.perf_counter()
        self.environ = environ
        self.worker = worker
        given = environ.get("HTTP_X_REQUEST_ID")
        self.request_id = given if given and _REQUEST_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
        self.route = "unmatched"  # the pattern that the path fits
        self.model = ""  # who answered; empty where none was found
        self.version = ""
        self.rows = 0
        self.decoded_s = 0.0  # when the rows had been read, and when the model had answered; times of perf_counter
        self.answered_s = 0.0
        self._room = 0  # bytes taken of the worker's room for large bodies
        self.fault = ""  # the code of the error that is answered

    @property
    def method(self) -> str:
        """GET, POST, or what else the client made up."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        """The path of the URL, decoded."""
        return get_path_info(self.environ)

    @property
    def content_length(self) -> int | None:
        """What the client announced; None where the body is chunked, or there is none."""
        text: str = self.environ.get("CONTENT_LENGTH", "")
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def wants_npy(self) -> bool:
        """Whether the client asks for its answer in the npy format."""
        accept: str = self.environ.get("HTTP_ACCEPT", "")
        return "npy" in accept.lower() and accept.partition(";")[0].strip().lower() == npy.MEDIA_TYPE

    def find(self, model: str | None = None, version: int | None = None, label: str | None = None) -> Predictor:
        """Who is to answer; written down for metrics and log. Raises what Catalog.find raises."""
        predictor = self.worker.catalog.find(model, version, label)
        self.model, self.version = predictor.version.name, str(predictor.version.number)
        return predictor

    def ask_shadow(self, answered: Predictor, rows: Tensors, outputs: Tensors) -> None:
        """Have the model's shadow asked too, where it has one that is not who answered."""
        served = self.worker.catalog.models.get(self.model)
        if served is not None and served.shadow is not None and served.shadow is not answered:
            self.worker.shadows.ask(served.shadow, rows, answered, outputs)

    def deadline_s(self, timeout_s: float) -> float:
        """When the request must have its answer, as a time of time.perf_counter.

        The client may ask for less than `timeout_s` seconds with X-Request-Timeout. Raises InvalidRequest.
        """
        given = self.environ.get("HTTP_X_REQUEST_TIMEOUT")
        if given is None:
            return self.started_s + timeout_s
        try:
            asked_s = float(given) if "_" not in given else math.nan
        except ValueError:
            asked_s = math.nan
        if not asked_s > 0:
            message = "X-Request-Timeout takes seconds, such as 0.5."
            raise InvalidRequest(message, [Detail("", f"expected a positive number, got {quoted(given)}")])
        return self.started_s + min(asked_s, timeout_s)

    def content(self) -> bytes:
        """The body, decompressed. Room for a large one is held in the worker until the exchange is closed.

        Raises what `decompressed` raises, BodyTooSlow, UnreadableBody and Overloaded.
        """
        length, limit = self.content_length, self.worker.settings.max_body_bytes
        body = self._chunked(limit) if length is None else self._announced(length, limit)
        if encoding := self.environ.get("HTTP_CONTENT_ENCODING"):
            body = self.worker.flow.beside(decompressed, body, encoding, limit)
            self._room += self.worker.bodies.take(len(body))
        return body

    def close(self) -> None:
        """Give back what was taken for this request."""
        self.worker.bodies.give_back(self._room)

    def document(self, content: bytes) -> dict[str, Any]:
        """The JSON object in `content`; or its array in the npy format as "instances", beside the query string's keys.

        Raises what `json_object` and `npy.decode` raise.
        """
        if content.startswith(npy.MAGIC):
            return self._query() | {"instances": npy.decode(content)}
        return json_object(content, self.worker.settings.max_body_bytes)

    def _query(self) -> dict[str, Any]:
        if not (text := self.environ.get("QUERY_STRING")):
            return {}
        pairs = parse_qsl(text, keep_blank_values=True)
        return {key: _typed(value) for key, value in reversed(pairs)}  # of a key that is there twice, the first

    def _announced(self, length: int, limit: int) -> bytes:
        check_size(length, limit)
        self._room = self.worker.bodies.take(length)
        body = self._receive(length)
        if len(body) < length:
            raise UnreadableBody(_UNREADABLE)
        return body

    def _chunked(self, limit: int) -> bytes:
        """A body of unknown length; room is taken for it when it turns out to be a large one."""
        body = self._receive(LARGE + 1)
        if len(body) > LARGE:
            self._room = self.worker.bodies.take(limit)
            body += self._receive(limit + 1 - len(body))
        check_size(len(body), limit)
        return body

    def _receive(self, size: int) -> bytes:
        timeout_s = self.deadline_s(self.worker.settings.request_timeout_s) - time.perf_counter()
        try:
            with self.worker.flow.time_limit(timeout_s):
                return self._read(size)
        except TimeoutError as error:
            raise BodyTooSlow("The body had not arrived when the request's time was over.") from error
        except Exception as error:  # each server has its own for broken chunks and for clients that are gone
            raise UnreadableBody(_UNREADABLE) from error

    def _read(self, size: int) -> bytes:
        """As many bytes, or all that there are. Some servers give fewer at a time."""
        stream = self.environ["wsgi.input"]
        body: bytes = stream.read(size) if size else b""
        while 0 < len(body) < size and (more := stream.read(size - len(body))):
            body += more
        return body


def _typed(text: str) -> Any:
    """A value of the query string as JSON would give it: a number where it looks like one."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
