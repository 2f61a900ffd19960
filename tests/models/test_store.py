"""The store publishes whole versions only, keeps them apart, and refuses what was changed."""

import dataclasses
import os
import threading
import time
import zipfile
from contextlib import suppress

import numpy as np
import pytest

from models.errors import (
    BadLabel,
    BadTraffic,
    BadVersion,
    InvalidName,
    UnknownLabel,
    UnknownModel,
    UnknownVersion,
    UnreadableStore,
)
from models.golden import Golden
from models.manifest import FileRecord
from models.store import STAGING_PREFIX, STALE_STAGING_S, Store


def test_a_store_that_does_not_exist_is_empty(tmp_path):
    assert Store(tmp_path / "nowhere").names() == []


def test_version_numbers_grow_by_one(own_zoo, republish):
    first = own_zoo.version("flowers")
    assert [republish(own_zoo, first).number for _ in range(3)] == [2, 3, 4]
    assert own_zoo.numbers("flowers") == [1, 2, 3, 4]
    assert own_zoo.version("flowers").number == 4


def test_versions_sort_as_numbers_and_not_as_words(own_zoo, republish):
    first = own_zoo.version("flowers")
    for _ in range(10):
        republish(own_zoo, first)
    assert own_zoo.version("flowers").number == 11


def test_publishers_at_the_same_time_each_get_a_number_of_their_own(own_zoo, republish):
    first = own_zoo.version("flowers")
    barrier = threading.Barrier(8)
    numbers = []

    def publish():
        barrier.wait()
        numbers.append(republish(own_zoo, first).number)

    threads = [threading.Thread(target=publish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(2, 10))
    for number in numbers:
        own_zoo.version("flowers", number).verify()


def test_a_publication_that_fails_leaves_nothing_behind(own_zoo):
    with suppress(RuntimeError), own_zoo.staging("flowers") as folder:
        (folder / "model.keras").write_bytes(b"half")
        raise RuntimeError("disk full")
    assert own_zoo.numbers("flowers") == [1]
    assert not list((own_zoo.root / "flowers").glob(f"{STAGING_PREFIX}*"))


def test_what_a_killed_training_left_is_not_seen_and_swept_after_a_day(own_zoo):
    fresh = own_zoo.root / "flowers" / f"{STAGING_PREFIX}fresh"
    old = own_zoo.root / "flowers" / f"{STAGING_PREFIX}old"
    for folder in (fresh, old):
        folder.mkdir()
    day_before = time.time() - STALE_STAGING_S - 1
    os.utime(old, (day_before, day_before))
    assert own_zoo.numbers("flowers") == [1]
    with own_zoo.staging("flowers"):
        pass
    assert fresh.exists()
    assert not old.exists()


def test_a_published_folder_can_be_read_by_others(own_zoo, republish):
    version = republish(own_zoo, own_zoo.version("flowers"))
    assert version.folder.stat().st_mode & 0o055 == 0o055 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("file", ["model.keras", "model.onnx", "golden.npz", "README.md"])
@pytest.mark.parametrize("fault", ["truncated", "changed", "cannot be read"])
def test_a_damaged_file_is_refused_by_its_name(own_zoo, file, fault):
    version = own_zoo.version("flowers")
    path = version.folder / file
    content = path.read_bytes()
    if fault == "truncated":
        path.write_bytes(content[:-1])
    elif fault == "changed":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    else:
        path.unlink()
    with pytest.raises(BadVersion, match=f"{file} .*{fault}"):
        version.verify()


def test_a_version_without_its_manifest_is_half_copied(own_zoo):
    (own_zoo.root / "flowers" / "1" / "manifest.json").unlink()
    with pytest.raises(BadVersion, match="only half copied"):
        own_zoo.version("flowers")


def test_a_file_in_the_place_of_a_version_is_refused(own_zoo):
    (own_zoo.root / "flowers" / "2").write_text("not a folder")
    with pytest.raises(BadVersion, match=r"manifest\.json cannot be read"):
        own_zoo.version("flowers")


def test_a_file_that_was_never_published_is_not_read(own_zoo):
    version = own_zoo.version("flowers")
    (version.folder / "extra.onnx").write_bytes(b"surprise")
    version.verify()
    with pytest.raises(BadVersion, match="published without"):
        version.read("extra.onnx")


def test_unknown_models_and_versions_are_told_with_the_known_ones(zoo):
    with pytest.raises(UnknownModel, match="Known models: boxes, flowers"):
        zoo.version("roses")
    with pytest.raises(UnknownVersion, match="Known versions: 1"):
        zoo.version("flowers", 9)


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a b", "ä", "x" * 101, "../flowers", "-x"])
def test_a_name_that_is_no_folder_name_is_refused(zoo, name):
    with pytest.raises(InvalidName):
        zoo.numbers(name)


def test_a_label_points_where_it_was_last_moved(own_zoo, republish):
    republish(own_zoo, own_zoo.version("flowers"))
    own_zoo.label("flowers", "stable", 2)
    own_zoo.label("flowers", "canary", 2)
    own_zoo.label("flowers", "stable", 1)
    assert own_zoo.labels("flowers") == ["canary", "stable"]
    assert own_zoo.labelled("flowers", "stable") == 1
    assert own_zoo.labelled("flowers", "canary") == 2


def test_a_label_cannot_point_at_a_version_that_is_not_there(own_zoo):
    with pytest.raises(UnknownVersion):
        own_zoo.label("flowers", "stable", 2)
    with pytest.raises(UnknownLabel, match="Known labels: none"):
        own_zoo.labelled("flowers", "stable")


@pytest.mark.parametrize("content", [b"first", b"", b"\xff\xfe1", None], ids=["word", "empty", "not-utf-8", "folder"])
def test_a_damaged_label_is_refused_by_its_file_and_leaves_the_others(own_zoo, content):
    own_zoo.label("flowers", "stable", 1)
    path = own_zoo.root / "flowers" / "labels" / "broken"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(BadLabel, match="labels/broken"):
        own_zoo.labelled("flowers", "broken")
    assert own_zoo.labelled("flowers", "stable") == 1


def pipe_for_a_label(store):
    (store.root / "flowers" / "labels").mkdir()
    os.mkfifo(store.root / "flowers" / "labels" / "stable")
    return lambda: store.labelled("flowers", "stable")


def pipe_for_traffic(store):
    os.mkfifo(store.root / "flowers" / "traffic.json")
    return lambda: store.traffic("flowers")


def pipe_for_a_manifest(store):
    (store.root / "flowers" / "1" / "manifest.json").unlink()
    os.mkfifo(store.root / "flowers" / "1" / "manifest.json")
    return lambda: store.version("flowers", 1)


def pipe_for_a_model(store):
    (store.root / "flowers" / "1" / "model.onnx").unlink()
    os.mkfifo(store.root / "flowers" / "1" / "model.onnx")
    return lambda: store.version("flowers", 1).verify()


def device_without_an_end(store):
    (store.root / "flowers" / "1" / "model.onnx").unlink()
    (store.root / "flowers" / "1" / "model.onnx").symlink_to("/dev/zero")
    return lambda: store.version("flowers", 1).read("model.onnx")


@pytest.mark.parametrize(
    "place",
    [pipe_for_a_label, pipe_for_traffic, pipe_for_a_manifest, pipe_for_a_model, device_without_an_end],
    ids=lambda place: place.__name__,
)
def test_what_is_no_file_is_refused_and_not_waited_for(own_zoo, place):
    read = place(own_zoo)
    with pytest.raises((BadLabel, BadTraffic, BadVersion)):
        read()


def test_golden_rows_that_would_fill_the_memory_are_refused(own_zoo, republish):
    version = own_zoo.version("flowers")
    with (
        zipfile.ZipFile(version.folder / "golden.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("input.row.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(1025):
            member.write(bytes(2**20))
    with pytest.raises(BadVersion, match=r"golden\.npz holds no golden rows: its arrays have 1074790400 bytes"):
        republish(own_zoo, version).golden()


@pytest.mark.parametrize("size", [-1, 2**40])
def test_a_manifest_that_claims_an_absurd_size_is_refused_before_anything_is_read(own_zoo, size):
    version = own_zoo.version("flowers")
    files = dict(version.manifest.files) | {"model.onnx": FileRecord("0" * 64, size)}
    content = dataclasses.replace(version.manifest, files=files).to_json()
    (version.folder / "manifest.json").write_text(content)
    with pytest.raises(BadVersion, match=r"does not follow format 1|at most 2147483648 are read"):
        own_zoo.version("flowers").read("model.onnx")


def test_files_that_are_no_labels_are_not_seen(own_zoo):
    own_zoo.label("flowers", "stable", 1)
    for name in ("stable~", ".stable-1", "a b"):
        (own_zoo.root / "flowers" / "labels" / name).write_text("1")
    assert own_zoo.labels("flowers") == ["stable"]


def test_a_manifest_that_no_reader_would_take_is_never_seen(own_zoo, republish):
    version = own_zoo.version("flowers")
    with pytest.raises(BadVersion, match="scores"):
        republish(own_zoo, version, scores={"test": {"mse": None}})
    assert own_zoo.numbers("flowers") == [1]


def test_a_staging_folder_that_vanishes_does_not_stop_another_publisher(own_zoo, republish, monkeypatch):
    gone = own_zoo.root / "flowers" / f"{STAGING_PREFIX}gone"
    monkeypatch.setattr(type(gone), "glob", lambda *_: iter([gone]))
    assert republish(own_zoo, own_zoo.version("flowers")).number == 2


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(own_zoo):
    (own_zoo.root / "flowers").chmod(0)
    try:
        assert "flowers" in own_zoo.names()
        with pytest.raises(UnreadableStore, match="Give this user the right"):
            own_zoo.numbers("flowers")
    finally:
        (own_zoo.root / "flowers").chmod(0o755)


@pytest.mark.parametrize("content", [b"", b"no npz", None], ids=["empty", "no-npz", "pickled"])
def test_golden_rows_that_are_none_are_refused_by_their_file(own_zoo, republish, content):
    version = own_zoo.version("flowers")
    path = version.folder / "golden.npz"
    if content is None:
        np.savez(path, **{"input.row": np.array([{}], dtype=object)})
    else:
        path.write_bytes(content)
    with pytest.raises(BadVersion, match=r"flowers/2/golden\.npz holds no golden rows"):
        republish(own_zoo, version).golden()


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        pytest.param({"row": (3, 4)}, {"answer": (3, 2)}, id="too-few-units"),
        pytest.param({"row": (3, 5)}, {"answer": (3, 3)}, id="other-input-shape"),
        pytest.param({"line": (3, 4)}, {"answer": (3, 3)}, id="other-input-name"),
        pytest.param({"row": (3, 4)}, {}, id="no-outputs"),
        pytest.param({"row": (0, 4)}, {"answer": (0, 3)}, id="no-rows"),
        pytest.param({"row": (3, 4)}, {"answer": (2, 3)}, id="fewer-answers-than-rows"),
    ],
)
def test_golden_rows_must_fit_the_signature(own_zoo, republish, inputs, outputs):
    version = own_zoo.version("flowers")
    arrays = [{name: np.zeros(shape, np.float32) for name, shape in side.items()} for side in (inputs, outputs)]
    Golden(*arrays).save(version.folder / "golden.npz")
    with pytest.raises(BadVersion, match="does not fit the signature"):
        republish(own_zoo, version).golden()
