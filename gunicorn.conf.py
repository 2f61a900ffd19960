"""How gunicorn runs the service. What an operator may choose is in service/settings.py; the rest is decided here."""

import os
import shutil
import socket
import struct
import sys
import tempfile

from service.draining import DrainingWorker
from service.logs import logging_config
from service.settings import Settings

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
STALLED_S = 15  # how long a client may send or take nothing in the middle of a request

_settings = Settings.from_environ(os.environ)
_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # writable even where the root file system is not

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.workers
threads = _settings.threads
worker_class = type("Worker", (DrainingWorker,), {"drain_s": _settings.drain_s})
preload_app = False  # each worker builds its own app: runtimes have threads, which do not survive a fork
graceful_timeout = _settings.drain_s + _settings.graceful_timeout_s
timeout = 120  # seconds without a sign of life; a replaced worker shows none while it loads its models
keepalive = 75  # seconds; longer than the 60 of the usual load balancers, so that it is they who close
worker_tmp_dir = _memory
control_socket_disable = True  # it would want a writable home directory
logconfig_dict = logging_config(_settings.log_level)
raw_env = ["TF_CPP_MIN_LOG_LEVEL=2"]  # TensorFlow, where it is used, writes lines of its own; so, fewer
accesslog = None  # service.app writes one line per request, with the model and the request id


def when_ready(server):
    """Once, when the port is open, before any worker: make the folder that they share, and limit how clients stall."""
    try:
        os.environ[SHARED_FOLDER] = tempfile.mkdtemp(prefix="heaviside-", dir=_memory)
    except OSError:
        sys.exit("The service needs one folder in memory or on disk that it can write: /dev/shm, or /tmp.")
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # accepted connections inherit them
            listener.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", STALLED_S, 0))


def pre_fork(server, worker):
    """Give each worker the lowest free slot, so that one which replaces a dead one goes on with its counts."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)


def post_fork(server, worker):
    """Name the files of counts after the slot. See prometheus_client's chapter on multiprocess mode, under uWSGI."""
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: worker.slot)


def post_worker_init(worker):
    """Let the app know when the worker is told to stop."""
    worker.announce_stop = worker.wsgi.extensions["heaviside"].stopping.set


def worker_exit(server, worker):
    """However a worker ends, its thread that follows the store must end too. Called in the worker."""
    worker.announce_stop()


def child_exit(server, worker):
    """Forget what a dead worker said of its own state; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.slot)


def on_exit(server):
    """Once, after all workers."""
    shutil.rmtree(os.environ.get(SHARED_FOLDER, ""), ignore_errors=True)
