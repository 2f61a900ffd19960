"""How gunicorn runs the service. What an operator may choose is in service/settings.py; the rest is decided here."""

import os

from service.logs import logging_config
from service.servers import sharing
from service.servers.greenlet_worker import GreenletWorker, QuietLogger
from service.settings import Settings

_settings = Settings.from_environ(os.environ)


def _address(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


bind = [_address(_settings.host, _settings.port)]
if _settings.management_port is not None:
    bind.append(_address(_settings.management_host, _settings.management_port))  # service/gate.py keeps them apart
workers = _settings.workers
worker_class = type(
    "Worker",
    (GreenletWorker,),
    {"drain_s": _settings.drain_s, "client_connections": _settings.client_connections},
)
certfile = _settings.tls_cert and str(_settings.tls_cert)
keyfile = _settings.tls_key and str(_settings.tls_key)
limit_request_line = 4094  # bytes of method, path and query
limit_request_fields = 100  # headers, each of up to so many bytes:
limit_request_field_size = 8190
worker_connections = 10_000  # per worker, or as many as the limit of open files leaves
preload_app = False  # each worker builds its own app: runtimes have threads, which do not survive a fork
graceful_timeout = _settings.drain_s + _settings.graceful_timeout_s
timeout = 120  # seconds without a sign of life; a replaced worker shows none while it loads its models
keepalive = 75  # seconds; longer than the 60 of the usual load balancers, so that it is they who close
forwarded_allow_ips = "*"  # the next two take all meaning from it; without, each request's client would be looked up
forwarder_headers = ""
secure_scheme_headers = {}
worker_tmp_dir = sharing.MEMORY
control_socket_disable = True  # it would want a writable home directory
logconfig_dict = logging_config(_settings.log_level)
logger_class = QuietLogger
raw_env = ["TF_CPP_MIN_LOG_LEVEL=2"]  # TensorFlow, where it is used, writes lines of its own; so, fewer


def when_ready(server):
    """Once, when the port is open, before any worker."""
    sharing.make_folder()


def post_fork(server, worker):
    """In the worker, before its app is made."""
    worker.slot = sharing.Slot()


def post_worker_init(worker):
    """Let the app know when the worker is told to stop."""
    worker.announce_stop = worker.wsgi.extensions["heaviside"].stopping.set


def worker_exit(server, worker):
    """However a worker ends, its thread that follows the store must end too. Called in the worker."""
    worker.announce_stop()
    worker.slot.leave()


def on_exit(server):
    """Once, after all workers."""
    sharing.remove_folder()
