"""Tells the class of an image, learnt from a folder of yours that holds a folder of images for each class.

    make train RECIPE=images ARGS="path=pets"

A minute for some thousand small images on two cores. docs/own-data.md tells what is inferred, and every option.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.errors import listed
from training import options, recipes, spaces
from training.baseline import Baseline, logistic_regression_on_pixels
from training.config import Config
from training.errors import InvalidOverride
from training.options import SHARE, Option
from training.recipe import Form, Recipe
from training.sources.images import COLORS, LARGEST_SIZE, Choices, Images, read_images

BASELINE_ITERATIONS = 100  # a logistic regression on pixels is to be beaten, not served


def fill(values: Mapping[str, Any]) -> Recipe:
    """The recipe for the folder that the options name. Raises InvalidOverride or UnusableData."""
    if "path" not in values:
        raise InvalidOverride('Say which folder: make train RECIPE=images ARGS="path=pets".')
    choices = Choices(**{key: value for key, value in values.items() if key != "name"})
    images = read_images(choices)
    return Recipe(
        name=values.get("name") or options.named_after(choices.path.resolve(), recipes.names(), "images"),
        summary=f"which of {len(images.dataset.output_names)} classes an image is of: {_some(images)}",
        task=images.task,
        data=f"{choices.path.name}, a folder of your own",
        load=lambda _: images.dataset,
        config=_config(images),
        baseline=Baseline(
            "logistic regression on scaled pixels", lambda: logistic_regression_on_pixels(BASELINE_ITERATIONS)
        ),
        expected=None,
        minutes=None,
        space=spaces.IMAGE,
        limits="Images of other cameras, light or sizes than those it was trained on may be told less well; nobody has "
        "looked at its images: whether the same one is in two parts, the scores do not tell.",
        findings=images.findings,
    )


def _config(images: Images) -> Config:
    """By the number of images. Early stopping keeps the best epoch."""
    common = Config(
        architecture="edges",
        hidden=(256, 128),
        normalization="batch",
        activation="silu",
        dropout=0.3,
        optimizer="adam",
        learning_rate=1e-3,
        shift=1,
        calibration="temperature",
    )
    if images.dataset.train.rows < 5_000:
        return replace(common, batch_size=32, epochs=100, patience=15)
    return replace(common, batch_size=128, epochs=50, patience=6)


def _some(images: Images) -> str:
    names = images.dataset.output_names
    return listed(names[:6]) + (", …" if len(names) > 6 else "")


RECIPE = Form(
    name="images",
    summary="which class an image of yours is of",
    data='a folder of your own with a folder of images for each class: ARGS="path=pets"',
    options=(
        Option("path", "the folder that holds a folder for each class", options.path),
        Option("size", f"pixels along a side, from 1 to {LARGEST_SIZE}", options.whole(1, LARGEST_SIZE)),
        Option("color", f"one of {listed(COLORS)}", options.one_of(COLORS)),
        Option("validation", SHARE, options.share),
        Option("test", SHARE, options.share),
        Option("split_seed", "a whole number, by which images are drawn into parts", options.whole(0, 2**32 - 1)),
        Option("name", "the name of the model, of letters, digits, '.', '_' and '-'", options.model_name),
    ),
    fill=fill,
)
