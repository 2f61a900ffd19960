"""What the service counts, for Prometheus. Knows no request and no Flask."""

import platform
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path

import onnxruntime
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service import __version__
from service.catalog import Catalog

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# A prediction takes a millisecond; the usual buckets, which start at 5 ms, would put all of them into one.
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PHASE_SECONDS = (0.00005, 0.0001, 0.0002, *_SECONDS)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class _Histogram(Histogram):
    """Finds its bucket without looking at each, and counts in one step: a prediction is observed by five of them."""

    def observe(self, amount: float, exemplar: Mapping[str, str] | None = None) -> None:  # noqa: ARG002  # we have none
        bucket = self._buckets[bisect_left(self._upper_bounds, amount)]
        if hasattr(self._sum, "inc_with"):
            self._sum.inc_with(amount, bucket)
        else:  # the values of an app whose worker has no peers
            self._sum.inc(amount)
            bucket.inc(1)


class Meter:
    """What one model's runs are counted with; its children are looked up once, as that costs more than counting."""

    def __init__(self, model: str, version: str, phases: Histogram, batches: Histogram, queue: Gauge) -> None:
        self._run = phases.labels("run", model, version)
        self._queue = phases.labels("queue", model, version)
        self._rows = batches.labels(model, version)
        self._waiting = queue.labels(model)

    def ran(self, rows: int, seconds: float) -> None:
        """One run of the model."""
        self._run.observe(seconds)
        self._rows.observe(rows)

    def waited(self, seconds: float) -> None:
        """How long a request has waited for its run."""
        self._queue.observe(seconds)

    def waiting(self, rows: int) -> None:
        """How many rows wait now."""
        self._waiting.set(rows)


