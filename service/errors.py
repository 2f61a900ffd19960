"""What can be wrong with a request, or with the service that should answer it. Knows no status codes: see responses."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

MAX_DETAILS = 5  # enough to see the pattern; an answer must not grow with the number of faults in a request


@dataclass(frozen=True)
class Detail:
    """One fault: where in the request body (a JSON pointer, RFC 6901) and what is wrong there."""

    path: str
    message: str


def pointer(*keys: str | int) -> str:
    """A JSON pointer (RFC 6901) from keys and indexes; a key that is too long for a message is cut."""
    return "".join("/" + str(key)[:100].replace("~", "~0").replace("/", "~1") for key in keys)


def sayable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON may hold and UTF-8 may not."""
    return text.encode("utf-8", "replace").decode()


class ServiceError(Exception):
    """Base of all that this package raises on purpose. Keeps at most MAX_DETAILS details."""

    def __init__(self, message: str, details: Iterable[Detail] = ()) -> None:
        super().__init__(sayable(message))
        self.details = tuple(
            Detail(sayable(detail.path), sayable(detail.message)) for detail in islice(details, MAX_DETAILS)
        )


class InvalidSetting(ServiceError):
    """An unknown setting, or a value that does not fit one. Raised at start only."""


class InvalidJSON(ServiceError):
    """A body that is not one JSON object."""


class InvalidRequest(ServiceError):
    """A JSON object with a missing, unknown or unfit key, or an option that the model's task does not have."""


class UnreadableBody(ServiceError):
    """A body whose framing is broken, or that ended before its end."""


class InvalidArray(ServiceError):
    """A body in the npy format that is damaged, or holds no numbers."""


class InvalidTable(ServiceError):
    """A body that is no CSV, or holds no numbers."""


class UnsupportedMediaType(ServiceError):
    """A Content-Type that a protocol, which looks at it, does not take."""


class ControlledElsewhere(ServiceError):
    """A client that wants to load or unload models where the operator does not let clients do so."""


class KeyMissing(ServiceError):
    """A request without an API key, where one is needed."""


class KeyUnknown(ServiceError):
    """A request with a key that is none of the service's."""


class KeyExpired(ServiceError):
    """A request with a key whose time is over."""


class ModelForbidden(ServiceError):
    """A model that is not among those of the request's key, whether there is one of that name or not."""


class Forbidden(ServiceError):
    """What a key is not for: metrics of all models with a key for some, or loading models with one that does not."""


class RateExceeded(ServiceError):
    """More requests than the key's rate. `retry_s` tells in how many seconds one may pass."""

    def __init__(self, message: str, retry_s: float) -> None:
        super().__init__(message)
        self.retry_s = retry_s


class TooManyAtOnce(ServiceError):
    """More requests under way than one key, or one client, may have."""


class InvalidCompression(ServiceError):
    """A body that does not decompress as its Content-Encoding says."""


class UnsupportedEncoding(ServiceError):
    """A Content-Encoding that this service does not decompress."""


class BodyTooLarge(ServiceError):
    """A body, as sent or decompressed, over the limit."""


class TooManyRows(ServiceError):
    """More instances in one request than the limit."""


class WrongShape(ServiceError):
    """Rows that do not have the model's shape."""


class NotANumber(ServiceError):
    """A string, boolean, null, array or object where a number (or, in some columns, a word) is due."""


class NumberOutOfRange(ServiceError):
    """NaN, an infinity, or a number that float32 cannot hold."""


class UnknownCategory(ServiceError):
    """A word, or the number of one, that its column does not have."""


class WrongFeatures(ServiceError):
    """A row with missing or unknown feature names."""


class ModelNotNamed(ServiceError):
    """A request that names no model where there is no default."""


class NotAClassifier(ServiceError):
    """A class was asked of a regression model."""


class NoReport(ServiceError):
    """A version that was published without a report, or whose report cannot be read."""


class NonFiniteOutput(ServiceError):
    """A model that answered NaN or infinity, because its input lies far outside what it was trained on."""


class BodyTooSlow(ServiceError):
    """A body that had not arrived when the request's time was over."""


class Overloaded(ServiceError):
    """So much work waits already that a request is refused before its body is read."""


class DeadlineExceeded(ServiceError):
    """A request whose time was over before it had its answer."""


class NotReady(ServiceError):
    """A service that is starting, stopping, or lacks a model that it should serve."""


class ModelUnavailable(ServiceError):
    """A model whose every version was refused."""
