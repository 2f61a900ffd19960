"""Puts the Flask app together: routes, views, and the front before them."""

from flask import Flask

from service.front import Front
from service.views import documentation, inventory, native, operations
from service.worker import Worker

EXTENSION = "heaviside"


def create_app(worker: Worker) -> Flask:
    """The WSGI app of one worker. Its views find the worker in `app.extensions`, or in the exchange."""
    app = Flask("service", static_folder=None)
    app.url_map.merge_slashes = False  # or //models would be answered by a redirect, in HTML
    app.url_map.strict_slashes = False
    app.extensions[EXTENSION] = worker
    # What goes wrong goes up to the front, which has one table of answers for all.
    app.config.update(PROPAGATE_EXCEPTIONS=True, TRAP_HTTP_EXCEPTIONS=True)
    for views in (inventory, operations, documentation):
        app.register_blueprint(views.blueprint)
    for path, view in native.ROUTES.items():
        app.add_url_rule(path, f"native.{view.__name__}", methods=["POST"])
    asked_by_front = {f"native.{view.__name__}": view for view in native.ROUTES.values()}
    app.wsgi_app = Front(worker, app.wsgi_app, app.url_map, asked_by_front)  # type: ignore[method-assign]
    return app
