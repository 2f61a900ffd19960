"""gunicorn's threaded worker, with a while between being told to stop and stopping. Knows neither models nor Flask."""

from collections.abc import Callable
from threading import Timer
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Goes on accepting for `drain_s` after SIGTERM, so that /readyz can say so before connections are refused."""

    drain_s = 0.0  # set by gunicorn.conf.py

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.announce_stop: Callable[[], None] = lambda: None  # set by gunicorn.conf.py when there is an app to tell
        self._is_told = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: stop, but not yet."""
        if not self._is_told:
            self._is_told = True
            self.announce_stop()
            timer = Timer(self.drain_s, super().handle_exit, (sig, frame))
            timer.daemon = True
            timer.start()
