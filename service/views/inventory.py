"""What is served: /models, /models/<name> and its report."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response

from models.version import REPORT_FILE
from service.catalog import ServedModel
from service.coverage import offer
from service.views.reading import json_response, worker

blueprint = Blueprint("inventory", __name__)

# A report holds all that it shows, and whatever else may stand in it runs and loads nothing.
_REPORT_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


@blueprint.get("/models")
def list_models() -> Response:
    """Every model with its versions and labels."""
    catalog = worker().catalog
    return json_response({"models": [_summary(model) for model in catalog.models.values()], "default": catalog.default})


@blueprint.get("/models/<model>")
def show_model(model: str) -> Response:
    """One model: signature, scores, versions, card."""
    served = worker().catalog.model(model)
    return json_response(_summary(served) | _details(served))


@blueprint.get("/models/<model>/report")
def show_report(model: str) -> Response:
    """The report of the newest version, a page."""
    report = worker().catalog.model(model).newest.report()
    return Response(report, mimetype="text/html", headers=_REPORT_HEADERS)


def _summary(model: ServedModel) -> dict[str, Any]:
    newest = model.newest if model.predictors else None
    return {
        "name": model.name,
        "task": newest and newest.signature.task,
        "newest": newest and newest.version.number,
        "versions": sorted(model.predictors),
        "labels": model.labels,
        "traffic": asdict(model.traffic),
        "refused": {str(number): reason for number, reason in model.refused.items()},
    }


def _details(model: ServedModel) -> dict[str, Any]:
    newest = model.newest
    manifest = newest.version.manifest
    return {
        "signature": asdict(manifest.signature),
        "probabilities": any(part.classes and not part.is_hard for part in manifest.signature.parts),
        "scores": manifest.scores,
        "baseline": manifest.baseline,
        "training": manifest.training,
        "data": manifest.data,
        "created": manifest.created,
        "runtime": newest.batcher.name,
        "coverage": offer(manifest),
        "card": newest.card,
        "report": f"/models/{model.name}/report" if newest.version.has(REPORT_FILE) else None,
    }
