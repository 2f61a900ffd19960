"""A connection to a Ray cluster, or to a small Ray of one's own on this machine. Knows no study and no trial."""

import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray

from training.search.processes import MIB, cores
from training.search.turn import CannotWork

CONNECT_S = 10.0
OBJECTS_MB = 80  # Ray's least is 75; results are small, and weights go through files
# Nothing is told to Ray's makers, and nothing of its own is printed between the lines of a search.
QUIETLY = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_worker_niceness": "0",  # those of a Ray of one's own are as urgent as any worker here
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
    "TUNE_WARN_INSUFFICENT_RESOURCE_THRESHOLD_S": "0",
}


class Over(BaseException):
    """To end at once, with a reason where the cluster can run no trial: no Exception, for which Ray would wait long."""

    def __init__(self, refusal: str = "") -> None:
        super().__init__(refusal)
        self.refusal = refusal


@contextmanager
def connected(at_once: int, threads: int) -> Iterator[None]:
    """Be connected to the cluster at RAY_ADDRESS; without one, to a Ray that begins here and ends with this.

    Over ends it. Raises CannotWork where there is none, and for the reason that Over has.
    """
    os.environ.update({key: os.environ.get(key, value) for key, value in QUIETLY.items()})
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    address, folder = os.environ.get("RAY_ADDRESS", ""), Path(tempfile.gettempdir()) / f"ray-{os.getpid()}"
    own = {
        "num_cpus": max(cores(), at_once * threads),
        "include_dashboard": False,
        "object_store_memory": OBJECTS_MB * MIB,
        "_temp_dir": str(folder),
    }
    try:
        if address:
            _knock(address)
        _connect(address, {} if address else own)
        yield
    except Over as over:
        if over.refusal:
            raise CannotWork(over.refusal) from None
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def room(threads: int) -> int:
    """How many trials of so many threads the cluster has room for."""
    return max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)


def share_mb(threads: int) -> int:
    """The memory that belongs to a trial of so many threads, where it is shared out by cores."""
    resources = ray.cluster_resources()
    return int(resources["memory"] / resources["CPU"] * threads / MIB)


def _knock(address: str) -> None:
    """Where nobody answers, Ray would ask again for minutes. Raises CannotWork."""
    host, _, port = address.rpartition(":")
    if address == "auto":
        return
    if not host or "/" in host or not port.isdecimal():
        raise CannotWork(f"RAY_ADDRESS={address[:100]} does not fit: it is host:port, as ray start prints it, or auto.")
    try:
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise CannotWork(_sentence(address, error)) from error


def _connect(address: str, own: dict[str, Any]) -> None:
    try:
        ray.init(address or "local", logging_level=logging.CRITICAL, log_to_driver=False, **own)
    except (ConnectionError, TimeoutError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        raise CannotWork(_sentence(address, error)) from error


def _sentence(address: str, error: Exception) -> str:
    said = " ".join(str(error).split())[:300]
    if not address:
        return f"A Ray could not be started on this machine: {said}"
    return f"There is no Ray cluster at RAY_ADDRESS={address[:100]}: {said}"
