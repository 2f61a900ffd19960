"""What the views that Flask calls have in common: worker and exchange, JSON, and the headers of pages."""

from typing import Any, cast

import orjson
from flask import Response, current_app, request

from service.exchange import ENVIRON_KEY, Exchange
from service.worker import Worker

# Of pages for people: shown in no frame of others, and whom they lead to is not told where from.
PAGE = {"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}


def worker() -> Worker:
    """Settings, metrics and catalog of this process."""
    return cast("Worker", current_app.extensions["heaviside"])


def exchange() -> Exchange:
    """The request that is being answered."""
    return cast("Exchange", request.environ[ENVIRON_KEY])


def json_response(document: Any) -> Response:
    """A JSON response."""
    return Response(orjson.dumps(document), mimetype="application/json")
