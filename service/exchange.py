"""One request as WSGI gives it, and what is written down of it for metrics and log. Knows no view and no Flask."""

import math
import random
import re
import time
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import orjson
from werkzeug.wsgi import get_path_info

from models.errors import quoted
from models.golden import Tensors, row_count
from service import npy
from service.bodies import check_size, decompressed, json_object, json_value
from service.budget import LARGE
from service.catalog import Catalog
from service.errors import BodyTooSlow, Detail, InvalidJSON, InvalidRequest, UnreadableBody
from service.keys import Key
from service.plain import Numbers, cut, restored
from service.predictor import Predictor
from service.worker import Worker

_REQUEST_ID = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)  # what a client may put into our log lines
_NAMES = ("model", "label")  # keys whose values are text, be it 1.50 or null
ENVIRON_KEY = "heaviside.exchange"  # where Flask's views find theirs
_UNREADABLE = "The body cannot be read: it is not framed as its headers say, or it ended early."


class Exchange:
    """A request on its way through the service, from its first look at the clock to its line in the log."""

    def __init__(self, environ: dict[str, Any], worker: Worker) -> None:
        self.started_s = time.perf_counter()
        self.environ = environ
        self.worker = worker
        given = environ.get("HTTP_X_REQUEST_ID")
        self.request_id = given if given and _REQUEST_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
        self.protocol = "native"
        self.route = "unmatched"  # the pattern that the path fits
        self.model = ""  # who answered; empty where none was found
        self.version = ""
        self.rows = 0
        self.decoded_s = 0.0  # when the rows had been read, and when the model had answered; times of perf_counter
        self.answered_s = 0.0
        self.timeout_s = math.inf  # what the body asks for, where the protocol has such a key
        self._is_pinned = False  # to a version or a label
        self._room = 0  # bytes taken of the worker's room for large bodies
        self._is_unread = True  # the body, if there is one: nothing has read it to its end
        self.fault = ""  # the code of the error that is answered
        self.key: Key | None = None  # with which it came; None where the service needs none
        self.seat: str | None = None  # whose request it counts as, of those under way; None: that is not counted

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
    def has_unread_body(self) -> bool:
        """Whether the client may still be sending what nobody has asked for."""
        return self._is_unread and (bool(self.content_length) or "HTTP_TRANSFER_ENCODING" in self.environ)

    @property
    def wants_npy(self) -> bool:
        """Whether the client asks for its answer in the npy format."""
        accept: str = self.environ.get("HTTP_ACCEPT", "")
        return "npy" in accept.lower() and accept.partition(";")[0].strip().lower() == npy.MEDIA_TYPE

    @property
    def catalog(self) -> Catalog:
        """The models served now that the request's key is for. Raises NotReady."""
        catalog = self.worker.catalog
        return catalog if self.key is None or self.key.models is None else catalog.only(self.key.models)

    def may_ask(self, model: str) -> bool:
        """Whether the request's key is for that model."""
        return self.key is None or self.key.models is None or model in self.key.models

    def model_named(self) -> str | None:
        """The model that the query string or the X-Model header names, for paths that name none."""
        named: str | None = self.query().get("model", self.environ.get("HTTP_X_MODEL"))
        return named

    def find(self, model: str | None = None, version: int | None = None, label: str | None = None) -> Predictor:
        """Who is to answer; written down for metrics and log. Raises what Catalog.find raises."""
        predictor = self.catalog.find(model, version, label)
        self.model, self.version = predictor.version.name, str(predictor.version.number)
        self._is_pinned = version is not None or label is not None
        return predictor

    def admit(self, model: str | None = None, version: int | None = None, label: str | None = None) -> Predictor:
        """Who is to answer, if there is room for one more request: to be asked before the body is read.

        Raises what `find` and Batcher.admit raise.
        """
        predictor = self.find(model, version, label)
        predictor.batcher.admit(self.deadline_s(predictor.limits.request_timeout_s))
        return predictor

    def predict(self, predictor: Predictor, rows: Tensors) -> Tensors:
        """What a model answers to checked rows; each step is timed. Raises what Predictor.predict raises."""
        self.rows = row_count(rows)
        self.decoded_s = time.perf_counter()
        outputs = predictor.predict(rows, self.deadline_s(predictor.limits.request_timeout_s))
        self.answered_s = time.perf_counter()
        if not self._is_pinned:
            self._ask_shadow(predictor, rows, outputs)
        return outputs

    def _ask_shadow(self, answered: Predictor, rows: Tensors, outputs: Tensors) -> None:
        """Have the model's shadow asked too, where it has one that is not who answered."""
        served = self.worker.catalog.models.get(self.model)
        if served is not None and served.shadow is not None and served.shadow is not answered:
            self.worker.shadows.ask(served.shadow, rows, answered, outputs)

    def deadline_s(self, timeout_s: float) -> float:
        """When the request must have its answer, as a time of time.perf_counter.

        The client may ask for less than `timeout_s` seconds, in X-Request-Timeout or in the body. Raises
        InvalidRequest.
        """
        timeout_s = min(timeout_s, self.timeout_s)
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
            return self.query() | {"instances": npy.decode(content)}
        return self.json(content)

    def json(self, content: bytes) -> dict[str, Any]:
        """The JSON object in `content`, with Numbers in place of some arrays. Raises what `json_object` raises."""
        limit = self.worker.settings.max_body_bytes
        envelope, texts = cut(content)
        if texts:
            arrays = [Numbers(text, self.worker.plain_rows, partial(json_value, max_bytes=limit)) for text in texts]
            with suppress(InvalidJSON):
                document = json_object(envelope, limit)
                if restored(document, arrays):
                    return document
        return json_object(content, limit)

    def query(self) -> dict[str, Any]:
        """What stands after the path; of a key that is there twice, the first."""
        if not (text := self.environ.get("QUERY_STRING")):
            return {}
        pairs = parse_qsl(text, keep_blank_values=True)
        return {key: value if key in _NAMES else _typed(value) for key, value in reversed(pairs)}

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
            self._is_unread = True
            self._room = self.worker.bodies.take(limit)
            body += self._receive(limit + 1 - len(body))
        self._is_unread = len(body) > limit
        check_size(len(body), limit)
        return body

    def _receive(self, size: int) -> bytes:
        timeout_s = self.deadline_s(self.worker.settings.request_timeout_s) - time.perf_counter()
        self._is_unread = False  # all of it is read now, or something is wrong with it
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
