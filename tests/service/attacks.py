"""Requests that nearly fit, or do not fit at all: good ones of every protocol, changed in up to three places."""

import gzip
import json
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.service.openinference import JSON_LENGTH

Draw = Callable[[st.SearchStrategy[Any]], Any]

# Texts that stand in a document for what would be slow to make anew, or is no JSON; see `Attack.head`.
WRITTEN = {
    '"@deep"': "[" * 3000 + "]" * 3000,
    '"@deeper"': '{"a":' * 100_000 + "1" + "}" * 100_000,
    '"@many"': "[" + "0," * 700_000 + "0]",
    '"@digits"': "1" + "0" * 5000,
    '"@rows"': "[" + "[1,2,3,4]," * 99 + "[1,2,3,4]]",
    '"@half"': '"\\ud800"',
    '"@open"': "[1,2",
    '"@minus"': "-",
}
VALUES = (
    None, True, False, "", "1", "NaN", " ", "\x00", "ß€🐙\u202e", "/", "~1", "x" * 5000, "<array 0>", "\ufeff",
    0, -0.0, -1, 1, 1.5, 2**24 + 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**40, 1e-46, 3.5e38, 1e308,
    float("nan"), float("inf"), -float("inf"), [], {}, [[]], [{}], [None], [1, "2"], {"": 0}, {"data": []},
    {"b64": "AAAA"}, [[[[[1]]]]], [1] * 100, *(json.loads(text) for text in WRITTEN),
)  # fmt: skip
KEYS = (
    "instances", "inputs", "outputs", "examples", "context", "parameters", "params", "signature_name", "model",
    "version", "label", "top_k", "threshold", "coverage", "id", "name", "shape", "datatype", "data", "binary_data",
    "binary_data_size", "binary_data_output", "classification", "timeout", "sequence_id", "triton_x", "dataframe_split",
    "dataframe_records", "columns", "index", "ready", "config", "file:1/model.onnx", "unload_dependents", "", "row",
    "ß",
)  # fmt: skip
DATATYPES = (
    "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BF16",
    "BYTES", "fp32",
)  # fmt: skip
HEADERS = {
    "Content-Type": (
        "", "application/json", "text/csv", "application/csv", "application/x-npy", "application/octet-stream",
        "application/json; charset=latin-1", "application/json;charset=utf-8;", "multipart/form-data", "/", "ÿ",
        "application/x-www-form-urlencoded", "text/csv; header=absent", ";;;", "a" * 3000,
    ),
    "Content-Encoding": ("gzip", "deflate", "x-gzip", "identity", "br", "gzip, gzip", "", "GZIP ", "ÿ"),
    "Accept": ("application/x-npy", "text/csv", "*/*", "application/x-npy;q=0", "", "a,b;q=x", "application/X-NPY "),
    "Accept-Encoding": ("gzip", "deflate", "gzip;q=0", "identity;q=1, *;q=0", "br, deflate;q=0.5", ";", "ÿ"),
    JSON_LENGTH: ("0", "1", "-1", "", "9" * 30, "1e3", " 5", "٣", "0x10", "10000000"),
    "X-Request-Timeout": ("1", "0.5", "1e-9", "0", "-1", "nan", "inf", "1_0", "", "ÿ", "9" * 400, "1e400"),
    "X-Request-Id": ("a", "", "ÿ", "a b", "x" * 129, "<script>"),
    "X-Model": ("flowers", "nope", "", "ÿ", "../flowers", "x" * 5000),
    "Origin": ("https://a.example", "null", "ÿ"),
    "Access-Control-Request-Headers": ("x-model", "ÿ"),
    "Expect": ("100-continue", "ÿ"),
    "Range": ("bytes=0-1",),
    "If-None-Match": ("*",),
    "Transfer-Encoding": ("identity",),
}  # fmt: skip
MODELS = (
    "flowers", "pictures", "tumours", "tags", "prices", "boxes", "half_plus_two", "tickets", "gates", "lamps", "nope",
    "ß", "a:b", "%2e", " ", "\udcff", "..",
)  # fmt: skip
MODELS_OF_OTHER_FORMS = ("parcels", "reviews", "sentences", "sketches")
NUMBERS = ("1", "0", "2", "01", "-1", "1.0", "٣", "9" * 18, "9" * 19, "x")
LABELS = ("stable", "nope", "1", "ß", ":")
QUERIES = (
    "", "model=flowers", "model=nope", "model=1", "model=[]", "model", "version=1", "version=x", "label=stable",
    "top_k=1", "top_k=0", "threshold=0.5", "threshold=NaN", "coverage=0.9", "model=flowers&model=tags", "model=parcels",
    "instances=1", "inputs=[[1]]", "parameters={%22top_k%22:1}", "params={%22top_k%22:1}", "%ff=%ff", "&&=&",
    "model=%00", "a=" + "x" * 2000,
)  # fmt: skip
MOST_PLACES = 60  # in a document; with more, all changes would be made deep in its numbers
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Attack:
    """A request, as it is to go over the wire."""

    method: str
    path: str  # not quoted; bytes that are no UTF-8 as Python escapes them
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    head: bytes = b""
    tail: bytes | None = None  # what follows the JSON of `head`, whose length is then told
    length: str | None = ""  # Content-Length; empty: the true one; None: the body is chunked

    @property
    def body(self) -> bytes:
        """All of it."""
        return self.head + (self.tail or b"")

    def all_headers(self) -> dict[str, str]:
        """With the lengths."""
        lengths = {} if self.tail is None else {JSON_LENGTH: str(len(self.head))}
        if self.length is not None:
            lengths["Content-Length"] = self.length or str(len(self.body))
        return lengths | self.headers

    def target(self) -> str:
        """Path and query, as a request line has them."""
        return quote(self.path, safe="/:", errors="surrogateescape") + (f"?{self.query}" if self.query else "")

    def __repr__(self) -> str:
        """Short enough to be read where a test fails."""
        body = self.body if len(self.body) < 2000 else self.body[:1000] + b" ... " + self.body[-100:]
        return f"{self.method} {self.target()[:300]} {str(self.all_headers())[:500]} {body!r} ({len(self.body)} bytes)"


