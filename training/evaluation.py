"""The scores of a published version, computed anew on the data of its recipe. Knows no Keras."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.version import ModelVersion
from training import recipes
from training.answering import answering
from training.errors import CannotScore, UnknownRecipe
from training.recipe import Recipe
from training.scores import hard_scores, measured, scores


@dataclass(frozen=True)
class Evaluation:
    """What a version is worth now, beside what its manifest says."""

    version: ModelVersion
    split: str  # "validation" or "test"
    rows: int
    scores: Mapping[str, float]  # metric -> value
    same_data: bool  # as it was scored on when it was published

    @property
    def published(self) -> Mapping[str, float]:
        """The scores in the manifest."""
        return self.version.manifest.scores.get(self.split, {})


def evaluate(version: ModelVersion, split: str, data_dir: Path | None) -> Evaluation:
    """Raises DataUnavailable, BadVersion, or UnknownRecipe where the data of the version is nowhere described."""
    recipe = recipe_of(version)
    dataset = recipe.load(data_dir)
    held_out = dataset.splits[split]
    its_signature, given = version.manifest.signature, answering(version)(held_out.inputs)
    of_task = hard_scores if its_signature.is_hard else scores
    values = measured(of_task(its_signature.task, held_out.targets, given), held_out.targets, given, recipe.measures)
    same = version.manifest.data.get("sha256") == dataset.sha256
    return Evaluation(version, split, held_out.rows, values, same)


def recipe_of(version: ModelVersion) -> Recipe:
    """The recipe that a version was trained by. Raises UnknownRecipe."""
    if version.manifest.training.get("method") == "import":
        raise CannotScore(f"{version} was imported from a file, which says nothing of the rows to score it on.")
    name = str(version.manifest.training.get("recipe"))
    try:
        recipe = recipes.find(name)
    except UnknownRecipe as error:
        raise UnknownRecipe(name, recipes.names(), f" {version} was trained by it.") from error
    if not isinstance(recipe, Recipe):
        raise UnknownRecipe(name, recipes.names(), f" {version} was trained on data of its own.")
    return recipe
