"""How paths name models and versions. Knows Werkzeug, no route."""

from werkzeug.routing import BaseConverter, Map


class _ModelName(BaseConverter):
    """A name that ends before a colon, as some protocols put a verb behind one."""

    regex = "[^/:]+"


class _VersionNumber(BaseConverter):
    """Digits, as few as any version has, so that none are too many for Python."""

    regex = r"[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)


def add_converters(routes: Map) -> None:
    """Let routes say <name:model> and <number:version>."""
    routes.converters |= {"name": _ModelName, "number": _VersionNumber}