def attacks(seeds: list[Attack]) -> st.SearchStrategy[Attack]:
    """One of the good requests, with up to three changes."""

    @st.composite
    def changed(draw: Draw) -> Attack:
        attack = draw(st.sampled_from(seeds))
        for change in draw(st.lists(st.sampled_from(CHANGES), max_size=3)):
            attack = change(draw, attack)
        return attack

    return changed()  # without the seeds as arguments: Hypothesis would write them all where something fails


def change_document(draw: Draw, attack: Attack) -> Attack:
    """Another value, key or order somewhere in the JSON."""
    try:
        places = list(islice(_places(document := json.loads(attack.head)), MOST_PLACES))
    except (ValueError, RecursionError):  # it is none, or none any more
        places = []
    if not places:
        return change_bytes(draw, attack)
    holder, key = draw(st.sampled_from(places))
    draw(st.sampled_from(EDITS))(draw, holder, key)
    text = json.dumps(document, ensure_ascii=draw(st.booleans()))
    for mark, written in WRITTEN.items():
        text = text.replace(mark, written)
    return replace(attack, head=text.encode(errors="surrogatepass"))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document where a value stands, outer ones first."""
    waiting = deque([value])
    while waiting:
        holder = waiting.popleft()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            yield holder, key
            waiting.append(holder[key])


def _set(draw: Draw, holder: Any, key: Any) -> None:
    holder[key] = draw(st.sampled_from(VALUES) | st.floats() | st.integers() | st.text(max_size=20))


def _set_datatype(draw: Draw, holder: Any, key: Any) -> None:
    holder[key] = draw(st.sampled_from(DATATYPES))


def _nudge(draw: Draw, holder: Any, key: Any) -> None:
    if type(holder[key]) in (int, float):
        holder[key] += draw(st.sampled_from([-1, 1, 0.5, 2**31, 1e39]))
    else:
        _set(draw, holder, key)


def _repeat(draw: Draw, holder: Any, key: Any) -> None:
    if isinstance(holder[key], list):
        holder[key] = holder[key] * draw(st.sampled_from([0, 2, 70]))
    else:
        _wrap(draw, holder, key)


def _drop(draw: Draw, holder: Any, key: Any) -> None:  # noqa: ARG001  # as every edit
    del holder[key]


def _wrap(draw: Draw, holder: Any, key: Any) -> None:
    holder[key] = draw(st.sampled_from([[holder[key]], {"row": holder[key]}, [holder[key], None]]))


def _add(draw: Draw, holder: Any, key: Any) -> None:
    value = draw(st.sampled_from([holder[key], *VALUES]))
    if isinstance(holder, dict):
        holder[draw(st.sampled_from(KEYS))] = value
    else:
        holder.insert(key, value)


EDITS = (_set, _set, _nudge, _repeat, _drop, _wrap, _add, _set_datatype)


def change_bytes(draw: Draw, attack: Attack) -> Attack:
    """Bytes of the body cut off, put in, overwritten, repeated, or a key twice."""
    part = "tail" if attack.tail and draw(st.booleans()) else "head"
    content: bytes = getattr(attack, part)
    at = draw(st.integers(0, len(content)))
    new = draw(st.binary(max_size=8))
    return replace(attack, **{part: draw(st.sampled_from([
        content[:at],
        content[at:],
        content[:at] + new + content[at:],
        content[:at] + new + content[at + len(new):],
        content[:at] + content,
        content.replace(b"{", b'{"instances": 1, "inputs": 2, ', 1),
        content + b" " * 1_100_000,
        new,
        b"",
    ]))})  # fmt: skip


def change_header(draw: Draw, attack: Attack) -> Attack:
    """A header that clients rarely send."""
    name = draw(st.sampled_from(sorted(HEADERS)))
    return replace(attack, headers=attack.headers | {name: draw(st.sampled_from(HEADERS[name]))})


def change_length(draw: Draw, attack: Attack) -> Attack:
    """Another length than the body has, or none."""
    size = len(attack.body)
    return replace(attack, length=draw(st.sampled_from([None, str(size + 1), str(size * 2 + 9), str(size // 2), "0"])))


def compress(draw: Draw, attack: Attack) -> Attack:
    """The body as gzip or deflate, maybe not to its end, or not as the header says."""
    name, packed = draw(st.sampled_from([("gzip", gzip.compress), ("deflate", zlib.compress)]))
    lengths = {} if attack.tail is None else {JSON_LENGTH: str(len(attack.head))}
    content = packed(attack.body)
    content = draw(
        st.sampled_from([content, content, content[:-3], content + b"x", content * 2, gzip.compress(content)])
    )
    headers = lengths | attack.headers | {"Content-Encoding": name}
    return replace(attack, head=content, tail=None, headers=headers)


def change_place(draw: Draw, attack: Attack) -> Attack:
    """Another model, version or label in the path."""
    words = attack.path.split("/")
    at = draw(st.integers(1, max(1, len(words) - 1)))
    name, colon, verb = words[at].partition(":") if at < len(words) else ("", "", "")
    new = draw(st.sampled_from([*MODELS, *MODELS_OF_OTHER_FORMS, *NUMBERS, *LABELS]))
    place = draw(st.sampled_from(["", f"/versions/{draw(st.sampled_from(NUMBERS))}", "/labels/stable"]))
    if at < len(words):
        words[at] = draw(
            st.sampled_from([new + colon + verb, name + place + colon + verb, new, name + colon + "explain"])
        )
    return replace(attack, path="/".join(words) or "/")


def change_query(draw: Draw, attack: Attack) -> Attack:
    """Another query string."""
    return replace(attack, query=draw(st.sampled_from(QUERIES)))


def change_method(draw: Draw, attack: Attack) -> Attack:
    """Another method."""
    return replace(attack, method=draw(st.sampled_from(METHODS)))


CHANGES = (
    change_document, change_document, change_document, change_bytes, change_header, change_length, compress,
    change_place, change_query, change_method,
)  # fmt: skip
