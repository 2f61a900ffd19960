"""Keeps a worker's API keys as their file is. Knows no request.

A file that is damaged or gone changes nothing: the last good keys hold, which a worker that starts meanwhile finds in
the folder that all workers share.
"""

import logging
import os
from pathlib import Path

from service.key_lines import BadKeys, parse, read, read_text
from service.keys import Keys
from service.worker import Worker

LOOK_S = 1.0  # how often it is read: so long may a key hold that was taken out

log = logging.getLogger("heaviside.keys")


class KeyFile:
    """The file of one worker's keys, and what it said last."""

    def __init__(self, path: Path, worker: Worker) -> None:
        self._path = path
        self._worker = worker
        self._copy = worker.peers.folder / "keys"
        self._seen = ""
        self._complaint = ""

    def follow(self) -> None:
        """Look at the file until the worker stops."""
        while not self._worker.stopping.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        """Have the worker go by what the file says now, or by what it said last."""
        try:
            text = read_text(self._path)
            if text != self._seen or self._complaint:
                self._take(text, parse(text, self._path))
        except BadKeys as error:
            self._complain(str(error))

    def _take(self, text: str, keys: Keys) -> None:
        self._seen, self._complaint = text, ""
        self._worker.keys = keys
        self._worker.metrics.observe_keys(len(keys.by_digest), are_current=True)
        part = self._copy.with_name(f"keys.{os.getpid()}")
        part.write_text(text)
        part.replace(self._copy)
        log.info("API keys read", extra={"fields": {"keys": len(keys.by_digest)}})

    def _complain(self, reason: str) -> None:
        if self._worker.keys is None:
            self._take_copy()
        if reason == self._complaint:  # told once, not at every look
            return
        self._complaint = reason
        held = len(self._worker.keys.by_digest) if self._worker.keys else 0
        self._worker.metrics.observe_keys(held, are_current=False)
        log.error(
            "API keys cannot be read; the last good ones hold", extra={"fields": {"reason": reason, "keys": held}}
        )

    def _take_copy(self) -> None:
        """What another worker read while the file was good; nothing, where none has."""
        try:
            self._worker.keys = read(self._copy)
        except BadKeys:
            return
