"""Writes an inspected file anew, without what Keras would act on but does not need. Knows no rules."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from models.inspection.modern import modern


def stripped_archive(content: bytes, config: Mapping[str, Any]) -> bytes:
    """The same members, stored, with a stripped and modern config.json."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            new.writestr(name, stripped(config) if name == "config.json" else old.read(name))
    return result.getvalue()


def stripped(config: Mapping[str, Any]) -> bytes:
    """The configuration as JSON, without a trace of how the model was compiled and built."""
    return json.dumps(modern(config)).encode()
