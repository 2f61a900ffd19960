"""Answers that are compressed where a client asks for it: RFC 9110, 12.5.3. Knows no protocol."""

import gzip
import re
import zlib
from collections.abc import Callable

from service.responses import Reply

_LEVEL = 1  # of nine: the others take several times longer and save a few percent of numbers
_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")  # the weight of what a client does not want
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, _LEVEL, mtime=0),
    "deflate": lambda content: zlib.compress(content, _LEVEL),
}


def compressed(answer: Reply, accepted: str) -> Reply:
    """The answer, compressed by the first encoding in Accept-Encoding that is known here."""
    for word in accepted.lower().split(",") if accepted else ():
        name, _, weight = word.partition(";")
        if (encode := _ENCODERS.get(name.strip())) and not _REFUSED.fullmatch(weight):
            content = encode(b"".join(answer.body))
            headers = [(key, value) for key, value in answer.headers if key != "Content-Length"]
            headers += [
                ("Content-Encoding", name.strip()),
                ("Content-Length", str(len(content))),
                ("Vary", "Accept-Encoding"),
            ]
            return Reply(answer.status, headers, [content], len(content))
    return answer
