"""A bench that does what no model should, in the process that is bound as that of a model is. Imports no Keras."""

import ctypes
import ctypes.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from training.importing.limits import Limits
from training.importing.workbench import main


class Mischief:
    """Each method is what a test asks for; what it answers should never be heard of, but for `nothing`."""

    def __init__(self, folder):
        self._folder = folder
        libc = ctypes.CDLL(None, use_errno=True)
        self._abort, self._open, self._fork = libc.abort, libc.open, libc.fork  # looked up while that is allowed
        self._socket, self._connect = libc.socket, libc.connect

    def nothing(self):
        return "nothing"

    def eat_memory(self):
        return len(bytearray(1 << 30))

    def spin(self):
        while True:
            pass

    def sleep(self):
        time.sleep(3600)

    def write_much(self):
        with (self._folder / "much").open("wb") as file:
            for _ in range(1 << 10):
                file.write(bytes(1 << 20))
                file.flush()

    def crash(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def abort(self):
        self._abort()

    def leave(self):
        os._exit(7)

    def gibber(self):
        self._say(b"\xff\x00 no JSON\n")

    def say_a_list(self):
        self._say(b"[1, 2]\n")

    def say_too_much(self):
        self._say(b"a" * (20 << 20))

    def nest(self):
        self._say(b"[" * 100_000 + b"\n")

    def read_outside(self, path):
        return Path(path).read_text()

    def write_outside(self, path):
        Path(path).write_text("owned")

    def list_outside(self, path):
        return os.listdir(path)  # noqa: PTH208  # what a stranger's code would call

    def remove_outside(self, path):
        Path(path).unlink()

    def link_outside(self, path):
        (self._folder / "link").symlink_to(path)
        return (self._folder / "link").read_text()

    def start_program(self):
        return subprocess.run(["/bin/echo", "owned"], check=True)

    def run_shell(self):
        return os.system("echo owned")

    def fork(self):
        return os.fork()

    def connect(self, port):
        return socket.create_connection(("127.0.0.1", port), 1)

    def read_outside_in_c(self, path):
        """Past Python's hook, as a library in C++ would; only the kernel can refuse it."""
        return self._open(path.encode(), os.O_RDONLY)

    def connect_in_c(self, port):
        """Likewise: 0 where it is connected."""
        address = socket.AF_INET.to_bytes(2, sys.byteorder) + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
        return self._connect(self._socket(socket.AF_INET, socket.SOCK_STREAM, 0), address, 16)

    def leave_child(self):
        """A process that would outlive this one, made past the hook."""
        if self._fork() == 0:
            time.sleep(3600)

    def _say(self, content):
        (answers,) = (each for each in range(3, 20) if _is_pipe(each))
        os.write(answers, content)
        time.sleep(3600)


def _is_pipe(descriptor):
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith("pipe:")
    except OSError:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), Limits(**json.loads(sys.argv[2])), Mischief)
