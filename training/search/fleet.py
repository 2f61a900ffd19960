"""The workers that one command starts on its machine: as many as were asked for, whatever becomes of single ones."""

import sys
import time
from collections.abc import Sequence
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

from training.search.engines import Work
from training.search.post import Post
from training.search.processes import uninterrupted
from training.search.worker import CANNOT, DONE

END_S = 30.0  # for a worker to give its trial back
VAIN_STARTS = 3  # of one worker after another, without a trial that ended in between


class Fleet:
    """A worker process per post. To be closed."""

    def __init__(self, posts: Sequence[Post], work: Work, context: ForkServerContext | SpawnContext) -> None:
        self._work = work
        self._context = context
        self._workers: dict[int, tuple[Post, BaseProcess]] = {}
        self._vain, self._done = 0, -1
        self.is_content = True  # whether every worker that ended for good found nothing left to do
        self._size = len(posts)
        for place, post in enumerate(posts):
            self._start(place, post)

    def keep_up(self, done: int) -> bool:
        """Start a worker for each that died. `done` counts the trials that are over.

        False where none is left and another would be of no use: all is done, or they end before any trial does.
        """
        if done > self._done:
            self._done, self._vain = done, 0
        for place, (post, worker) in list(self._workers.items()):
            if worker.is_alive():
                continue
            del self._workers[place]
            self._vain += worker.exitcode not in (DONE, CANNOT)
            if worker.exitcode not in (DONE, CANNOT) and self._vain <= VAIN_STARTS * self._size:
                self._start(place, post)
            else:
                self.is_content = self.is_content and worker.exitcode == DONE
        return bool(self._workers)

    def close(self) -> None:
        """Ask all of them to give back what they run, and end."""
        for _, worker in self._workers.values():
            worker.terminate()
        deadline = time.monotonic() + END_S
        for _, worker in self._workers.values():
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.is_alive():
                print("A worker did not end in time and is killed.", file=sys.stderr)
                worker.kill()
                worker.join()

    def _start(self, place: int, post: Post) -> None:
        worker = self._context.Process(target=_run, args=(self._work, post), name=f"worker {place}")
        with uninterrupted():
            worker.start()
        self._workers[place] = (post, worker)


def _run(work: Work, post: Post) -> None:
    sys.exit(work(post))
