"""HDF5 is looked at in a process of its own: nothing outside the file, nothing larger than it says, no crash."""

import io
import struct

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5s, h5t

from models.inspection import hdf5, hdf5_reader
from models.inspection.hdf5_reader import Breach
from models.inspection.limits import Limits
from models.inspection.refused import Refused
from tests.models.inspection import forge

LIMITS = Limits()


def refused(content, limits=LIMITS):
    with pytest.raises(Refused) as caught:
        hdf5.read(content, limits, "file")
    assert caught.value.sentence.rstrip().endswith(".")
    return caught.value


def refused_here(content, limits=LIMITS):
    """The rule, from the same code in this process, which is fast: what is well-formed crashes nothing."""
    with pytest.raises(Breach) as caught:
        hdf5_reader.contents(io.BytesIO(content), limits)
    return caught.value.args[0]


def test_the_weights_are_told_with_shape_kind_and_size():
    def fill(file):
        file["a/whole"] = np.zeros((2, 3), "int8")
        file["a/number"] = np.float32(1)
        file["b/none"] = np.zeros((0, 4), "float64")
        file["b/truth"] = np.array([True])
        file.create_dataset("packed", data=np.arange(1000.0), chunks=(300,), compression="gzip", shuffle=True)
        file.create_dataset("checked", data=np.arange(10.0), chunks=(4,), fletcher32=True)

    found = {
        weights.path: (weights.shape, weights.kind, weights.bytes)
        for weights in hdf5.read(forge.hdf5(fill), LIMITS, "file").weights
    }
    assert found == {
        "/a/whole": ((2, 3), "i", 6),
        "/a/number": ((), "f", 4),
        "/b/none": ((0, 4), "f", 0),
        "/b/truth": ((1,), "b", 1),
        "/packed": ((1000,), "f", 8000),
        "/checked": ((10,), "f", 80),
    }


def soft(file):
    forge.put(file, "real", 2)
    file["layers/w"] = h5py.SoftLink("/real")


def external_link(file):
    file["layers"] = h5py.ExternalLink("/etc/passwd", "/")


def external_storage(file):
    file.create_dataset("w", (100,), "u1", external=[("/etc/passwd", 0, 100)])


def virtual(file):
    layout = h5py.VirtualLayout((100,), "u1")
    layout[:] = h5py.VirtualSource("/tmp/secrets.h5", "data", (100,))
    file.create_virtual_dataset("w", layout)


def two_names(file):
    forge.put(file, "a", 4)
    file["b"] = file["a"]


def circle(file):
    file.create_group("a")["b"] = file["/"]


def named_type(file):
    file["type"] = np.dtype("float32")


def words(file):
    file["w"] = np.array(["text"], h5py.string_dtype())


def variable_length(file):
    file.create_dataset("w", (1,), h5py.vlen_dtype(np.float32))


def references(file):
    forge.put(file, "a", 2)
    file.create_dataset("w", (1,), h5py.regionref_dtype)


def compound(file):
    file["w"] = np.zeros(2, [("a", "f4"), ("b", "i4")])


def opaque(file):
    file["w"] = np.zeros(2, "V8")


def null(file):
    file["w"] = h5py.Empty("f4")


def unwritten(file):
    file.create_dataset("w", (1 << 15, 1 << 15), "f4")


def unwritten_chunks(file):
    file.create_dataset("w", (1 << 15, 1 << 15), "f4", chunks=(64, 64), compression="gzip")


def huge_chunk(file):
    data = file.create_dataset("w", (1,), "f4", maxshape=(None,), chunks=(1 << 28,), compression="gzip")
    assert data.chunks == (1 << 28,)


def lzf(file):
    file.create_dataset("w", data=np.zeros(100), compression="lzf")


def unknown_filter(file):
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_chunk((4,))
    plan.set_filter(32_001, h5py.h5z.FLAG_OPTIONAL)
    h5d.create(file.id, b"w", h5t.NATIVE_FLOAT, h5s.create_simple((4,)), plan)


def inflating_chunk(file):
    """A chunk of 4 numbers that inflates to 256 MiB: the filter would allocate them all."""
    import zlib  # noqa: PLC0415  # beside what it is for

    data = file.create_dataset("w", (4,), "f4", chunks=(4,), compression="gzip")
    data.id.write_direct_chunk((0,), zlib.compress(bytes(1 << 26), 9))


