"""Takes from this process what loading a model does not need: other files, other programs, network. Knows no model.

Python's audit hook refuses what is asked of Python, also on systems whose kernel helps with nothing; kernel.py adds
what holds for libraries in C++ too. A hook cannot be removed again.
"""

import os
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from training.importing import kernel

# Beside Python's own files: what TensorFlow asks the system about processors, memory and time.
SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm"),
    *("/sys/devices/system", "/sys/fs/cgroup", "/dev/null", "/dev/urandom"),
)
FORBIDDEN = (
    "ctypes.", "fcntl.", "ftplib.", "http.", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.posix_spawn",
    "os.setxattr", "os.spawn", "os.startfile", "os.system",  "pickle.find_class", "pty.spawn", "resource.",
    "signal.pthread_kill", "smtplib.", "socket.", "sqlite3.", "subprocess.", "syslog.", "telnetlib.", "urllib.",
    "webbrowser.",
)  # fmt: skip
# Events whose first argument, or first two, are paths that are changed.
CHANGES = {
    "os.chmod": 1, "os.chown": 1, "os.chflags": 1, "os.link": 2, "os.mkdir": 1, "os.mkfifo": 1, "os.mknod": 1,
    "os.remove": 1, "os.rename": 2, "os.rmdir": 1, "os.symlink": 2, "os.truncate": 1, "os.utime": 1, "shutil.rmtree": 1,
}  # fmt: skip
LISTS = ("os.listdir", "os.scandir", "os.chdir", "os.walk")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(PermissionError):
    """What a model file's code tried to do, and may not."""


def confine(folder: Path, report: Callable[[str], None]) -> None:
    """From now on nothing but this folder and Python's own files; what is tried beyond is told to `report` first."""
    readable = _readable(folder)
    kernel.confine_files(readable, folder)
    sys.addaudithook(_hook(folder.resolve(), tuple(path.resolve() for path in readable), report))


def _readable(folder: Path) -> tuple[Path, ...]:
    """Where Python finds modules and libraries, the folder and a little of the system."""
    places = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *filter(None, sys.path), *SYSTEM}
    return (folder, *(Path(place) for place in sorted(places) if place != os.sep))


def _hook(
    folder: Path, readable: Sequence[Path], report: Callable[[str], None]
) -> Callable[[str, tuple[Any, ...]], None]:
    def refuse(what: str) -> None:
        report(what)
        raise Forbidden(f"An imported model may not do that: {what}.")

    def check(path: Any, places: Sequence[Path], verb: str) -> None:
        if path is None or isinstance(path, int):  # a file that is open already
            return
        real = Path(os.path.realpath(os.fsdecode(path)))
        if not any(real.is_relative_to(place) for place in places):
            refuse(f"{verb} {str(real)[:200]}")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and flags & _WRITES and path != os.devnull
            check(path, (folder,) if writes else readable, "write" if writes else "read")
        elif event in CHANGES:
            for path in arguments[: CHANGES[event]]:
                check(path, (folder,), event)
        elif event in LISTS:
            check(arguments[0], readable, event)
        elif event.startswith(FORBIDDEN):
            refuse(f"{event} {str(arguments[:1])[:100]}")

    return hook
