"""The predictors that are now served, by model, version and label. Never changes: a new state is a new Catalog."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from models.errors import UnknownLabel, UnknownModel, UnknownVersion, listed, quoted
from models.traffic import Traffic
from service.errors import ModelForbidden, ModelNotNamed, ModelUnavailable
from service.predictor import Predictor


@dataclass(frozen=True)
class ServedModel:
    """One model: its versions that are ready, its labels, and why other versions were refused."""

    name: str
    predictors: Mapping[int, Predictor]  # by version number
    labels: Mapping[str, int]  # label -> version number, which may be one that was refused
    refused: Mapping[int, str]  # version number -> reason
    fault: str = ""  # why not even its versions could be listed
    traffic: Traffic = field(default_factory=Traffic)  # who answers what names neither version nor label

    @cached_property
    def newest(self) -> Predictor:
        """The predictor of the highest version number. Raises ModelUnavailable where every version was refused."""
        if not self.predictors:
            raise ModelUnavailable(f"No version of model {self.name!r} can be served: {self.last_refusal}")
        return self.predictors[max(self.predictors)]

    @property
    def last_refusal(self) -> str:
        """Why no version is served: for the model as a whole, or for the highest version that was refused."""
        return self.fault or self.refused[max(self.refused)]

    @cached_property
    def _split(self) -> tuple[list[Predictor], list[int]]:
        """Who shares the unnamed requests, and their weights, summed up; labels that cannot be served have no share."""
        weights = [(self.labels.get(label, 0), weight) for label, weight in self.traffic.split.items()]
        shares = [(self.predictors[number], weight) for number, weight in weights if number in self.predictors]
        return [predictor for predictor, _ in shares], list(accumulate(weight for _, weight in shares))

    @cached_property
    def shadow(self) -> Predictor | None:
        """Who is asked too, its answers only compared."""
        return self.predictors.get(self.labels.get(self.traffic.shadow or "", 0))

    def any(self) -> Predictor:
        """The predictor for a request that names neither version nor label: by the split, else the newest."""
        predictors, weights = self._split
        return random.choices(predictors, cum_weights=weights)[0] if predictors else self.newest

    def find(self, number: int | None, label: str | None) -> Predictor:
        """The predictor of a version number or a label, else one by the split, else the newest."""
        if label is not None:
            if label not in self.labels:
                raise UnknownLabel(self.name, label, self.labels)
            number = self.labels[label]
        if number is None:
            return self.any()
        if number in self.refused:
            raise ModelUnavailable(f"Version {number} of model {self.name!r} was refused: {self.refused[number]}")
        if number not in self.predictors:
            raise UnknownVersion(
                self.name,
                number,
                sorted(self.predictors),
                " Older versions are served when they carry a label, or with a higher SERVICE_VERSIONS_PER_MODEL.",
            )
        return self.predictors[number]


@dataclass(frozen=True)
class Catalog:
    """All models of a store at one moment."""

    models: Mapping[str, ServedModel]
    default: str | None = None  # the model for requests that name none
    allowed: frozenset[str] | None = None  # the models that may be asked for; None: all
    _parts: dict[frozenset[str], "Catalog"] = field(default_factory=dict, repr=False, compare=False)

    def only(self, allowed: frozenset[str]) -> "Catalog":
        """What of it those see who may ask for some models only; made once for each such choice."""
        if (part := self._parts.get(allowed)) is None:
            models = {name: model for name, model in self.models.items() if name in allowed}
            default = self.default if self.default in allowed else None
            part = self._parts[allowed] = Catalog(models, default, allowed)
        return part

    def check_allowed(self, name: str) -> None:
        """Raises ModelForbidden for a model that may not be asked for, whether there is one or not."""
        if self.allowed is not None and name not in self.allowed:
            raise ModelForbidden(f"This key is not for model {quoted(name)}; it is for {listed(sorted(self.allowed))}.")

    def find(self, name: str | None = None, number: int | None = None, label: str | None = None) -> Predictor:
        """The predictor that a request asks for.

        Raises ModelNotNamed, ModelForbidden, UnknownModel, UnknownVersion, UnknownLabel or ModelUnavailable.
        """
        return self.model(name).find(number, label)

    def model(self, name: str | None = None) -> ServedModel:
        """A model by name, else the default one, else the only one.

        Raises ModelNotNamed, ModelForbidden or UnknownModel.
        """
        if name is None:
            name = self.default or self._only()
        self.check_allowed(name)
        if name not in self.models:
            raise UnknownModel(name, self.models)
        return self.models[name]

    def _only(self) -> str:
        if len(self.models) != 1:
            raise ModelNotNamed(
                'Several models are served, so the request must name one, with "model" in the body of /predict, with '
                f"?model= elsewhere: {', '.join(self.models)}."
                if self.models
                else "No model is served: the store is empty, or all is unloaded. Publish one with `make train`."
            )
        return next(iter(self.models))
