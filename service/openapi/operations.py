"""What operations of several protocols have in common: parameters, bodies, answers and errors. Knows no protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.conformal import LEAST, MOST
from service.npy import MEDIA_TYPE
from service.openapi.shapes import BYTES, TEXT, Schema, array, choice, record, ref
from service.responses import STATUS_AND_CODE

JSON = "application/json"
NPY = {MEDIA_TYPE: {"schema": BYTES}}  # docs/api.md tells what it holds

# What can go wrong where a model is asked, where one is looked for, where anything is, and where no key is needed.
ASKED = (400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 503, 504)
FOUND = (401, 403, 404, 429, 500, 503)
ALWAYS = (401, 403, 429, 500, 503)
READY = (500, 503)
ALIVE = (500,)

Operation = dict[str, Any]

_BEFORE_A_VIEW = {404: ("not_found",), 500: ("internal",)}  # codes that no error class has
_PHRASES = {
    400: "The request does not fit.",
    401: "The service needs an API key, and the request has none, or one that does not hold.",
    403: "The request's API key is not for this.",
    404: "There is no such model, version, label or report.",
    408: "The body had not arrived when the request's time was over.",
    413: "The body, or the number of rows, is too large.",
    415: "The body's compression or type is not taken.",
    422: "The model has no finite answer.",
    429: "Too much work waits already, or the key's rate is exceeded; try again in a moment.",
    500: "The service failed; its log tells why.",
    503: "The service is starting or stopping, or has no good version of the model.",
    504: "The request's time was over before it had its answer.",
}
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"}  # as the store takes them
KEYS: Mapping[str, Schema] = {
    "model": _NAME,
    "version": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    "label": _NAME,
    "top_k": {"type": "integer", "minimum": 1},
    "threshold": {"type": "number", "minimum": 0, "maximum": 1},
    "coverage": {"type": "number", "minimum": LEAST, "maximum": MOST},
}

# Operations refer to them by name.
PARAMETERS: Mapping[str, dict[str, Any]] = {
    "Model": {"name": "model", "in": "path", "required": True, "schema": _NAME},
    "Version": {"name": "version", "in": "path", "required": True, "schema": KEYS["version"]},
    "Label": {"name": "label", "in": "path", "required": True, "schema": _NAME},
    "ModelAsked": {
        "name": "model",
        "in": "query",
        "schema": _NAME,
        "description": "Which model answers, before the header X-Model, the default model and the only one.",
    },
    "ModelNamed": {"name": "X-Model", "in": "header", "schema": _NAME, "description": "Which model answers."},
    "Timeout": {
        "name": "X-Request-Timeout",
        "in": "header",
        "schema": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "description": "Seconds that the request may take, where they are fewer than the service's own limit.",
    },
}
HEADERS: Mapping[str, dict[str, Any]] = {
    "RequestId": {
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:/+=@-]{1,128}$"},
        "description": "The request's X-Request-Id, or a new one; it stands in the log.",
    },
    "Challenge": {"required": True, "schema": TEXT, "description": "How a key is sent (WWW-Authenticate)."},
    "RetryAfter": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds."},
}


def success(content: Mapping[str, Any], headers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A good answer, by media type."""
    return {"description": "Success", "headers": {**_REQUEST_ID, **(headers or {})}, "content": dict(content)}


def in_json(schema: Any) -> dict[str, Any]:
    """A good answer in JSON; its schema may be one of marshmallow."""
    return success({JSON: {"schema": schema}})


_REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
_CHALLENGE = {"WWW-Authenticate": {"$ref": "#/components/headers/Challenge"}}
_RETRY_AFTER = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}


@dataclass(frozen=True)
class Errors:
    """The errors of one protocol, which has maybe keys of its own in them."""

    name: str
    keys: Mapping[str, Schema] = field(default_factory=dict)  # in every error
    keys_at_times: Mapping[int, Mapping[str, Schema]] = field(default_factory=dict)  # in some of a status
    more_codes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # which have another status elsewhere

    def of(self, *statuses: int) -> dict[str, Any]:
        """The responses of an operation with these statuses."""
        return {str(status): {"$ref": f"#/components/responses/{self.name}{status}"} for status in statuses}

    def components(self) -> Mapping[str, dict[str, Any]]:
        """What `of` refers to."""
        return {f"{self.name}{status}": self._response(status) for status in ASKED}

    def _response(self, status: int) -> dict[str, Any]:
        codes = [code for its_status, code in STATUS_AND_CODE.values() if its_status == status]
        codes += [*_BEFORE_A_VIEW.get(status, ()), *self.more_codes.get(status, ())]
        required = {"error": TEXT, "code": choice(*codes), "details": array(ref("ErrorDetail"), maxItems=5)}
        schema = record({**required, **self.keys}, self.keys_at_times.get(status))
        hints = _CHALLENGE if status == 401 else _RETRY_AFTER if status in (429, 503) else {}
        return {
            "description": f"{_PHRASES[status]} docs/api.md lists the codes.",
            "headers": {**_REQUEST_ID, **hints},
            "content": {JSON: {"schema": schema}},
        }


@dataclass(frozen=True)
class Chapter:
    """One protocol's part of the description."""

    name: str
    summary: str
    errors: Errors
    operations: Mapping[tuple[str, str], Operation]  # by method and path
    schemas: Mapping[str, Schema] = field(default_factory=dict)