class Metrics:
    """The counters of one app, on a registry of its own.

    Where several workers share `multiprocess_dir`, each writes its counts into a file there, and `render` sums them up.
    """

    def __init__(self, multiprocess_dir: Path | None = None) -> None:
        self._multiprocess_dir = multiprocess_dir
        self._registry = CollectorRegistry()
        self._requests = self._counter(
            "requests", "Requests answered.", "protocol", "route", "method", "status", "model", "version"
        )
        self._rejections = self._counter("rejections", "Requests refused or given up, by the error's code.", "reason")
        self._rows = self._counter("rows", "Rows predicted.", "model", "version")
        self._loads = self._counter("model_loads", "Versions that were opened or refused.", "model", "result")
        self._shadow_rows = self._counter(
            "shadow_rows", "Rows that a shadow was asked too.", "model", "version", "shadow", "result"
        )
        self._seconds = self._histogram(
            "request_seconds", "From a request's arrival in the app to its answer.", _SECONDS, "route", "model"
        )
        self._phases = self._histogram(
            "phase_seconds",
            "Parts of the time of a prediction: decode (body to array), queue, run (per batch), encode.",
            _PHASE_SECONDS,
            "phase",
            "model",
            "version",
        )
        self._batches = self._histogram("batch_rows", "Rows per run of a model.", _ROWS, "model", "version")
        self._last = self._gauge(
            "last_prediction_timestamp_seconds", "When a version answered last.", "max", "model", "version"
        )
        self._queue = self._gauge("queue_rows", "Rows that wait for a model, in all workers.", "livesum", "model")
        self._versions = self._gauge(
            "model_versions", "Versions that a worker has ready, or has refused.", "livemax", "model", "state"
        )
        self._models = self._gauge(
            "model_info", "1 for each version that is served.", "livemax", "model", "version", "task", "runtime"
        )
        self._keys = self._gauge("api_keys", "API keys that a worker goes by.", "livemin")
        self._keys_current = self._gauge(
            "api_keys_current", "1 where the keys are those of their file, 0 where the last good ones hold.", "livemin"
        )
        self._key_requests = self._counter("key_requests", "Requests with an API key.", "key", "status")
        self._served: set[tuple[str, str, str, str]] = set()
        self._known_models: set[str] = set()
        # Looking a labelled counter up costs more than counting with it.
        self._answered: dict[tuple[str, str, str, int, str, str], tuple[Counter, Histogram]] = {}
        self._by_key: dict[tuple[str, int], Counter] = {}
        self._predicted: dict[tuple[str, str], tuple[Counter, Histogram, Histogram, Gauge]] = {}
        build = self._gauge("info", "What serves.", "livemax", "version", "python", "onnxruntime")
        build.labels(__version__, platform.python_version(), onnxruntime.__version__).set(1)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"heaviside_{name}", text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return _Histogram(f"heaviside_{name}", text, labels, buckets=buckets, registry=self._registry)

    def _gauge(self, name: str, text: str, mode: str, *labels: str) -> Gauge:
        return Gauge(f"heaviside_{name}", text, labels, multiprocess_mode=mode, registry=self._registry)  # type: ignore[arg-type]

    def meter(self, model: str, version: int) -> Meter:
        """What the runs of one version are counted with."""
        return Meter(model, str(version), self._phases, self._batches, self._queue)

    def observe(
        self, *, protocol: str, route: str, method: str, status: int, model: str, version: str, seconds: float
    ) -> None:
        """Count one answered request; `model` and `version` are empty where none was found."""
        key = (protocol, route, method, status, model, version)
        if (counters := self._answered.get(key)) is None:
            requests = self._requests.labels(protocol, route, method, str(status), model, version)
            counters = self._answered[key] = (requests, self._seconds.labels(route, model))
        counters[0].inc()
        counters[1].observe(seconds)

    def observe_keys(self, count: int, *, are_current: bool) -> None:
        """Record how many API keys hold, and whether their file says so."""
        self._keys.set(count)
        self._keys_current.set(are_current)

    def observe_key(self, key: str, status: int) -> None:
        """Count one answered request of a key, by its id."""
        if (counter := self._by_key.get((key, status))) is None:
            counter = self._by_key[key, status] = self._key_requests.labels(key, str(status))
        counter.inc()

    def observe_prediction(self, *, model: str, version: str, rows: int, decode_s: float, encode_s: float) -> None:
        """Count what was predicted for one request."""
        if (counters := self._predicted.get((model, version))) is None:
            decode, encode = (self._phases.labels(phase, model, version) for phase in ("decode", "encode"))
            rows_of, last = self._rows.labels(model, version), self._last.labels(model, version)
            counters = self._predicted[model, version] = (rows_of, decode, encode, last)
        counters[0].inc(rows)
        counters[1].observe(decode_s)
        counters[2].observe(encode_s)
        counters[3].set(time.time())

    def observe_rejection(self, reason: str) -> None:
        """Count one request that was refused for want of room or time."""
        self._rejections.labels(reason).inc()

    def observe_shadow(self, model: str, version: str, shadow: str, rows: Mapping[str, int]) -> None:
        """Count the rows that a shadow was asked too, by what came of it."""
        for result, count in rows.items():
            self._shadow_rows.labels(model, version, shadow, result).inc(count)

    def observe_load(self, model: str, result: str) -> None:
        """Count a version that was opened ('ready') or refused ('refused')."""
        self._loads.labels(model, result).inc()

    def observe_catalog(self, catalog: Catalog) -> None:
        """Record how many versions of each model are ready and refused, and which are served."""
        for name in self._known_models - set(catalog.models):
            self._versions.labels(name, "ready").set(0)
            self._versions.labels(name, "refused").set(0)
        self._known_models |= set(catalog.models)
        for model in catalog.models.values():
            self._versions.labels(model.name, "ready").set(len(model.predictors))
            self._versions.labels(model.name, "refused").set(len(model.refused))
        served = {
            (model.name, str(number), str(predictor.signature.task), predictor.batcher.name)
            for model in catalog.models.values()
            for number, predictor in model.predictors.items()
        }
        for labels in self._served - served:
            self._models.labels(*labels).set(0)
        for labels in served:
            self._models.labels(*labels).set(1)
        self._served |= served

    def render(self) -> bytes:
        """All counts in the Prometheus text format, those of the other workers too."""
        return generate_latest(self._everything())

    def samples(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """Name, labels and value of each of them."""
        for family in self._everything().collect():
            for sample in family.samples:
                yield sample.name, sample.labels, sample.value

    def _everything(self) -> CollectorRegistry:
        if self._multiprocess_dir is None:
            return self._registry
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self._multiprocess_dir))  # type: ignore[no-untyped-call]
        return registry
