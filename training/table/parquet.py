"""Reads Parquet files. Knows no target and no task."""

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from training.errors import UnusableData
from training.table.sheet import Sheet

MAGIC = b"PAR1"  # how a Parquet file begins and ends


def read_parquet(path: Path) -> Sheet:
    """The columns of the file, with their types. Raises UnusableData where it is damaged."""
    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UnusableData(
            f"{path} begins as a Parquet file, but cannot be read ({reason}). Write it again, or as CSV."
        ) from error
    return Sheet(path, "Parquet", table, row_number=lambda index: index + 1)
