"""gunicorn's threaded worker, with a while between being told to stop and stopping. Knows neither models nor Flask."""

from threading import Timer
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Goes on accepting for `drain_s` after SIGTERM, so that /readyz can say so before connections are refused."""

    drain_s = 0.0  # set by gunicorn.conf.py

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_stopping = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: stop, but not yet."""
        if not self.is_stopping:
            self.is_stopping = True
            timer = Timer(self.drain_s, super().handle_exit, (sig, frame))
            timer.daemon = True
            timer.start()
