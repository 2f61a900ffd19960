"""From a store to catalogs: which versions are opened, kept, let go, and what happens to those that must be refused."""

import logging
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from models.errors import BadLabel, BadTraffic, BadVersion, UnknownModel, UnreadableStore
from models.store import Stamp, Store
from models.traffic import Traffic
from service.catalog import Catalog, ServedModel
from service.metrics import Metrics
from service.predictor import Opener, Predictor
from service.settings import Settings

log = logging.getLogger("heaviside.loading")


@dataclass(frozen=True)
class _Tried:
    """A version that was opened or refused, and how its folder looked then."""

    stamp: Stamp
    predictor: Predictor | None
    reason: str = ""  # why it was refused


class Loader:
    """Makes a catalog of a store, again and again, and opens only what is new or has changed since the last time."""

    def __init__(self, store: Store, settings: Settings, metrics: Metrics, opener: Opener) -> None:
        self._store = store
        self._opener = opener
        self._settings = settings
        self._metrics = metrics
        self._tried: dict[tuple[str, int], _Tried] = {}
        self._last = Catalog({}, settings.default_model)
        self._complaints: set[str] = set()

    def load(self, unloaded: Collection[str] = ()) -> Catalog:
        """The newest good versions of every model, and the labelled ones; what is refused is logged and remembered.

        The models in `unloaded` are left out.

        A store that is gone or empty where there were models is an unmounted one, not one whose models were removed:
        the last catalog goes on, as it does where the store may not be read any more. Raises UnreadableStore where it
        never could be.
        """
        complaints_before, self._complaints = self._complaints, set()
        catalog = self._catalog(unloaded)
        for complaint in sorted(self._complaints - complaints_before):  # once, not at every look
            log.error("store", extra={"fields": {"reason": complaint}})
        return catalog

    def _catalog(self, unloaded: Collection[str]) -> Catalog:
        names = self._names()
        if not names and self._last.models:
            self._complaints.add("The store is gone or empty; what is loaded goes on.")
            return self._last
        models = {}
        for name in filter(lambda name: name not in unloaded, names):
            with suppress(UnknownModel):  # removed since its name was read
                models[name] = self._model(name)
        self._forget_all_but(models)
        self._last = Catalog(models, self._settings.default_model)
        return self._last

    def _names(self) -> list[str]:
        try:
            return self._store.names()
        except UnreadableStore as error:
            if not self._last.models:
                raise
            self._complaints.add(str(error))
            return []

    def _model(self, name: str) -> ServedModel:
        try:
            numbers, labels = self._store.numbers(name), self._labels(name)
        except UnreadableStore as error:
            self._complaints.add(str(error))
            return self._last.models.get(name) or ServedModel(name, {}, {}, {}, fault=str(error))
        predictors: dict[int, Predictor] = {}
        refused: dict[int, str] = {}
        for number in reversed(numbers):
            if len(predictors) >= self._settings.versions_per_model and number not in labels.values():
                continue
            tried = self._tried[name, number] = self._try(name, number)
            if tried.predictor is None:
                refused[number] = tried.reason
            else:
                predictors[number] = tried.predictor
        return ServedModel(name, predictors, labels, refused, traffic=self._traffic(name))

    def _try(self, name: str, number: int) -> _Tried:
        """Open a version, unless its folder looks as it did when that was tried last.

        A version that serves goes on with what is in memory where its files have been damaged since.
        """
        before = self._tried.get((name, number))
        stamp = self._store.stamp(name, number)
        if before is not None and before.stamp == stamp:
            return before
        try:
            return _Tried(stamp, self._open(name, number))
        except BadVersion as error:
            log.error("version refused", extra={"fields": {"model": name, "version": number, "reason": str(error)}})
            self._metrics.observe_load(name, "refused")
            return _Tried(stamp, before.predictor if before else None, str(error))

    def _open(self, name: str, number: int) -> Predictor:
        version, limits = self._store.version(name, number), self._settings.limits_of(name)
        predictor = self._opener.open(version, limits, self._metrics.meter(name, number))
        fields = {"model": name, "version": number, "runtime": predictor.batcher.name}
        log.info("version ready", extra={"fields": fields})
        self._metrics.observe_load(name, "ready")
        return predictor

    def _labels(self, name: str) -> dict[str, int]:
        labels = {}
        for label in self._store.labels(name):
            try:
                labels[label] = self._store.labelled(name, label)
            except BadLabel as error:
                self._complaints.add(str(error))
        return labels

    def _traffic(self, name: str) -> Traffic:
        """What cannot be read changes nothing."""
        try:
            return self._store.traffic(name)
        except BadTraffic as error:
            self._complaints.add(str(error))
            before = self._last.models.get(name)
            return before.traffic if before else Traffic()

    def _forget_all_but(self, models: dict[str, ServedModel]) -> None:
        served = {(name, number) for name, model in models.items() for number in (*model.predictors, *model.refused)}
        self._tried = {key: tried for key, tried in self._tried.items() if key in served}
