"""Attacks on an app in this process, and the settings of a service that is attacked."""

from dataclasses import replace
from io import BytesIO, StringIO
from typing import Any
from wsgiref.validate import validator

from flask import Flask

from tests.service.attacks import Attack
from tests.service.described import Told
from tests.service.protocols import VERTEX

SETTINGS = VERTEX | {
    "default_model": "flowers",
    "max_rows": 64,
    "max_body_mib": 2,
    "bodies_mib": 1,  # so that one large body that is not forgotten keeps all others out
    "cors_origins": ("*",),
}
LARGE = b'{"instances": [[1, 2, 3, 4]]' + b" " * 1_500_000 + b"}"


def ask(app: Flask, attack: Attack) -> Told:
    """Send a request without a client between, which would put right what is wrong, and check both sides' WSGI."""
    environ = {
        "REQUEST_METHOD": attack.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": in_wsgi(attack.path),
        "QUERY_STRING": attack.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(attack.body),
        "wsgi.errors": StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, text in attack.all_headers().items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = in_wsgi(text)
    started: list[Any] = []
    parts = validator(app.wsgi_app)(environ, lambda *arguments: started.append(arguments))
    body = b"".join(parts)
    parts.close()
    ((status, headers, *_),) = started
    return Told(int(status[:3]), {name.lower(): value for name, value in headers}, body)


def in_wsgi(text: str) -> str:
    """As PEP 3333 has texts: a letter per byte."""
    return text.encode(errors="surrogateescape").decode("latin-1")


def named(good: list[Attack]) -> list[Attack]:
    """With an id each, which some answers repeat."""
    return [replace(attack, headers=attack.headers | {"X-Request-Id": str(n)}) for n, attack in enumerate(good)]
