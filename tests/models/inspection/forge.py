"""Makes model files byte by byte, good ones and hostile ones, without Keras."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import h5py
import numpy as np

METADATA = {"keras_version": "3.15.1", "date_saved": "2026-01-02@03:04:05"}


def layer(class_name: str, module: str | None = "keras.layers", **config: Any) -> dict[str, Any]:
    """A layer as Keras 3 writes it."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def sequential(*layers: Any, shape: Any = (None, 4)) -> dict[str, Any]:
    """The configuration of a Sequential with those layers behind its input."""
    first = layer("InputLayer", batch_shape=list(shape), dtype="float32", name="input")
    return layer("Sequential", "keras", name="net", layers=[first, *layers])


def dense(units: int = 3, **config: Any) -> dict[str, Any]:
    return layer("Dense", **({"name": "dense", "units": units, "activation": "relu", "use_bias": True} | config))


def hdf5(fill: Callable[[h5py.File], object]) -> bytes:
    """The bytes of an HDF5 file."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def put(file: h5py.Group, path: str, *shape: int) -> None:
    file[path] = np.zeros(shape, "float32")


def weights(*shapes: tuple[int, ...]) -> bytes:
    """The weights of one dense layer; by default those of `sequential(dense())`."""
    shapes = shapes or ((4, 3), (3,))
    return hdf5(lambda file: [put(file, f"layers/dense/vars/{index}", *shape) for index, shape in enumerate(shapes)])


def archive(
    config: Any = None, stored: bytes | None = None, *, names: Mapping[str, bytes] | None = None, method: int = 0
) -> bytes:
    """A `.keras` archive; `names` are further members, or others in the place of its own."""
    text = config if isinstance(config, bytes) else json.dumps(config or sequential(dense())).encode()
    content = io.BytesIO()
    own = {
        "metadata.json": json.dumps(METADATA).encode(),
        "config.json": text,
        "model.weights.h5": weights() if stored is None else stored,
    }
    with zipfile.ZipFile(content, "w", method) as file:
        for name, member in (own | dict(names or {})).items():
            file.writestr(name, member)
    return content.getvalue()


def legacy(config: Any, shapes: Mapping[str, tuple[int, ...]], compiled: Any = None, version: str = "2.4.0") -> bytes:
    """A whole model as Keras 2 wrote it: weights by `layer/name`, in the order of the layers."""

    def fill(file: h5py.File) -> None:
        file.attrs["keras_version"] = version.encode()
        file.attrs["backend"] = b"tensorflow"
        file.attrs["model_config"] = json.dumps(config).encode()
        if compiled is not None:
            file.attrs["training_config"] = json.dumps(compiled).encode()
        group = file.create_group("model_weights")
        layers = list(dict.fromkeys(path.split("/")[0] for path in shapes))
        group.attrs["layer_names"] = [name.encode() for name in layers]
        group.attrs["backend"], group.attrs["keras_version"] = b"tensorflow", version.encode()
        for name in layers:
            paths = [path.split("/", 1)[1] for path in shapes if path.startswith(f"{name}/")]
            group.create_group(name).attrs["weight_names"] = [path.encode() for path in paths]
            for path in paths:
                group[name][path] = np.full(shapes[f"{name}/{path}"], 0.5, "float32")

    return hdf5(fill)


def raw_archive(*members: tuple[bytes, bytes], **changes: Any) -> bytes:
    """An archive written by hand, whose headers say what `changes` make them say of the last member.

    Keys: `flags`, `method`, `size`, `packed_size`, `crc`, `local_name`, `local_size`, `mode`, `extra`, `comment`,
    `offset`.
    """
    body, directory = b"", b""
    for index, (name, content) in enumerate(members):
        told = changes if index == len(members) - 1 else {}
        flags, method = told.get("flags", 0), told.get("method", 0)
        crc, size = told.get("crc", zlib.crc32(content)), told.get("size", len(content))
        packed = told.get("packed_size", len(content))
        offset, local = told.get("offset", len(body)), told.get("local_name", name)
        extra, comment = told.get("extra", b""), told.get("comment", b"")
        body += struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, crc, packed, told.get("local_size", size), len(local), 0
        )
        body += local + content
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, method, 0, 33, crc, packed, size, len(name), len(extra),
            len(comment), 0, 0, told.get("mode", 0o100600) << 16, offset,
        )  # fmt: skip
        directory += name + extra + comment
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + end
