"""From a store to a catalog: which versions are opened, and what happens to those that must be refused."""

import logging
from contextlib import suppress
from functools import partial

from models.errors import BadLabel, BadVersion, UnknownModel, UnreadableStore
from models.store import Store
from service.catalog import Catalog, ServedModel
from service.predictor import Predictor, open_predictor
from service.runtimes.opening import open_runtime
from service.settings import Settings

log = logging.getLogger("heaviside.loading")


def load_catalog(store: Store, settings: Settings) -> Catalog:
    """Open the newest good versions of every model, and the labelled ones. What is refused is logged and remembered."""
    models = {}
    for name in store.names():
        with suppress(UnknownModel):  # removed since its name was read
            models[name] = _load_model(store, name, settings)
    return Catalog(models, settings.default_model)


def _load_model(store: Store, name: str, settings: Settings) -> ServedModel:
    try:
        numbers, labels = store.numbers(name), _labels(store, name)
    except UnreadableStore as error:
        log.error("model refused", extra={"fields": {"model": name, "reason": str(error)}})
        return ServedModel(name, {}, {}, {}, fault=str(error))
    predictors: dict[int, Predictor] = {}
    refused: dict[int, str] = {}
    for number in reversed(numbers):
        if len(predictors) >= settings.versions_per_model and number not in labels.values():
            continue
        try:
            predictors[number] = _open(store, name, number, settings)
        except BadVersion as error:
            log.error("version refused", extra={"fields": {"model": name, "version": number, "reason": str(error)}})
            refused[number] = str(error)
    return ServedModel(name, predictors, labels, refused)


def _open(store: Store, name: str, number: int, settings: Settings) -> Predictor:
    opener = partial(open_runtime, choice=settings.runtime, threads=settings.runtime_threads)
    predictor = open_predictor(store.version(name, number), opener)
    log.info("version ready", extra={"fields": {"model": name, "version": number, "runtime": predictor.runtime.name}})
    return predictor


def _labels(store: Store, name: str) -> dict[str, int]:
    labels = {}
    for label in store.labels(name):
        try:
            labels[label] = store.labelled(name, label)
        except BadLabel as error:
            log.error("label ignored", extra={"fields": {"model": name, "label": label, "reason": str(error)}})
    return labels
