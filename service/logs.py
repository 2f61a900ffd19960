"""How log lines look: one JSON object a line. Knows nothing of what is logged."""

import logging
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from select import PIPE_BUF
from typing import Any

import orjson


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
