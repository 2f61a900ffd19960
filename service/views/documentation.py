"""For those who write clients: /openapi.json, and /docs, which shows it with Swagger UI from this very service."""

from importlib.resources import files
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, send_from_directory

from service.openapi.description import describe
from service.views.reading import PAGE, json_response, worker

blueprint = Blueprint("documentation", __name__)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Heaviside</title>
  <link rel="stylesheet" href="/docs/swagger-ui.css">
  <link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
"""

# validatorUrl: without it Swagger UI would ask a public server what it thinks of our description.
_START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, tryItOutEnabled: true,
});
"""

# Swagger UI sets styles in elements, and carries small pictures as data.
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of all protocols in the OpenAPI format."""
    return json_response(describe(worker().settings))


@blueprint.get("/docs")
def docs() -> Response:
    """A page to read the description and to try it out."""
    return Response(_PAGE, mimetype="text/html", headers=PAGE | {"Content-Security-Policy": _POLICY})


@blueprint.get("/docs/start.js")
def docs_start() -> Response:
    """Starts Swagger UI."""
    return Response(_START, mimetype="text/javascript")


@blueprint.get("/docs/<path:file>")
def docs_file(file: str) -> Response:
    """A file of Swagger UI, from the installed package."""
    return send_from_directory(Path(str(files(flask_swagger_ui))) / "dist", file, max_age=3600)
