"""What the views that Flask calls have in common: the worker that their app belongs to, and JSON."""

from typing import Any, cast

import orjson
from flask import Response, current_app

from service.worker import Worker


def worker() -> Worker:
    """Settings, metrics and catalog of this process."""
    return cast("Worker", current_app.extensions["heaviside"])


def json_response(document: Any) -> Response:
    """A JSON response."""
    return Response(orjson.dumps(document), mimetype="application/json")
