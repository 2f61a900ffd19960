"""The throw-away process that a model file is loaded in, from outside: starts it, asks, and leaves nothing of it.

Knows neither Keras nor what is asked. Whatever becomes of the process ends in an answer or in one sentence.
"""

import json
import os
import selectors
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import training
from training.importing.errors import CannotImport, WorkshopFailed
from training.importing.limits import MEBIBYTE, Limits

PROGRAM = ("-m", "training.importing.workbench")
ERRORS = "errors.txt"
LONGEST_ANSWER = 16 << 20  # bytes
_PASSED = ("LANG", "LC_ALL", "LD_LIBRARY_PATH")  # variables that Python itself may need


class Workshop:
    """A process and its folder. To be used in a `with`, whose end ends both."""

    def __init__(self, limits: Limits, allow: Sequence[str] = (), program: Sequence[str] = PROGRAM) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="heaviside-import-")).resolve()
        self._limits = limits
        self._deadline = time.monotonic() + limits.seconds
        (self.folder / "home").mkdir()
        with (self.folder / ERRORS).open("wb") as errors:
            self._process = subprocess.Popen(
                _command(program, self.folder, limits, allow),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env=_environment(self.folder),
                start_new_session=True,  # so that all it may have started ends with it
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._end()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, do: str, **request: Any) -> Any:
        """What the process answers. Raises CannotImport where it says why not, WorkshopFailed where it says nothing."""
        answer = self._answered(json.dumps({"do": do, **request}).encode() + b"\n")
        if tried := answer.get("tried"):
            raise CannotImport(f"The model tried what a model has no need of, and was refused: {str(tried[0])[:300]}.")
        if answer.get("memory"):
            raise WorkshopFailed(self._too_large())
        if "error" in answer:
            raise CannotImport(f"Keras cannot use this model: {str(answer['error'])[:600]}.")
        if "answer" not in answer:
            raise WorkshopFailed("The process that had the model gave no answer.")
        return answer["answer"]

    def has(self, *place: str) -> bool:
        """Whether there is such a file in the folder."""
        return self.folder.joinpath(*place).is_file()

    def taken(self, *place: str) -> bytes:
        """The bytes of a file in the folder, no part of whose path is a link. Raises WorkshopFailed."""
        *folders, name = place
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                descriptor = _opened(descriptor, folder, os.O_DIRECTORY)
            descriptor = _opened(descriptor, name, os.O_NONBLOCK)
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > self._limits.file_mb * MEBIBYTE:
                raise WorkshopFailed(f"The process that had the model made no file of {name}.")
            with os.fdopen(os.dup(descriptor), "rb") as file:
                return file.read(self._limits.file_mb * MEBIBYTE)
        except OSError as error:
            raise WorkshopFailed(f"The process that had the model wrote no {name}.") from error
        finally:
            os.close(descriptor)

    def _answered(self, line: bytes) -> dict[str, Any]:
        try:
            assert self._process.stdin
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise WorkshopFailed(self._how_it_ended()) from error
        try:
            answer = json.loads(self._line())
        except (ValueError, RecursionError) as error:
            raise WorkshopFailed("The process that had the model answered with what is no answer.") from error
        if not isinstance(answer, dict):
            raise WorkshopFailed("The process that had the model answered with what is no answer.")
        return answer

    def _line(self) -> bytes:
        assert self._process.stdout
        descriptor, line = self._process.stdout.fileno(), bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, self._deadline - time.monotonic())):
                    raise WorkshopFailed(
                        f"Importing took more than {self._limits.seconds} seconds and was ended. --seconds allows more."
                    )
                part = os.read(descriptor, 1 << 16)
                if not part:
                    raise WorkshopFailed(self._how_it_ended())
                line += part
                if len(line) > LONGEST_ANSWER:
                    raise WorkshopFailed("The process that had the model answered at a length that no answer has.")
        return bytes(line)

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "The process that had the model closed its pipe."
        if code == -signal.SIGXCPU:
            return f"Loading and asking the model took more than {self._limits.cpu_seconds} seconds of processors."
        if code == -signal.SIGXFSZ:
            return f"The model wrote a file of more than {self._limits.file_mb:,} MB."
        if (
            code in (-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)
            or b"bad_alloc" in self._errors()
        ):
            return f"The process that had the model was ended by {signal.Signals(-code).name}. {self._too_large()}"
        return f"The process that had the model ended with status {code}: {self._last_line()}"

    def _too_large(self) -> str:
        return (
            f"The model takes more memory than the {self._limits.memory_mb:,} MB that loading and asking it may take. "
            "--memory-mb allows more."
        )

    def _errors(self) -> bytes:
        try:
            with (self.folder / ERRORS).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
                return file.read()
        except OSError:
            return b""

    def _last_line(self) -> str:
        lines = self._errors().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")[:300]

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _opened(folder: int, name: str, flags: int) -> int:
    """A descriptor in the place of that of its folder."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | flags, dir_fd=folder)
    os.close(folder)
    return descriptor


def _command(program: Sequence[str], folder: Path, limits: Limits, allow: Sequence[str]) -> list[str]:
    arguments = [str(folder), json.dumps(asdict(limits)), json.dumps(list(allow))]
    return [sys.executable, "-P", "-s", *program, *arguments]


def _environment(folder: Path) -> dict[str, str]:
    """Of the caller's variables as good as nothing: what is not there cannot be given away."""
    home = str(folder / "home")
    return {name: os.environ[name] for name in _PASSED if name in os.environ} | {
        "PYTHONPATH": str(Path(training.__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": home,
        "TMPDIR": home,
        "KERAS_HOME": home,
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MALLOC_ARENA_MAX": "2",  # else each thread takes 64 MB of addresses
    }