def thousand_filters(file):
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_chunk((4,))
    plan.set_deflate(9)
    plan.set_deflate(9)
    h5d.create(file.id, b"w", h5t.NATIVE_FLOAT, h5s.create_simple((4,)), plan).write(
        h5s.ALL, h5s.ALL, np.zeros(4, "f4")
    )


def large_attribute(file):
    file.create_group("a").attrs.create("x", np.zeros(8_000), dtype="f8")


def reference_attribute(file):
    file.attrs["x"] = file.create_group("a").ref


def listed_twice(file):
    forge.put(file, "w", 2)
    file.attrs["weight_names"] = [b"w"] * 1_000


def listed_twice_in_pieces(file):
    file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"a", b"b"], [b"b"]


@pytest.mark.parametrize(
    ("fill", "rule"),
    [
        (soft, "external-data"),
        (external_link, "external-data"),
        (external_storage, "external-data"),
        (virtual, "external-data"),
        (two_names, "link"),
        (circle, "link"),
        (named_type, "hdf5"),
        (words, "hdf5"),
        (variable_length, "hdf5"),
        (references, "hdf5"),
        (compound, "hdf5"),
        (opaque, "hdf5"),
        (null, "shape"),
        (unwritten, "bomb"),
        (unwritten_chunks, "bomb"),
        (huge_chunk, "bomb"),
        (lzf, "hdf5"),
        (unknown_filter, "hdf5"),
        (inflating_chunk, "bomb"),
        (thousand_filters, "hdf5"),
        (reference_attribute, "hdf5"),
        (listed_twice, "bomb"),
        (listed_twice_in_pieces, "bomb"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_keras_never_writes_is_refused(fill, rule):
    assert refused_here(forge.hdf5(fill)) == rule


def deep(file):
    forge.put(file, "/".join("a" * 60) + "/w", 1)


def many(file):
    for index in range(40):
        forge.put(file, f"w{index}", 1)


@pytest.mark.parametrize(
    ("fill", "limits", "rule"),
    [
        pytest.param(deep, LIMITS, "depth", id="deep"),
        pytest.param(many, Limits(hdf5_objects=30), "nodes", id="many"),
        pytest.param(many, Limits(hdf5_weight_bytes=100), "bomb", id="large-in-all"),
        pytest.param(large_attribute, Limits(hdf5_attribute_bytes=1_000), "bomb", id="large-attribute"),
    ],
)
def test_there_are_limits(fill, limits, rule):
    assert refused_here(forge.hdf5(fill), limits) == rule


def test_data_sets_cannot_claim_the_same_bytes():
    """A file of one megabyte whose four data sets point at one place would be read as four."""

    def fill(file):
        file["w0"] = np.ones(1 << 18, "float32")
        for index in (1, 2, 3):
            file.create_dataset(f"w{index}", (1 << 18,), "f4")  # never written: its address is undefined

    content = forge.hdf5(fill)
    with h5py.File(io.BytesIO(content)) as file:
        place = file["w0"].id.get_offset()
    size = struct.pack("<Q", 1 << 20)
    assert content.count(b"\xff" * 8 + size) == 3
    forged = content.replace(b"\xff" * 8 + size, struct.pack("<Q", place) + size)
    with h5py.File(io.BytesIO(forged)) as file:
        assert all(file["w3"][:] == 1)
    assert refused_here(forged) == "bomb"


@pytest.mark.parametrize("fill", [external_link, virtual, inflating_chunk], ids=lambda value: value.__name__)
def test_the_process_tells_what_it_finds_with_rule_and_place(fill):
    found = refused(forge.hdf5(fill))
    assert found.rule in ("external-data", "bomb")
    assert found.part in ("file: /w", "file: /layers")


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_damaged(cut):
    content = forge.weights()
    assert refused(content[: int(len(content) * cut)]).rule == "damaged"


def test_a_reader_that_is_killed_takes_nobody_with_it():
    assert refused(forge.weights(), Limits(hdf5_seconds=0)).rule == "damaged"


def test_a_reader_that_takes_too_much_memory_is_stopped():
    def fill(file):
        file.attrs["model_config"] = b"x" * (100 << 20)

    assert refused(forge.hdf5(fill), Limits(hdf5_memory_bytes=64 << 20)).rule in ("bomb", "damaged")
