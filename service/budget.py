"""How many bytes of large request bodies a worker holds at a time. Knows no request."""

from threading import Lock

from service.errors import Overloaded

LARGE = 1 << 20  # bytes; smaller bodies are not counted, so that large ones never keep them out


class BodyBudget:
    """Room for so many bytes. Safe to use from several threads at once."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held = 0
        self._lock = Lock()

    def take(self, size: int) -> int:
        """Take room for a body of `size` bytes, and return how much of it is to be given back with the answer.

        A body that is alone is taken, however large: another limit is there for that. Raises Overloaded.
        """
        if size <= LARGE:
            return 0
        with self._lock:
            if self._held and self._held + size > self._room:
                raise Overloaded("Too many large bodies are on their way already; try again in a moment.")
            self._held += size
        return size

    def give_back(self, size: int) -> None:
        """Give back what `take` returned."""
        if size:
            with self._lock:
                self._held -= size
