"""What can be wrong with a store of models. Knows no transport: neither status codes nor exit codes."""

from collections.abc import Iterable

LONGEST_WORD = 100  # characters of a foreign word that a message repeats


class ModelsError(Exception):
    """Base of all that this package raises on purpose."""


class InvalidName(ModelsError):
    """A model name or label that cannot be a folder, a URL part and a metric label at once."""


class InvalidSignature(ModelsError):
    """A signature whose parts contradict each other."""


class InvalidConformal(ModelsError):
    """Thresholds by coverage that contradict each other."""


class InvalidStudy(ModelsError):
    """The summary of a search whose parts contradict each other."""


class UnknownModel(ModelsError):
    """A model that the store does not hold."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no model {quoted(name)}. Known models: {listed(known)}.")
        self.name = name


class UnknownVersion(ModelsError):
    """A version number that the store, or the service that reads it, does not hold."""

    def __init__(self, name: str, number: int, known: Iterable[int], remedy: str = "") -> None:
        super().__init__(f"Model {name!r} has no version {number}. Known versions: {listed(known)}.{remedy}")
        self.name, self.number = name, number


class UnknownLabel(ModelsError):
    """A label that points at no version of the model."""

    def __init__(self, name: str, label: str, known: Iterable[str]) -> None:
        super().__init__(f"Model {name!r} has no label {quoted(label)}. Known labels: {listed(known)}.")
        self.label = label


class BadVersion(ModelsError):
    """A version that must not be served, because a file of it is missing, changed or makes no sense."""


class BadLabel(ModelsError):
    """A label whose file does not hold a version number."""


class BadTraffic(ModelsError):
    """A split or a shadow, or the file of both, that does not tell who answers."""


class NothingBefore(ModelsError):
    """A model whose only version cannot be rolled back."""


class BadKey(ModelsError):
    """A key to sign or to check with that is none, or that too many may read."""


class UnreadableStore(ModelsError):
    """A store, or a model's folder in it, that this process may not read."""


def quoted(word: str) -> str:
    """A word that somebody sent, in quotes, and cut where it is too long for a message."""
    return repr(word if len(word) <= LONGEST_WORD else word[:LONGEST_WORD] + "…")


def listed(values: Iterable[object]) -> str:
    """The values as a sentence part, 'none' where there are none."""
    return ", ".join(str(value) for value in values) or "none"
