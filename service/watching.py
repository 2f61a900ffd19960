"""Keeps a worker's catalog as its store is, while requests go on. Knows neither how versions are opened nor Flask."""

import logging
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import UnreadableStore
from service.catalog import Catalog
from service.loading import Loader
from service.orders import Order
from service.worker import Worker

GIVE_WAY_S = 0.0005
ORDER_S = 0.1  # how often a worker looks for orders, where clients may give some

log = logging.getLogger("heaviside.loading")


def load_first(worker: Worker, loader: Loader) -> None:
    """Give the worker its first catalog, or the reason why it has none."""
    try:
        worker.orders.carried_out(0)  # so that whoever gives an order from now on waits for this worker too
        order = worker.orders.newest()
        worker.serve(loader.load(order.unloaded))
        worker.orders.carried_out(order.number)
    except UnreadableStore as error:
        log.critical("the store cannot be read", extra={"fields": {"reason": str(error)}})
        worker.fail(str(error))
        return
    except Exception:
        log.critical("the store cannot be loaded; the worker ends", exc_info=True)
        os._exit(1)  # a worker that can never serve must not stay, looking alive
    log.info("worker ready", extra={"fields": {"models": len(worker.catalog.models)}})


def follow(worker: Worker, loader: Loader) -> None:
    """Look at the store every `store_poll_s`, and serve what is there now, until the worker stops.

    New versions are opened, checked and warmed up on this thread, beside the requests, and then served at once, by one
    worker after the other, as opening a large one takes a core for a while. What no catalog holds any more ends with
    the last request that uses it.
    """
    done = Order()  # what was told while the first catalog was being loaded is done again
    while _wait(worker, done):
        try:
            with worker.peers.turn(give_up=worker.stopping) as is_mine:
                if is_mine:
                    order = worker.orders.newest()
                    with _giving_way():
                        catalog = loader.load(order.unloaded)
                    _serve_if_changed(worker, catalog)
                    if order != done:
                        worker.orders.carried_out(order.number)
                        done = order
        except UnreadableStore as error:
            worker.fail(str(error))
        except Exception:
            log.error("the store cannot be followed at this moment", exc_info=True)


def _wait(worker: Worker, done: Order) -> bool:
    """Until the next look at the store, or the next order; False where the worker is to stop."""
    settings = worker.settings
    if not settings.repository_control:
        return not worker.stopping.wait(settings.store_poll_s or None)  # wait(None) waits for the worker's end
    due_s = time.monotonic() + (settings.store_poll_s or math.inf)
    while not worker.stopping.wait(ORDER_S):
        if time.monotonic() >= due_s or worker.orders.newest() != done:
            return True
    return False


@contextmanager
def _giving_way() -> Iterator[None]:
    """Let a request that waits for Python have it after half a millisecond of this thread's work, not after five."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(GIVE_WAY_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)


def _serve_if_changed(worker: Worker, catalog: Catalog) -> None:
    if worker.serves(catalog):
        return
    worker.serve(catalog)
    log.info("catalog changed", extra={"fields": {"models": len(catalog.models)}})
