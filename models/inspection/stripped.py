"""Writes an inspected archive anew, without what Keras would act on but does not need. Knows no rules."""

import io
import json
import zipfile
from typing import Any

NEEDLESS = ("compile_config", "build_config")
# Where Keras 2.12 to 2.15 had its models; Keras 3 cannot import these modules.
MOVED = {
    "keras.engine.functional": "keras.src.models.functional",
    "keras.src.engine.functional": "keras.src.models.functional",
    "keras.engine.sequential": "keras",
    "keras.src.engine.sequential": "keras",
    "keras.engine.training": "keras",
    "keras.src.engine.training": "keras",
}


def stripped_archive(content: bytes) -> bytes:
    """The same members, with a stripped config.json."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            new.writestr(name, json.dumps(_stripped(json.loads(member))) if name == "config.json" else member)
    return result.getvalue()


def _stripped(node: Any) -> Any:
    if isinstance(node, list):
        return [_stripped(child) for child in node]
    if not isinstance(node, dict):
        return node
    bare = {key: _stripped(value) for key, value in node.items()}
    if "class_name" in node and "module" in node:
        bare = {key: value for key, value in bare.items() if key not in NEEDLESS}
        bare["module"] = MOVED.get(node["module"], node["module"])
    return bare
