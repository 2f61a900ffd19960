"""The commands that publish nothing: find-lr, evaluate, predict. They know neither arguments nor environment."""

from pathlib import Path

from rich.console import Console

from models.version import ModelVersion
from training.answering import answering
from training.config import Config, assignments
from training.errors import UnreadableRows
from training.evaluation import evaluate
from training.predictions import Predictions
from training.quiet import quiet_stderr, start_tensorflow
from training.recipe import Recipe
from training.row_files import read_rows
from training.tables import print_columns

FOLDER = Path("build/lr_finder")
MOST_ROWS = 20  # that are printed


def find_learning_rate(recipe: Recipe, config: Config, data_dir: Path | None, console: Console) -> None:
    """Print which learning rates suit a recipe, and where a picture lies. Raises TrainingError."""
    with quiet_stderr():
        start_tensorflow()
        from training.lr_finder import HIGHEST, LOWEST, STEPS, range_test, write_range_test  # noqa: PLC0415  # Keras

    dataset = recipe.load(data_dir)
    console.print(f"{recipe.name}: up to {STEPS} steps at learning rates from {LOWEST:g} to {HIGHEST:g}")
    test = range_test(dataset, recipe.task, config)
    picture, table = write_range_test(test, recipe.name, FOLDER)
    changed = [word for word in assignments(config, recipe.config) if not word.startswith("learning_rate=")]
    words = " ".join([*changed, f"learning_rate={test.suggestion:g}"])
    console.print(
        f"\nturning point    {test.turning_point:.2g}: beyond it the loss climbs\n"
        f"a tenth of it    {test.suggestion:g}: a good learning rate\n"
        f"largest          {test.largest:.2g}: beyond it the loss explodes\n"
        f"half of that     {test.largest / 2:.2g}: the boldest that is worth a try, best with a schedule\n\n"
        f"Picture: {picture}\nNumbers: {table}\n\n"
        f'To use it: make train RECIPE={recipe.name} ARGS="{words}"'
    )


def evaluate_version(version: ModelVersion, split: str, data_dir: Path | None, console: Console) -> None:
    """Print the scores of a version now beside those in its manifest. Raises TrainingError or ModelsError."""
    evaluation = evaluate(version, split, data_dir)
    console.print(f"{version}, {evaluation.rows:,} {split} rows")
    rows = [
        (metric, f"{value:.6g}", _number(evaluation.published.get(metric)))
        for metric, value in evaluation.scores.items()
    ]
    print_columns(("metric", "now", "when published"), rows, console)
    if not evaluation.same_data:
        console.print("\nThe data has changed since the version was published, so the two cannot be compared.")


def predict_file(version: ModelVersion, path: Path, output: Path | None, console: Console) -> None:
    """Print what a version answers to the rows in a file, or write it. Raises TrainingError, ModelsError or OSError."""
    signature = version.manifest.signature
    _check_form(version)
    rows = read_rows(path, signature.inputs[0])
    predictions = Predictions(signature, answering(version)(rows.values))
    console.print(" ".join(part for part in (f"{version}.", rows.remark) if part))
    if output:
        predictions.write(output)
        console.print(f"{_rows(len(rows.values))} in {output}")
        return
    header, words = predictions.in_short()
    shown = [(str(number), *row) for number, row in enumerate(words[:MOST_ROWS], start=1)]
    print_columns(("row", *header), shown, console)
    if len(words) > MOST_ROWS:
        console.print(f"and {_rows(len(words) - MOST_ROWS)} more; --output FILE.csv writes all of them")


def _check_form(version: ModelVersion) -> None:
    signature = version.manifest.signature
    if len(signature.inputs) > 1 or signature.inputs[0].dtype != "float32" or not signature.is_flat:
        raise UnreadableRows(
            f"{version} has several inputs or outputs, an output of several axes, or an input of whole numbers; files "
            f"of rows are read for none of these. Serve it (make serve), and ask POST /models/{version.name}/predict."
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"
