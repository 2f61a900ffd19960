"""Data sets: where they are looked for, what is refused, and what is said where there is none."""

import gzip
import socket
import time
import urllib.request
from dataclasses import replace

import numpy as np
import pytest

from models.signature import Task
from training import recipes
from training.errors import DataUnavailable
from training.sources import california_housing, embedded, fashion_mnist
from training.sources.download import Supply, download
from training.sources.idx import read_idx

SUPPLY = Supply("Shoes", files=("shoes/images.gz", "shoes/labels.gz"), host="localhost")
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
IMAGES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)


def idx(array, kind=8):
    return bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def test_an_idx_file_gives_its_bytes_in_its_shape(tmp_path):
    (tmp_path / "images.gz").write_bytes(gzip.compress(idx(IMAGES)))
    np.testing.assert_array_equal(read_idx(tmp_path / "images.gz", (3, 2, 2)), IMAGES)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"", "starts with nothing", id="empty file"),
        pytest.param(b"<html>not found</html>", "cannot be unpacked", id="no gzip"),
        pytest.param(gzip.compress(idx(IMAGES))[:-12], "cannot be unpacked", id="truncated gzip"),
        pytest.param(gzip.compress(idx(IMAGES)[:-1]), "does not hold 3 x 2 x 2 bytes", id="truncated before gzip"),
        pytest.param(gzip.compress(idx(IMAGES) + b"?"), "does not hold 3 x 2 x 2 bytes", id="too long"),
        pytest.param(gzip.compress(idx(IMAGES)[:6]), "does not hold 3 x 2 x 2 bytes", id="half a header"),
        pytest.param(gzip.compress(idx(IMAGES, kind=9)), "starts with 00000903", id="wrong type"),
        pytest.param(gzip.compress(idx(IMAGES.ravel())), "starts with 00000801", id="labels for images"),
        pytest.param(gzip.compress(idx(IMAGES[:2])), "does not hold 3 x 2 x 2 bytes", id="fewer images"),
        pytest.param(gzip.compress(b"\x89PNG" * 9), "starts with 89504e47", id="another format"),
    ],
)
def test_a_damaged_idx_file_is_refused_by_name(tmp_path, content, fault):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(DataUnavailable) as caught:
        read_idx(path, (3, 2, 2))
    assert str(path) in str(caught.value)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x78\x9c cut off", id="truncated"),
        pytest.param(b"?" * 99, id="else"),
    ],
)
def test_a_damaged_california_cache_is_refused_by_name(tmp_path, content):
    (tmp_path / california_housing.CACHE_FILE).write_bytes(content)
    with pytest.raises(DataUnavailable, match=r"cal_housing_py3\.pkz cannot be read"):
        california_housing.load(tmp_path)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        pytest.param(None, "DATA_DIR is not set", id="no DATA_DIR"),
        pytest.param([], "lacks shoes/images.gz, shoes/labels.gz", id="empty DATA_DIR"),
        pytest.param(["shoes/images.gz"], "lacks shoes/labels.gz", id="half of it"),
    ],
)
def test_where_nothing_helps_the_error_says_what_was_tried_and_what_to_do(tmp_path, there, said):
    for file in there or []:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    with pytest.raises(DataUnavailable) as caught:
        download(SUPPLY, None if there is None else tmp_path, lambda: WITHOUT_PROXY.open("http://localhost:9"))
    assert said in str(caught.value)
    assert "the download from localhost failed (<urlopen error [Errno" in str(caught.value)
    assert "To supply it, set DATA_DIR to a folder that holds shoes/images.gz, shoes/labels.gz." in str(caught.value)


def test_a_server_that_never_answers_ends_the_download():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        begin = time.monotonic()
        with pytest.raises(DataUnavailable, match="timed out"):
            download(SUPPLY, None, lambda: WITHOUT_PROXY.open(address), timeout_s=0.2)
    assert time.monotonic() - begin < 5
    assert socket.getdefaulttimeout() is None


@pytest.mark.parametrize(
    "name", ["breast-cancer", "diabetes", "digits", "digits-multilabel", "iris", "wine", "linnerud"]
)
def test_an_embedded_data_set_is_split_without_overlap_and_always_the_same(name):
    recipe = recipes.find(name)
    dataset = recipe.load(None)
    rows = [row.tobytes() for split in dataset.splits.values() for row in split.inputs]
    assert len(set(rows)) >= len(rows) - 2  # the digits hold two pairs of equal images
    assert all(split.inputs.dtype == np.float32 for split in dataset.splits.values())
    assert recipe.load(None).sha256 == dataset.sha256


@pytest.mark.parametrize("name", ["digits", "breast-cancer", "iris", "iris-perceptron", "wine"])
def test_each_split_has_all_classes_in_the_same_shares(name):
    dataset = recipes.find(name).load(None)
    classes = len(dataset.output_names)
    shares = [
        np.bincount(split.targets.ravel().astype(int), minlength=classes) / split.rows
        for split in dataset.splits.values()
    ]
    assert np.ptp(shares, axis=0).max() < 0.03


def test_the_two_labels_of_a_digit_follow_from_it():
    numbers = embedded.digits(None).test.targets
    labels = embedded.digits_multilabel(None).test.targets
    np.testing.assert_array_equal(labels, np.stack([numbers >= 7, numbers % 2 == 1], axis=1))


def test_the_dearest_districts_are_rare_and_weigh_what_they_have_households(data_dir):
    dataset = california_housing.dearest(data_dir)
    assert 0.04 < dataset.train.targets.mean() < 0.06
    for split in dataset.splits.values():
        assert split.weights.mean() == pytest.approx(1, rel=1e-5)
        assert split.weights.min() > 0
    assert dataset.sha256 != replace(dataset, train=replace(dataset.train, weights=None)).sha256


def test_the_fingerprint_changes_with_one_number():
    dataset = embedded.diabetes(None)
    inputs = dataset.test.inputs.copy()
    inputs[0, 0] += 1
    assert replace(dataset, test=replace(dataset.test, inputs=inputs)).sha256 != dataset.sha256


def test_ranges_are_per_column_for_features_and_one_pair_for_images():
    diabetes, digits = embedded.diabetes(None), embedded.digits(None)
    assert diabetes.ranges[1] == (1.0, 2.0)
    assert len(diabetes.ranges) == 10
    assert digits.ranges == ((0.0, 16.0),)


def test_fashion_mnist_is_the_official_data_in_the_official_order(data_dir):
    dataset = fashion_mnist.load(data_dir)
    assert [split.rows for split in dataset.splits.values()] == [55_000, 5_000, 10_000]
    assert dataset.test.targets[:10].tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
    assert dataset.output_names[dataset.validation.targets[0]] == "Ankle boot"
    assert dataset.ranges == ((0.0, 255.0),)


def test_california_housing_is_split_as_the_specification_splits_it(data_dir):
    dataset = california_housing.load(data_dir)
    assert [split.rows for split in dataset.splits.values()] == [11_610, 3_870, 5_160]
    targets = np.concatenate([split.targets for split in dataset.splits.values()])
    assert targets.mean() == pytest.approx(2.06856, abs=1e-5)
    assert dataset.feature_names[:2] == ("MedInc", "HouseAge")


def test_tasks_and_targets_fit_each_other():
    for recipe in (recipe for recipe in recipes.every() if recipe.embedded):
        targets = recipe.load(None).train.targets
        assert targets.dtype == (np.int32 if recipe.task is Task.MULTICLASS else np.float32)
        assert targets.ndim == (1 if recipe.task is Task.MULTICLASS else 2)
