"""Tells what a column of a table of yours holds, from its other columns: numbers, words, dates, some of them missing.

    make train RECIPE=csv ARGS="path=houses.csv target=price"

Seconds for some thousand rows on two cores. docs/own-data.md tells what is inferred from the file, and every option.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.errors import listed
from models.signature import Task
from training import options, recipes, spaces
from training.baseline import of_table
from training.config import Config
from training.errors import InvalidOverride
from training.options import SHARE, Option
from training.recipe import Form, Recipe
from training.sources.table import Choices, Table, read_table
from training.table.targets import TASKS

COLUMNS = "names of columns, joined by commas"


def fill(values: Mapping[str, Any]) -> Recipe:
    """The recipe for the table that the options name. Raises InvalidOverride or UnusableData."""
    if "path" not in values:
        raise InvalidOverride('Say which file: make train RECIPE=csv ARGS="path=houses.csv target=price".')
    choices = Choices(**{key: value for key, value in values.items() if key != "name"})
    table = read_table(choices)
    columns = len(table.dataset.feature_names or ())
    return Recipe(
        name=values.get("name") or options.named_after(choices.path, recipes.names(), "table"),
        summary=f"{listed(choices.target)}, from {columns} other columns of {choices.path.name}",
        task=table.task,
        data=f"{choices.path.name}, a file of your own",
        load=lambda _: table.dataset,
        config=_config(table),
        baseline=of_table(table.dataset, table.task),
        expected=None,
        minutes=None,
        space=spaces.TABLE,
        limits=_limits(table),
        findings=table.findings,
    )


def _config(table: Table) -> Config:
    """By the number of rows: few teach little and are soon learnt by heart. Early stopping keeps the best epoch."""
    rows, scaling = table.dataset.train.rows, "standard" if table.task is Task.REGRESSION else "none"
    calibration = "none" if table.task is Task.REGRESSION else "temperature"
    common = Config(wide=True, optimizer="adam", learning_rate=1e-3, output_scaling=scaling, calibration=calibration)
    if rows < 2_000:
        return replace(common, hidden=(128, 64), dropout=0.3, batch_size=32, epochs=200, patience=20)
    if rows < 20_000:
        return replace(common, hidden=(128, 64), dropout=0.2, batch_size=64, epochs=100, patience=10)
    return replace(common, hidden=(256, 128), dropout=0.1, batch_size=256, epochs=60, patience=6)


def _limits(table: Table) -> str:
    dates = f"Dates go in as days since 1970-01-01: {listed(table.dates)}. " if table.dates else ""
    return (
        f"{dates}Types and task were inferred from the file, and nobody has looked at its data: whether a column gives "
        "the target away, or rows belong together, the scores do not tell."
    )


RECIPE = Form(
    name="csv",
    summary="what a column of your table holds, from the others",
    data='a CSV or Parquet file of your own: ARGS="path=houses.csv target=price"',
    options=(
        Option("path", "the CSV or Parquet file", options.path),
        Option("target", "the column to tell, or several joined by commas", options.names),
        Option("task", f"one of {listed(TASKS)}", options.one_of(TASKS)),
        Option("drop", f"{COLUMNS}, to leave out", options.names),
        Option("numeric", f"{COLUMNS}, that hold numbers", options.names),
        Option("categorical", f"{COLUMNS}, that hold words", options.names),
        Option("missing", "words joined by commas that stand for a missing value", options.names),
        Option("validation", SHARE, options.share),
        Option("test", SHARE, options.share),
        Option("split_seed", "a whole number, by which rows are drawn into parts", options.whole(0, 2**32 - 1)),
        Option("name", "the name of the model, of letters, digits, '.', '_' and '-'", options.model_name),
    ),
    fill=fill,
)
