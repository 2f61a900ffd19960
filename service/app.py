"""Puts the Flask app together: routes, views, and the front before them."""

from flask import Flask

from service.front import Front
from service.protocol import endpoints
from service.routing import add_converters
from service.views import documentation, inventory, kserve, mlflow, native, openinference, operations, tfserving, vertex
from service.worker import Worker

EXTENSION = "heaviside"
PROTOCOLS = (
    native.PROTOCOL, tfserving.PROTOCOL, tfserving.STATUS, openinference.PROTOCOL, kserve.PROTOCOL, mlflow.PROTOCOL
)  # fmt: skip


def create_app(worker: Worker) -> Flask:
    """The WSGI app of one worker. Its views find the worker in `app.extensions`, or in the exchange."""
    app = Flask("service", static_folder=None)
    app.url_map.merge_slashes = False  # or //models would be answered by a redirect, in HTML
    app.url_map.strict_slashes = False
    add_converters(app.url_map)
    app.extensions[EXTENSION] = worker
    # What goes wrong goes up to the front, which has one table of answers for all.
    app.config.update(PROPAGATE_EXCEPTIONS=True, TRAP_HTTP_EXCEPTIONS=True)
    asked_by_front = {}
    for (method, path), endpoint in endpoints((vertex.protocol(worker.settings), *PROTOCOLS)).items():
        name = f"{endpoint.protocol.name} {method} {path.replace('.', ' ')}"  # Flask takes a dot for a blueprint's
        app.add_url_rule(path, name, methods=[method])
        asked_by_front[name] = endpoint
    for views in (inventory, operations, documentation):  # last, as the first of two routes for a path has it
        app.register_blueprint(views.blueprint)
    app.wsgi_app = Front(worker, app.wsgi_app, app.url_map, asked_by_front)  # type: ignore[method-assign]
    return app
