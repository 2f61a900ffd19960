"""Reads HDF5 from standard input and tells what is in it as JSON; run by path. Knows no module of this project.

It looks at every link, object, type, layout and filter before anything is followed or read, and reads no weights at
all, except that it inflates compressed chunks to see how large they are.
`python -I hdf5_reader.py LIMITS < FILE > ANSWER`
"""

import codecs
import io
import json
import resource
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, cast

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5t, h5z

REMEDY = "Keras writes no such file; save the model again."
ANSWER_BYTES = 1 << 27
NUMBERS = {h5t.INTEGER: "i", h5t.FLOAT: "f", h5t.ENUM: "b", h5t.OPAQUE: "V"}
FILTERS = (h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32)
ROOT_TEXTS = ("model_config", "training_config", "keras_version", "backend")
NAMES = ("layer_names", "weight_names")


class Breach(Exception):
    """A rule that the file breaks."""

    def __init__(self, rule: str, place: str, sentence: str) -> None:
        super().__init__(rule, place[:200], f"{sentence} {REMEDY}")


def main() -> None:
    """Answer with what is in the file, or with the rule that it breaks."""
    limits = SimpleNamespace(**json.loads(sys.argv[1]))
    _confine(limits)
    try:
        answer = contents(cast(BinaryIO, io.FileIO(0, closefd=False)), limits)
    except Breach as breach:
        answer = {"refused": breach.args}
    except MemoryError:
        answer = {"refused": ("bomb", "/", "reading it takes more memory than any model file does.")}
    except Exception as error:  # noqa: BLE001  # h5py raises many kinds for a damaged file; each is the file's fault
        fault = f"{type(error).__name__}: {str(error)[:200]}"
        answer = {"refused": ("damaged", "/", f"the HDF5 cannot be read ({fault}). Copy or save the file again.")}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def _confine(limits: SimpleNamespace) -> None:
    """From here on this process opens no file, writes none but its answer, and ends where it takes too much."""
    codecs.lookup("ascii")  # h5py's names for h5 files; it is a file, so it is read before none can be
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + limits.hdf5_memory_bytes
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, limits.hdf5_seconds),
        (resource.RLIMIT_FSIZE, ANSWER_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def contents(source: BinaryIO, limits: SimpleNamespace) -> dict[str, Any]:
    """The data sets and the texts of the root. Raises Breach, or anything where it is damaged."""
    with h5py.File(source, "r") as file:
        tour = _Tour(limits, source.seek(0, io.SEEK_END))
        weights = list(tour.visit(file.id))
        texts = {name: tour.text(file.id, name) for name in ROOT_TEXTS}
    return {"weights": weights, **texts}


class _Tour:
    """Goes through a file's objects, each once, and counts them."""

    def __init__(self, limits: SimpleNamespace, file_bytes: int) -> None:
        self._limits = limits
        self._file_bytes = file_bytes
        self._stored = 0
        self._objects = 0
        self._bytes = 0
        self._seen: set[tuple[int, int]] = set()

    def visit(self, root: h5g.GroupID) -> Iterator[tuple[str, tuple[int, ...], str, int]]:
        """Path, shape, kind and declared bytes of each data set."""
        groups = [("", root, 0)]
        while groups:
            path, group, depth = groups.pop()
            if depth > self._limits.hdf5_depth:
                raise Breach("depth", path, f"groups are nested more than {self._limits.hdf5_depth} deep.")
            self._check_attributes(path or "/", group)
            for name in self._names(path, group):
                place = f"{path}/{name.decode('utf-8', 'backslashreplace')}"
                kind = self._check_link(place, group, name)
                if kind == h5o.TYPE_GROUP:
                    groups.append((place, h5g.open(group, name), depth + 1))
                else:
                    yield self._weights(place, h5d.open(group, name))

    def _names(self, path: str, group: h5g.GroupID) -> list[bytes]:
        names: list[bytes] = []

        def add(name: bytes) -> bool | None:
            names.append(name)
            return True if self._objects + len(names) > self._limits.hdf5_objects else None  # True ends the iteration

        group.links.iterate(add)
        self._objects += len(names)
        if self._objects > self._limits.hdf5_objects:
            raise Breach("nodes", path, f"there are more than {self._limits.hdf5_objects} groups and data sets.")
        return names

    def _check_link(self, place: str, group: h5g.GroupID, name: bytes) -> int:
        if group.links.get_info(name).type != h5l.TYPE_HARD:
            raise Breach("external-data", place, "this is a soft or an external link, not the thing itself.")
        info = h5o.get_info(group, name)
        if info.type not in (h5o.TYPE_GROUP, h5o.TYPE_DATASET):
            raise Breach("hdf5", place, "this is neither a group nor a data set.")
        where = (info.fileno, info.addr)
        if info.rc != 1 or where in self._seen:
            raise Breach("link", place, "it stands in the file under more than one name.")
        self._seen.add(where)
        return int(info.type)

    def _weights(self, place: str, data: h5d.DatasetID) -> tuple[str, tuple[int, ...], str, int]:
        plan = data.get_create_plist()
        if plan.get_external_count() or plan.get_layout() == h5d.VIRTUAL:
            raise Breach("external-data", place, "its numbers are in another file, or borrowed from other data sets.")
        self._check_attributes(place, data)
        kind = _kind(place, data)
        if data.get_space().get_simple_extent_type() == 2 or data.rank > 16:  # H5S_NULL; Keras has 6 dimensions at most
            raise Breach("shape", place, "its shape is that of no weights.")
        size = data.get_type().get_size() * int(np.prod([1, *data.shape], dtype=object))
        self._bytes += size
        if self._bytes > self._limits.hdf5_weight_bytes:
            raise Breach("bomb", place, f"the data sets declare more than {self._limits.hdf5_weight_bytes} bytes.")
        self._check_storage(place, data, plan, size)
        return place, tuple(map(int, data.shape)), kind, size

    def _check_storage(self, place: str, data: h5d.DatasetID, plan: Any, size: int) -> None:
        if plan.get_layout() != h5d.CHUNKED:
            if data.get_storage_size() != size:
                raise Breach("bomb", place, f"it declares {size} bytes and stores {data.get_storage_size()}.")
            self._count_stored(place, size)
            return
        chunk = plan.get_chunk()
        if any(side > max(length, 1) for side, length in zip(chunk, data.shape, strict=True)):
            raise Breach("bomb", place, f"its chunks of {chunk} are larger than the whole, {data.shape}.")
        filters = [plan.get_filter(index)[0] for index in range(plan.get_nfilters())]
        if unknown := set(filters) - set(FILTERS):
            raise Breach("hdf5", place, f"it is stored through unknown filters ({sorted(unknown)}).")
        if len(set(filters)) != len(filters):
            raise Breach("hdf5", place, "it is stored through the same filter more than once.")
        self._check_chunks(place, data, filters, int(np.prod(chunk, dtype=object)) * data.get_type().get_size())

    def _check_chunks(self, place: str, data: h5d.DatasetID, filters: list[int], chunk_bytes: int) -> None:
        """Every chunk is there, and has the size of a chunk once it is inflated."""
        count = data.get_num_chunks()
        expected = np.prod(
            [-(-length // side) for length, side in zip(data.shape, data.get_create_plist().get_chunk(), strict=True)],
            dtype=object,
        )
        if count != expected:
            raise Breach("bomb", place, f"it has {count} of its {expected} chunks; the rest is not in the file.")
        self._objects += count
        if self._objects > self._limits.hdf5_objects:
            raise Breach("nodes", place, f"there are more than {self._limits.hdf5_objects} chunks.")
        for index in range(count):
            info = data.get_chunk_info(index)
            skipped, packed = data.read_direct_chunk(info.chunk_offset)
            used = [name for position, name in enumerate(filters) if not skipped >> position & 1]
            self._count_stored(place, len(packed))
            if _inflated_size(bytes(packed), used, chunk_bytes) != chunk_bytes:
                raise Breach("bomb", place, f"a chunk of it has not the {chunk_bytes} bytes that it should have.")

    def _count_stored(self, place: str, size: int) -> None:
        """All that is stored fits into the file, for no two data sets share their bytes."""
        self._stored += size
        if self._stored > self._file_bytes:
            raise Breach("bomb", place, f"the data sets claim more bytes than the file has, {self._file_bytes}.")

    def _check_attributes(self, place: str, owner: Any) -> None:
        for index in range(h5a.get_num_attrs(owner)):
            attribute = h5a.open(owner, index=index)
            self._objects += 1
            where = f"{place}@{attribute.name.decode('utf-8', 'backslashreplace')}"
            if self._objects > 2 * self._limits.hdf5_objects:
                raise Breach("nodes", where, "there are too many attributes.")
            if attribute.get_type().get_class() not in (h5t.STRING, h5t.INTEGER, h5t.FLOAT, h5t.ENUM):
                raise Breach("hdf5", where, "an attribute is a text or a number, or an array of them.")
            if (
                attribute.get_type().get_size() * attribute.get_space().get_simple_extent_npoints()
                > self._limits.hdf5_attribute_bytes
            ):
                raise Breach("bomb", where, f"it has more than {self._limits.hdf5_attribute_bytes} bytes.")
        self._check_listed(place, owner)

    def _check_listed(self, place: str, owner: Any) -> None:
        """No name of weights stands twice: Keras reads them as often as they are listed."""
        for name in NAMES:
            listed = [word for key in _numbered(owner, name) for word in _words(owner, key)]
            if len(set(listed)) != len(listed):
                raise Breach("bomb", f"{place}@{name}", "it lists the same weights more than once.")

    def text(self, root: h5g.GroupID, name: str) -> str | None:
        """An attribute of the root as text."""
        if not h5a.exists(root, name.encode()):
            return None
        words = _words(root, name)
        if len(words) != 1 or len(words[0]) > self._limits.json_bytes:
            raise Breach("bomb", f"/@{name}", f"it is no single text of at most {self._limits.json_bytes} bytes.")
        return words[0].decode("utf-8")


def _kind(place: str, data: h5d.DatasetID) -> str:
    type_ = data.get_type()
    kind = NUMBERS.get(type_.get_class())
    halved = kind == "V" and h5a.exists(data, b"dtype") and _words(data, "dtype") == [b"bfloat16"]
    if kind is None or type_.get_size() > 8 or (kind == "V" and not (halved and type_.get_size() == 2)):
        raise Breach("hdf5", place, "its type is none of numbers.")
    return kind


def _inflated_size(packed: bytes, filters: list[int], most: int) -> int:
    """How many bytes a chunk has after its filters are undone, last first; shuffling changes no size."""
    for name in reversed(filters):
        if name == h5z.FILTER_FLETCHER32:
            packed = packed[:-4]
        if name == h5z.FILTER_DEFLATE:
            stream = zlib.decompressobj()
            packed = stream.decompress(packed, most + 5)  # a byte more than it may have, with a checksum
    return len(packed)


def _numbered(owner: Any, name: str) -> Iterator[str]:
    """The attribute `name`, and those into which Keras splits it where it is long: name0, name1, and so on."""
    if h5a.exists(owner, name.encode()):
        yield name
    index = 0
    while h5a.exists(owner, f"{name}{index}".encode()):
        yield f"{name}{index}"
        index += 1


def _words(owner: Any, name: str) -> list[bytes]:
    attribute = h5a.open(owner, name.encode())
    array = np.empty(attribute.shape, attribute.dtype)
    attribute.read(array)
    return [word if isinstance(word, bytes) else str(word).encode() for word in array.reshape(-1).tolist()]


if __name__ == "__main__":
    main()
