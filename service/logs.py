"""How log lines look: one JSON object a line. Knows nothing of what is logged."""

import logging
import os
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from select import PIPE_BUF
from typing import Any

import orjson

_LONGEST_WHEREABOUTS = 20_000  # causes may be many, or even go round in a circle


class JsonFormatter(logging.Formatter):
    """time, level, logger and message, then what a caller gave as extra={"fields": {...}}."""

    def format(self, record: logging.LogRecord) -> str:
        """One line without its end."""
        fields = dict(getattr(record, "fields", {}))
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        moment = datetime.fromtimestamp(record.created, UTC)
        return _line(moment, record.levelname.lower(), record.name, record.getMessage(), fields).decode()


def line_now(level: str, logger: str, message: str, fields: dict[str, object]) -> bytes:
    """A line as the handler below would write it, for what is written so often that its way counts."""
    return _line(datetime.now(UTC), level, logger, message, fields) + b"\n"


def write_lines(lines: Iterable[bytes]) -> None:
    """Write lines to standard output, as many at a time as other processes cannot tear apart."""
    whole = b""
    for line in lines:
        if whole and len(whole) + len(line) > PIPE_BUF:
            os.write(1, whole)
            whole = b""
        whole += line
    if whole:
        os.write(1, whole)


def whereabouts(error: BaseException) -> str:
    """Which kind of exception came up where, and from which others, without what they say."""
    told = ""
    cause: BaseException | None = error
    while cause is not None and len(told) < _LONGEST_WHEREABOUTS:
        kind = type(cause)
        told += f"{kind.__module__}.{kind.__qualname__}\n{''.join(traceback.format_tb(cause.__traceback__))}"
        cause = cause.__cause__ or cause.__context__
    return told


def _line(moment: datetime, level: str, logger: str, message: str, fields: dict[str, object]) -> bytes:
    line = {"time": moment, "level": level, "logger": logger, "process": os.getpid(), "message": message, **fields}
    return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z)


def logging_config(level: str) -> dict[str, Any]:
    """For logging.config.dictConfig: every logger, the server's own too, writes JSON lines to standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
        "root": {"level": "WARNING", "handlers": ["stdout"]},
        "loggers": {
            "heaviside": {"level": level.upper()},
            "gunicorn.error": {"level": level.upper(), "handlers": [], "propagate": True},
            "_granian": {"level": level.upper(), "handlers": [], "propagate": True},
        },
    }
