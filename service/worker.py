"""What the requests of one worker process share: settings, metrics and the catalog served now. Knows no Flask."""

from threading import Event

from models.errors import quoted
from service.budget import BodyBudget
from service.catalog import Catalog
from service.errors import DeadlineExceeded, Detail, InvalidRequest, NotReady
from service.flow import Flow
from service.keys import Keys
from service.metrics import Metrics
from service.orders import Orders
from service.peers import Peers
from service.plain import PlainRows
from service.settings import Settings
from service.shadow import Shadows

MIB = 1024 * 1024

_STARTING = "The service is starting: its models are being loaded and checked. Try again in a second."


class Worker:
    """Starts without a catalog, as a worker does; `serve` puts one in place of the last, for all later requests."""

    def __init__(self, settings: Settings, metrics: Metrics, peers: Peers, flow: Flow) -> None:
        self.settings = settings
        self.flow = flow
        self.bodies = BodyBudget(settings.bodies_mib * MIB)
        self.metrics = metrics
        self.peers = peers
        self.plain_rows = PlainRows()
        self.shadows = Shadows(metrics)
        self.stopping = Event()  # set by the server: see gunicorn.conf.py
        self.orders = Orders(peers.folder)
        self.keys: Keys | None = None  # where settings name a file of keys; None until it could be read
        self._catalog: Catalog | None = None
        self._fault = ""

    @property
    def catalog(self) -> Catalog:
        """The catalog served now. Raises NotReady while the first one is being loaded."""
        if self._catalog is None:
            raise NotReady(self._fault or _STARTING)
        return self._catalog

    def serve(self, catalog: Catalog) -> None:
        """Serve this catalog from the next request on; requests under way keep the one they have."""
        self.metrics.observe_catalog(catalog)
        self._catalog = catalog
        self.peers.announce()

    def serves(self, catalog: Catalog) -> bool:
        """Whether this, or one that is equal to it, is the catalog served now."""
        return self._catalog == catalog

    def load(self, model: str) -> None:
        """Have all workers serve a model, and look for what is new in the store. Raises InvalidRequest."""
        self._carry_out(self.orders.load(model))
        served = self.catalog.models.get(model)
        if served is None or not served.predictors:
            reason = "the store does not hold it" if served is None else served.last_refusal
            raise InvalidRequest(f"failed to load {quoted(model)}: {reason}")

    def unload(self, model: str) -> None:
        """Have no worker serve a model any more. Raises DeadlineExceeded."""
        self._carry_out(self.orders.unload(model))

    def _carry_out(self, number: int) -> None:
        if not self.orders.wait(number, self.settings.request_timeout_s):
            raise DeadlineExceeded("Not every worker has followed yet; it will.")

    def fail(self, fault: str) -> None:
        """Tell every later request why there is no catalog and will be none."""
        self._fault = fault

    def check_ready(self) -> None:
        """Raises NotReady, with the reason for each model, where new requests should go elsewhere."""
        if self.stopping.is_set():
            raise NotReady("The service is stopping.")
        if self.settings.api_keys_file is not None and self.keys is None:
            raise NotReady("The file of API keys cannot be read; the log tells why.")
        models = self.catalog.models
        if not self.peers.have_started():
            raise NotReady(_STARTING)
        unloaded = self.orders.newest().unloaded  # by clients, who may load them again
        if not models and not unloaded:
            raise NotReady(f"The store {self.settings.model_store} holds no model. Publish one with `make train`.")
        unserved = [model for model in models.values() if not model.predictors]
        if unserved and (self.settings.strict_readiness or len(unserved) == len(models)):
            raise NotReady(
                f"{len(unserved)} of {len(models)} models have no version that can be served.",
                (Detail(f"/models/{model.name}", model.last_refusal) for model in unserved),
            )
        default = self.settings.default_model
        if default is not None and default not in models and default not in unloaded:
            raise NotReady(f"The default model {default!r} is not in the store {self.settings.model_store}.")
