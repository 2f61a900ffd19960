"""Folders of images by class: how they are looked through, read and split, and what is said of bad ones."""

import shutil

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from models.signature import Task
from models.store import Store
from training import recipes
from training.errors import UnusableData
from training.pipeline import train
from training.sources.images import Choices, read_images
from training.sources.pictures import Unreadable, pixels

DIGITS = load_digits()
COUNT = 12  # images of each digit


def draw(folder, numbers=(0, 1, 2), count=COUNT, suffix="png", change=lambda image: image):
    """Folders with digits in shades of gray, 8x8, black ink on white."""
    for number in numbers:
        place = folder / str(number)
        place.mkdir(parents=True, exist_ok=True)
        for row in np.flatnonzero(DIGITS.target == number)[:count]:
            image = Image.fromarray((255 - 15.9 * DIGITS.images[row]).astype(np.uint8))
            change(image).save(place / f"{row}.{suffix}")
    return folder


def splits(images):
    return {name: split.rows for name, split in images.dataset.splits.items()}


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "gif", "webp", "tif", "PNG"])
def test_images_of_any_format_are_read(tmp_path, suffix):
    images = read_images(Choices(draw(tmp_path / "digits", suffix=suffix)))
    assert (images.task, images.dataset.output_names) == (Task.MULTICLASS, ("0", "1", "2"))
    assert images.dataset.shape == (8, 8)
    assert images.dataset.train.inputs.dtype == np.float32
    assert images.dataset.largest_pixel == 255
    assert splits(images) == {"train": 24, "validation": 6, "test": 6}


def test_two_classes_are_binary_and_numbers_are_in_the_order_of_numbers(tmp_path):
    assert read_images(Choices(draw(tmp_path / "two", (1, 0)))).task is Task.BINARY
    for name in ("9", "10"):
        shutil.copytree(tmp_path / "two" / "1", tmp_path / "two" / name)
    assert read_images(Choices(tmp_path / "two")).dataset.output_names == ("0", "1", "9", "10")


@pytest.mark.parametrize(
    ("change", "choices", "shape"),
    [
        pytest.param(lambda image: image, {}, (8, 8), id="gray"),
        pytest.param(lambda image: image.convert("RGB"), {}, (8, 8), id="gray, said in three colors"),
        pytest.param(
            lambda image: Image.merge("RGB", [image, image, image.point(lambda _: 9)]), {}, (8, 8, 3), id="colors"
        ),
        pytest.param(
            lambda image: Image.merge("RGB", [image, image, image.point(lambda _: 9)]),
            {"color": "gray"},
            (8, 8),
            id="colors, taken as gray",
        ),
        pytest.param(lambda image: image, {"color": "rgb"}, (8, 8, 3), id="gray, taken as colors"),
        pytest.param(lambda image: image.resize((40, 30)), {}, (30, 40), id="small"),
        pytest.param(lambda image: image.resize((300, 200)), {}, (32, 32), id="large"),
        pytest.param(lambda image: image, {"size": 16}, (16, 16), id="a size of one's own"),
    ],
)
def test_size_and_color_are_inferred_unless_they_are_said(tmp_path, change, choices, shape):
    assert read_images(Choices(draw(tmp_path, change=change), **choices)).dataset.shape == shape


@pytest.mark.parametrize(
    ("image", "first"),
    [
        pytest.param(Image.new("L", (4, 4), 51), [51, 51, 51], id="8 bits"),
        pytest.param(Image.new("1", (4, 4), 1), [255, 255, 255], id="1 bit"),
        pytest.param(Image.fromarray(np.full((4, 4), 51 * 257, np.uint16)), [51, 51, 51], id="16 bits"),
        pytest.param(Image.new("RGBA", (4, 4), (9, 9, 9, 0)), [255, 255, 255], id="nothing but glass"),
        pytest.param(Image.new("RGB", (4, 4), (1, 2, 3)).quantize(4), [1, 2, 3], id="palette"),
        pytest.param(Image.new("CMYK", (4, 4), (255, 0, 0, 0)), [0, 255, 255], id="print"),
    ],
)
def test_pixels_are_red_green_and_blue_from_0_to_255(tmp_path, image, first):
    image.save(tmp_path / "image.tif")
    assert pixels(tmp_path / "image.tif", (2, 2))[0, 0].tolist() == first


