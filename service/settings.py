"""What an operator may choose, read once from environment variables. Knows no one who uses it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from models.errors import BadKey
from models.keys import read_keyring
from models.signing import Keyring
from service.errors import InvalidSetting
from service.limits import KNOBS, Limits, read_limits

PREFIX = "SERVICE_"
SAGEMAKER_STORE = Path("/opt/ml/model")  # where Amazon SageMaker puts models


def _setting(default: Any, variable: str, parse: Callable[[str], Any]) -> Any:
    return field(default=default, metadata={"variable": variable, "parse": parse})


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else least - 1
        if not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return value

    return parse


def _limit(name: str) -> Any:
    knob = KNOBS[name]
    return _setting(knob.default, PREFIX + name.upper(), _whole(knob.metadata["least"], knob.metadata["most"]))


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text

    return parse


def _switch(text: str) -> bool:
    return {"1": True, "true": True, "0": False, "false": False}[_one_of("1", "true", "0", "false")(text.lower())]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in map(str.strip, text.split(",")) if word)


def _networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(word)) for word in _words(text))
    except ValueError as error:
        raise ValueError(f"addresses and networks such as 10.0.0.0/8, separated by commas; {error}") from error


def _keyring(text: str) -> Keyring:
    try:
        return read_keyring(text)
    except BadKey as error:
        raise ValueError(
            f"public keys, or files or folders of them, parted by commas. {str(error).rstrip('.')}"
        ) from error


def _path(text: str) -> str:
    if not text.startswith("/") or set(text) & set("<> ?#%"):
        raise ValueError("a path such as /predict")
    return text


@dataclass(frozen=True)
class Settings:
    """Every setting with its default. docs/configuration.md has the same list; a test compares them."""

    # The folder with the published models.
    model_store: Path = _setting(Path("models/store"), "MODEL_STORE", Path)
    # The address to listen on; the container image sets 0.0.0.0.
    host: str = _setting("127.0.0.1", "SERVICE_HOST", str)
    # The TCP port to listen on.
    port: int = _setting(8080, "PORT", _whole(1, 65535))
    # Worker processes; each holds all models.
    workers: int = _setting(2, "SERVICE_WORKERS", _whole(1, 256))
    # What serves: gunicorn, or granian, which answers more requests per second.
    server: str = _setting("gunicorn", "SERVER", _one_of("gunicorn", "granian"))
    # Seconds for which a worker that was told to stop still accepts requests, while /readyz answers 503.
    drain_s: int = _setting(2, "SERVICE_DRAIN_S", _whole(0, 3600))
    # Seconds that a stopping worker has, in all, to finish what it accepted.
    graceful_timeout_s: int = _setting(25, "SERVICE_GRACEFUL_TIMEOUT_S", _whole(1, 3600))
    # What executes models: onnx, tensorflow, or auto (onnx; tensorflow for versions without model.onnx).
    runtime: str = _setting("auto", "SERVICE_RUNTIME", _one_of("auto", "onnx", "tensorflow"))
    # Threads that one run of a model may use; more helps large models only.
    runtime_threads: int = _setting(1, "SERVICE_RUNTIME_THREADS", _whole(1, 256))
    # The model that answers requests which name none.
    default_model: str | None = _setting(None, "SERVICE_DEFAULT_MODEL", str)
    # How many of each model's newest good versions are served; labelled versions are served besides.
    versions_per_model: int = _setting(3, "SERVICE_VERSIONS_PER_MODEL", _whole(1, 1000))
    # Seconds between two looks for new, removed or relabelled versions in the store; 0: only at the start.
    store_poll_s: int = _setting(2, "SERVICE_STORE_POLL_S", _whole(0, 3600))
    # The public keys whose signatures are trusted, or files or folders of them; none: unsigned versions serve too.
    trusted_keys: Keyring | None = _setting(None, "SERVICE_TRUSTED_KEYS", _keyring)
    # Whether /readyz waits for every model in the store, or for at least one.
    strict_readiness: bool = _setting(True, "SERVICE_STRICT_READINESS", _switch)
    # The largest request body in MiB, after decompression too.
    max_body_mib: int = _setting(32, "SERVICE_MAX_BODY_MIB", _whole(1, 1024))
    # The most instances in one request.
    max_rows: int = _setting(16384, "SERVICE_MAX_ROWS", _whole(1, 10_000_000))
    # MiB of request bodies over 1 MiB that a worker holds at a time; more are refused until those are answered.
    bodies_mib: int = _setting(256, "SERVICE_BODIES_MIB", _whole(1, 1_000_000))
    # The most rows of several requests that run together in one call of a model; 1: each request runs alone.
    batch_rows: int = _limit("batch_rows")
    # Milliseconds for which several waiting requests wait for more of them; a lone request never waits.
    batch_wait_ms: int = _limit("batch_wait_ms")
    # Rows that may wait for a model in each worker; beyond, requests are refused with 429.
    queue_rows: int = _limit("queue_rows")
    # Milliseconds that a request may have to wait for a model; where it would be more, it is refused with 429.
    queue_wait_ms: int = _limit("queue_wait_ms")
    # Seconds that a request may take, from its first byte to its answer; X-Request-Timeout may ask for less.
    request_timeout_s: int = _limit("request_timeout_s")
    # A TOML file with limits of single models: see docs/configuration.md.
    model_limits: Path | None = _setting(None, "SERVICE_MODEL_LIMITS", Path)
    # A file with the hashes of API keys, watched while the service runs: see SECURITY.md. Without it no key is needed.
    api_keys_file: Path | None = _setting(None, "SERVICE_API_KEYS_FILE", Path)
    # The most requests of one key, or else of one address, under way at a time in each worker; 0: as many as come.
    client_requests: int = _setting(0, "SERVICE_CLIENT_REQUESTS", _whole(0, 100_000))
    # The most connections of one address at a time in each worker; 0: as many as come. gunicorn only.
    client_connections: int = _setting(0, "SERVICE_CLIENT_CONNECTIONS", _whole(0, 100_000))
    # Addresses and networks of reverse proxies, separated by commas, whose X-Forwarded-For tells who the client is.
    trusted_proxies: tuple[str, ...] = _setting((), "SERVICE_TRUSTED_PROXIES", _networks)
    # Another TCP port for metrics and for loading models, which the first then has no more. gunicorn only.
    management_port: int | None = _setting(None, "SERVICE_MANAGEMENT_PORT", _whole(1, 65535))
    # The address to listen on for that port.
    management_host: str = _setting("127.0.0.1", "SERVICE_MANAGEMENT_HOST", str)
    # The server's certificate with its chain, in PEM; with it, every port speaks TLS.
    tls_cert: Path | None = _setting(None, "SERVICE_TLS_CERT", Path)
    # The certificate's private key, in PEM, without a passphrase.
    tls_key: Path | None = _setting(None, "SERVICE_TLS_KEY", Path)
    # The origins whose pages may ask from a browser, separated by commas, or * for all.
    cors_origins: tuple[str, ...] = _setting((), "SERVICE_CORS_ORIGINS", _words)
    # What GET /v1/models/<model> answers: tfserving's status alone, or with the keys that KServe's clients read.
    v1_status: str = _setting("tfserving", "SERVICE_V1_STATUS", _one_of("tfserving", "kserve"))
    # Whether clients may load and unload models, with the repository calls of the Open Inference Protocol.
    repository_control: bool = _setting(False, "SERVICE_REPOSITORY_CONTROL", _switch)
    # The path of Vertex AI's health checks; Vertex AI sets it.
    aip_health_route: str | None = _setting(None, "AIP_HEALTH_ROUTE", _path)
    # The path of Vertex AI's predictions; Vertex AI sets it.
    aip_predict_route: str | None = _setting(None, "AIP_PREDICT_ROUTE", _path)
    # Vertex AI's word for PORT, which it goes before.
    aip_port: int | None = _setting(None, "AIP_HTTP_PORT", _whole(1, 65535))
    # The least severe log lines to write: debug, info, warning or error.
    log_level: str = _setting("info", "SERVICE_LOG_LEVEL", _one_of("debug", "info", "warning", "error"))

    # What that file says, by model: no setting of its own.
    limits_by_model: Mapping[str, Limits] = field(default_factory=dict)

    @property
    def max_body_bytes(self) -> int:
        """The largest request body in bytes."""
        return self.max_body_mib * 1024 * 1024

    @property
    def limits(self) -> Limits:
        """The limits of every model that has none of its own."""
        return Limits(**{name: getattr(self, name) for name in KNOBS})

    def limits_of(self, model: str) -> Limits:
        """The limits of one model."""
        return self.limits_by_model.get(model, self.limits)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables; an empty value is as good as none.

        Raises InvalidSetting for a value that does not fit, and for an unknown variable that starts with SERVICE_.
        """
        variables = {setting.metadata["variable"]: setting for setting in fields(cls) if setting.metadata}
        if unknown := sorted(name for name in environ if name.startswith(PREFIX) and name not in variables):
            raise InvalidSetting(f"Unknown setting {', '.join(unknown)}. Known settings: {', '.join(variables)}.")
        values = {}
        for variable, setting in variables.items():
            if text := environ.get(variable, ""):
                values[setting.name] = _parse(variable, text, setting.metadata["parse"])
        settings = cls(**values)
        if settings.aip_port is not None:
            settings = replace(settings, port=settings.aip_port)
        _check_together(settings)
        if not settings.model_store.exists() and SAGEMAKER_STORE.is_dir():
            settings = replace(settings, model_store=SAGEMAKER_STORE)
        if settings.model_limits is None:
            return settings
        file = str(settings.model_limits)
        by_model = _parse("SERVICE_MODEL_LIMITS", file, lambda path: read_limits(Path(path), settings.limits))
        return replace(settings, limits_by_model=by_model)


def _check_together(settings: Settings) -> None:
    """Raises InvalidSetting for settings that fit by themselves, but not beside others."""
    if settings.server == "granian":
        for name in ("management_port", "client_connections"):
            if getattr(settings, name):
                raise InvalidSetting(
                    f"SERVICE_{name.upper()} needs SERVER=gunicorn: Granian listens on one port, and does not let the "
                    "service see its connections. Leave it out, or put a proxy in front that does it."
                )
    if settings.management_port == settings.port:
        raise InvalidSetting(f"SERVICE_MANAGEMENT_PORT={settings.port} is the port of the service; take another.")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise InvalidSetting("SERVICE_TLS_CERT and SERVICE_TLS_KEY belong together; set both, or neither.")


def _parse(variable: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidSetting(f"{variable}={text!r} does not fit: it takes {error}.") from error
