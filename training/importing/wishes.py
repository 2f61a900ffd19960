"""The words of `make import`, read. Knows neither the model nor the store."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import listed, quoted
from models.signature import Task
from training.errors import InvalidWish

LONGEST_FILE = 1 << 20  # bytes of a file of names


@dataclass(frozen=True)
class Wishes:
    """What the caller says of a file; None or empty is: find out."""

    file: Path
    name: str = ""  # of the model; else that of the file
    task: Task | None = None
    classes: str = ""  # names, or the file that holds them
    features: str = ""
    input_range: str = ""
    shape: str = ""
    preprocessing: Path | None = None
    samples: Path | None = None
    allow: tuple[str, ...] = ()
    trust: bool = False  # that the file may run code of its own
    memory_mb: int = 4096  # that loading and asking the model may take, beside what TensorFlow itself does
    seconds: int = 300

    @property
    def model_name(self) -> str:
        """Under which it is published."""
        return self.name or re.sub(r"[^A-Za-z0-9._-]+", "-", self.file.stem).strip("-._") or "imported"

    def given(self) -> dict[str, str]:
        """What was said about the model, as the manifest keeps it; of files only the names."""
        words = {
            "task": self.task.value if self.task else "",
            "classes": self.classes,
            "features": self.features,
            "input_range": self.input_range,
            "shape": self.shape,
            "preprocessing": self.preprocessing.name if self.preprocessing else "",
            "samples": self.samples.name if self.samples else "",
            "allow": ",".join(self.allow),
            "trust": "1" if self.trust else "",
        }
        return {key: value for key, value in words.items() if value}


def task_of(word: str) -> Task | None:
    """The task of that name; None for no word. Raises InvalidWish."""
    try:
        return Task(word) if word else None
    except ValueError as error:
        raise InvalidWish(f"TASK={word[:40]} is no task. Tasks: {listed(Task)}.") from error


def by_tensor(word: str, names: Sequence[str], option: str, what: str) -> Mapping[str, str]:
    """What an option says of each input or output; `text` alone where there is one, else `name:text;name:text`.

    Raises InvalidWish for a name that is none, and for text that tells of none where there are several.
    """
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in word.split(";"))):
        name, colon, text = part.partition(":")
        if not colon and len(names) > 1:
            raise InvalidWish(
                f"{option}={word[:80]} does not say of which {what} it tells. The model has several: write "
                f"{option}='{';'.join(f'{each}:...' for each in names)}'."
            )
        if colon and name.strip() not in names and len(names) > 1:
            raise InvalidWish(
                f"{option} tells of the {what} {quoted(name.strip())}, which is none. The model's: {listed(names)}."
            )
        if colon and name.strip() in names:
            found[name.strip()] = text.strip()
        else:
            found[names[0]] = part
    return found


def words_of(text: str, option: str) -> tuple[str, ...]:
    """Names between commas, or the lines of the file at that path. Raises InvalidWish for names that are no names."""
    path = Path(text)
    is_file = "," not in text and (path.suffix == ".txt" or path.is_file())
    words = tuple(_lines(path, option) if is_file else (word.strip() for word in text.split(",")))
    if not all(words) or len(set(words)) != len(words):
        raise InvalidWish(
            f"{option} must be different names, none of them empty, not {listed(map(quoted, words[:20]))}. Write them "
            "between commas, or one per line into a .txt file."
        )
    return words


def numbers_of(text: str, option: str) -> tuple[float, ...]:
    """Numbers between commas. Raises InvalidWish."""
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError as error:
        raise InvalidWish(f"{option}={text[:80]} holds no numbers between commas, such as {option}=0,255.") from error


def sizes_of(text: str) -> tuple[int, ...]:
    """The shape of a row, as 28x28x1 or 28,28,1. Raises InvalidWish."""
    sizes = re.split(r"[x,]", text.strip("()[] "))
    if not all(re.fullmatch(r" *[1-9][0-9]{0,8} *", size) for size in sizes):
        raise InvalidWish(f"SHAPE={text[:80]} is no shape of a row; write its sizes, as 28x28x1.")
    return tuple(map(int, sizes))


def _lines(path: Path, option: str) -> Iterable[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LONGEST_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InvalidWish(f"{option}={path} cannot be read: {reason}.") from error
    if len(text) > LONGEST_FILE:
        raise InvalidWish(f"{option}={path} is larger than {LONGEST_FILE:,} bytes; it needs one name per line.")
    return [line.strip() for line in text.splitlines() if line.strip()]