def test_a_picture_taken_sideways_is_turned(tmp_path):
    image = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40)
    turned = image.getexif()
    turned[0x0112] = 6  # the camera was turned to the left
    image.save(tmp_path / "image.png", exif=turned)
    assert pixels(tmp_path / "image.png", (3, 2))[..., 0].tolist() == np.rot90(np.asarray(image), -1).tolist()


def test_parts_in_folders_stay_what_they_are_and_missing_ones_are_drawn(tmp_path):
    draw(tmp_path / "Train", count=10)
    draw(tmp_path / "test", count=4)
    images = read_images(Choices(tmp_path))
    assert splits(images) == {"train": 24, "validation": 6, "test": 12}
    assert "parts by folder: train, test" in images.findings
    draw(tmp_path / "val", count=5)
    assert splits(read_images(Choices(tmp_path))) == {"train": 30, "validation": 15, "test": 12}


def test_files_that_are_no_images_are_named_and_left_out(tmp_path):
    draw(tmp_path)
    (tmp_path / "0" / "broken.png").write_bytes(b"no image")
    whole = (tmp_path / "1" / "1.png").read_bytes()
    (tmp_path / "1" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "1" / "notes.txt").write_text("not read at all")
    (tmp_path / ".hidden").mkdir()
    findings = read_images(Choices(tmp_path)).findings
    assert (
        ": 36 images, taken as 8 x 8, gray. 2 files could not be read: 0/broken.png (no image), 1/cut.png (" in findings
    )


@pytest.mark.parametrize(
    ("folders", "sentence"),
    [
        pytest.param({}, "holds 0 folders; it takes one for each of two or more classes", id="empty"),
        pytest.param({"0": 30}, "holds 1 folders; it takes one for each", id="one class"),
        pytest.param({"0": 4, "1": 4}, "has 8 images that can be read, too few to learn from", id="few images"),
        pytest.param({"0": 30, "1": 2}, "The class '1' has 2 images in .*, and needs 3 at least", id="rare class"),
        pytest.param(
            {"train/0": 30, "train/1": 9, "test/0": 9},
            "must have the same classes; only one has 1",
            id="class missing in the test",
        ),
        pytest.param(
            {"train/0": 30, "train/1": 9, "test/0": 9, "test/1": 0},
            "The class '1' has 0 images in .*test, and needs 1",
            id="class empty in the test",
        ),
        pytest.param(
            {"train/0": 30, "train/1": 1, "test/0": 9, "test/1": 1},
            "The class '1' has 1 images in .*train, and needs 2",
            id="too few to draw from",
        ),
    ],
)
def test_a_folder_from_which_nothing_can_be_learnt_is_refused(tmp_path, folders, sentence):
    for place, count in folders.items():
        part, _, number = place.rpartition("/")
        draw(tmp_path / part, (int(number),), count)
    with pytest.raises(UnusableData, match=sentence):
        read_images(Choices(tmp_path))


@pytest.mark.parametrize(("name", "sentence"), [("absent", "does not exist"), ("file.png", "is a file")])
def test_what_is_no_folder_is_refused(tmp_path, name, sentence):
    (tmp_path / "file.png").touch()
    with pytest.raises(UnusableData, match=f"{sentence}. Name a folder"):
        read_images(Choices(tmp_path / name))


def test_images_that_memory_cannot_hold_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("training.sources.images.MOST_BYTES", 1 << 20)
    with pytest.raises(UnusableData, match=r"36 images of 512 x 512 take .* GB of memory. Take a smaller size="):
        read_images(Choices(draw(tmp_path), size=512))


def test_an_unreadable_file_says_why(tmp_path):
    with pytest.raises(Unreadable, match="No such file"):
        pixels(tmp_path / "absent.png", (2, 2))


def test_a_folder_of_images_becomes_a_published_version(tmp_path, pipe):
    draw(
        tmp_path / "digits",
        (0, 1, 2, 3),
        40,
        change=lambda image: Image.merge("RGB", [image, image.point(lambda _: 0), image]),
    )
    recipe, config = recipes.find("images").plan([f"path={tmp_path / 'digits'}", "epochs=10", "hidden=32"])
    version = train(recipe, config, Store(tmp_path / "store"), None, pipe)
    (tensor,) = version.manifest.signature.inputs
    assert version.name == "digits-images"
    assert (tensor.name, tensor.shape, tensor.ranges) == ("image", (8, 8, 3), ((0.0, 255.0),))
    assert version.manifest.scores["test"]["accuracy"] > 0.8
    assert (
        version.manifest.training["command"]
        == f'make train RECIPE=images ARGS="path={tmp_path}/digits hidden=32 epochs=10"'
    )
