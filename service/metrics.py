"""What the service counts, for Prometheus. Knows no request and no Flask."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service import __version__
from service.catalog import Catalog

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# A prediction takes a millisecond; the usual buckets, which start at 5 ms, would put all of them into one.
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters of one app, on a registry of its own.

    Where several workers share `multiprocess_dir`, each writes its counts into a file there, and `render` sums them up.
    """

    def __init__(self, multiprocess_dir: Path | None = None) -> None:
        self._multiprocess_dir = multiprocess_dir
        self._registry = CollectorRegistry()
        labels = ("route", "method", "status", "model", "version")
        self._requests = Counter("heaviside_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "heaviside_request_seconds",
            "Seconds from a request's arrival in the app to its answer.",
            ("route", "model"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._rows = Counter("heaviside_rows", "Rows predicted.", ("model", "version"), registry=self._registry)
        self._versions = Gauge(
            "heaviside_model_versions",
            "Versions of a model that a worker has ready, or has refused.",
            ("model", "state"),
            multiprocess_mode="livemax",
            registry=self._registry,
        )
        self._loads = Counter(
            "heaviside_model_loads",
            "Versions that were opened or refused.",
            ("model", "result"),
            registry=self._registry,
        )
        self._known_models: set[str] = set()
        self._counters: dict[tuple[str, str, int, str, str], tuple[Counter, Histogram]] = {}  # looking one up is dear
        Gauge(
            "heaviside_info",
            "The version of the service.",
            ("version",),
            multiprocess_mode="livemax",
            registry=self._registry,
        ).labels(__version__).set(1)

    def observe(self, *, route: str, method: str, status: int, model: str, version: str, seconds: float) -> None:
        """Count one answered request; `model` and `version` are empty where none was found."""
        key = (route, method, status, model, version)
        if (counters := self._counters.get(key)) is None:
            requests = self._requests.labels(route, method, str(status), model, version)
            counters = self._counters[key] = (requests, self._seconds.labels(route, model))
        counters[0].inc()
        counters[1].observe(seconds)

    def observe_rows(self, model: str, version: str, rows: int) -> None:
        """Count the rows of one prediction."""
        self._rows.labels(model, version).inc(rows)

    def observe_load(self, model: str, result: str) -> None:
        """Count a version that was opened ('ready') or refused ('refused')."""
        self._loads.labels(model, result).inc()

    def observe_catalog(self, catalog: Catalog) -> None:
        """Record how many versions of each model are ready and refused."""
        for name in self._known_models - set(catalog.models):
            self._versions.labels(name, "ready").set(0)
            self._versions.labels(name, "refused").set(0)
        self._known_models |= set(catalog.models)
        for model in catalog.models.values():
            self._versions.labels(model.name, "ready").set(len(model.predictors))
            self._versions.labels(model.name, "refused").set(len(model.refused))

    def render(self) -> bytes:
        """All counts in the Prometheus text format, those of the other workers too."""
        if self._multiprocess_dir is None:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self._multiprocess_dir))  # type: ignore[no-untyped-call]
        return generate_latest(registry)
