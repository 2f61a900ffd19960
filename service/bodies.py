"""From the bytes of a request body to a JSON object: limits, decompression, parsing. Knows no key of the object."""

import json
import zlib
from typing import Any

import orjson

from models.errors import quoted
from service.errors import BodyTooLarge, InvalidCompression, InvalidJSON, UnsupportedEncoding

# Deflate is a zlib stream, and x-gzip another word for gzip: RFC 9110, 8.4.1.
_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}

# What an array or object takes in memory beside what a number takes.
_CONTAINER_WEIGHT = 4


def json_object(content: bytes, max_bytes: int) -> dict[str, Any]:
    """The JSON object in a body that is not compressed any more. Raises BodyTooLarge or InvalidJSON."""
    document = json_value(content, max_bytes)
    if not isinstance(document, dict):
        raise InvalidJSON('The body must be a JSON object such as {"instances": [...]}, not another JSON value.')
    return document


def json_value(content: bytes, max_bytes: int) -> Any:
    """What any JSON says. Raises BodyTooLarge or InvalidJSON."""
    _check_weight(content, max_bytes)
    return _parse(content)


def check_size(size: int, max_bytes: int) -> None:
    """Raises BodyTooLarge where a body of `size` bytes, as it was sent, is too large."""
    if size > max_bytes:
        raise BodyTooLarge(f"The body is larger than {max_bytes} bytes; send fewer rows at a time.")


def decompressed(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body of a request with the given Content-Encoding ('' for none).

    Raises UnsupportedEncoding, InvalidCompression or BodyTooLarge.
    """
    check_size(len(body), max_bytes)
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in _WINDOW_BITS:
        raise UnsupportedEncoding(f"Content-Encoding {quoted(encoding)} is not supported; use gzip, deflate or none.")
    content = b""
    while body:  # gzip files may be joined
        stream = zlib.decompressobj(_WINDOW_BITS[encoding])
        try:
            content += stream.decompress(body, max_bytes + 1 - len(content))
        except zlib.error as error:
            raise InvalidCompression(f"The body is not valid {encoding}: {error}.") from error
        if len(content) > max_bytes:
            raise BodyTooLarge(f"The body is over {max_bytes} bytes when decompressed; send fewer rows at a time.")
        if not stream.eof:
            raise InvalidCompression(f"The {encoding} body ends too early: it is truncated.")
        body = stream.unused_data
    return content


def _check_weight(body: bytes, max_bytes: int) -> None:
    """A body of empty arrays would take thirty times its size in memory, so their number is limited before parsing."""
    if body.count(b",") + _CONTAINER_WEIGHT * (body.count(b"[") + body.count(b"{")) > max_bytes // 2:
        raise BodyTooLarge("The body has too many values; send fewer rows at a time.")


def _parse(body: bytes) -> Any:
    if not body:
        raise InvalidJSON('The body is empty; send a JSON object such as {"instances": [...]}.')
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _parse_leniently(body, error)


def _parse_leniently(body: bytes, error: orjson.JSONDecodeError) -> Any:
    """Python's own parser takes NaN, Infinity and 1e999, so that they can be refused by their place in the rows."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InvalidJSON(f"The body is not valid JSON: {error}.") from error
