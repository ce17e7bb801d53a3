"""Tables for people, and rows as CSV or JSON for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shopkeeper.terminal import plain

if TYPE_CHECKING:
    import pyarrow as pa

UNLIMITED = 100_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(title: str, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Print rows under their column names; as wide as they are where the output is no terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else UNLIMITED)
    printed = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        printed.add_column(plain(column))
    for row in rows:
        printed.add_row(*(plain("" if value is None else value) for value in row))
    console.print(printed)


def write_csv(result: "pa.Table") -> None:
    """Write rows as CSV; text that a spreadsheet would run as a formula gets an apostrophe before it."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.column_names)
    for batch in result.to_batches(max_chunksize=10_000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            writer.writerow([without_formula(value) for value in row])


def write_json(result: "pa.Table") -> None:
    """Write rows as one JSON array of objects; dates and decimals as text."""
    print(json.dumps(result.to_pylist(), default=str, ensure_ascii=False, indent=1))


def without_formula(value: object) -> object:
    """Return text that no spreadsheet runs; numbers stay as they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
