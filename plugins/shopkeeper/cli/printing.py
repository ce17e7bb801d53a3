"""Tables for people, and rows as CSV or JSON for programs."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Any

from shopkeeper.errors import UserError
from shopkeeper.spreadsheets import without_formula
from shopkeeper.terminal import plain

if TYPE_CHECKING:
    import pyarrow as pa

    from shopkeeper.pipeline.run import StepResult
    from shopkeeper.warehouse import Batch, Difference

UNLIMITED = 100_000


def table(title: str, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Print rows under their column names; full width if the output is not a terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else UNLIMITED)
    printed = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        printed.add_column(plain(column))
    for row in rows:
        printed.add_row(*(plain("" if value is None else value) for value in row))
    console.print(printed)


def facts(found: Mapping[str, object]) -> None:
    """Print names and values; of a list, a line for each."""
    lines: list[tuple[str, object]] = []
    for name, value in found.items():
        first, *more = value if isinstance(value, list) and value else [None if value == [] else value]
        lines += [(name, first), *(("", each) for each in more)]
    table("", ("", ""), lines)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show the progress of long work on a terminal; the returned function takes what is done, and the
    total.
    """
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def step(finished: "StepResult") -> None:
    """Report that a step has ended, and what it built and what it reused."""
    reused = (finished.facts or {}).get("reused")
    what = f"{reused} " if isinstance(reused, int) else ""
    why = f" ({what}reused because nothing that it reads has changed)" if reused else ""
    print(f"{finished.name}: {finished.seconds:.1f} s{why}", flush=True)
    for line in (finished.facts or {}).get("changed", ()):
        print(plain(f"  {line}"))
    warnings = (finished.facts or {}).get("warnings")
    if warnings:
        print(plain(f"  warnings: {', '.join(warnings)}"), flush=True)
    refused = (finished.facts or {}).get("quarantined_row_count")
    if refused:
        print(f"  {refused:,} rows were refused; `shopkeeper quarantine list` says why", flush=True)


def outcome(version: str | None, batches: "Iterable[Batch]") -> None:
    """Report what a refresh has published, and how many files it has left out."""
    print(f"{version} is published" if version else "nothing is new")
    if held := sum(batch.is_held for batch in batches):
        print(f"{held} landed files are held; `shopkeeper batches list` says why")


def differences(found: "Iterable[Difference]") -> Iterator[tuple[str, str, str, str]]:
    """Yield the differences between two versions, one row of text each."""
    for each in found:
        sides = ("" if side is None else f"{side:,}" for side in (each.before, each.after))
        yield (each.table, each.what, *sides)  # type: ignore[misc]


def rows(result: "pa.Table") -> Iterator[tuple[Any, ...]]:
    """Yield rows as Python values; `UserError` if Python cannot represent a column's values."""
    for batch in result.to_batches(max_chunksize=10_000):
        columns = zip(batch.schema.names, batch.columns, strict=True)
        yield from zip(*(_values(name, column) for name, column in columns), strict=True)


def write_csv(result: "pa.Table") -> None:
    """Write rows as CSV; lists and structures become JSON in their cell.

    Prefixes text that a spreadsheet would run as a formula with an apostrophe, also in column names.
    """
    writer = csv.writer(_Lines(), lineterminator="\r\n")
    writer.writerow(map(without_formula, result.column_names))
    for row in rows(result):
        writer.writerow([_cell(value) for value in row])


def write_json(result: "pa.Table") -> None:
    """Write rows as a JSON array, one object per line: dates and decimals as text, NaN and infinity as
    null.
    """
    separator = "["
    for row in rows(result):
        named = dict(zip(result.column_names, row, strict=True))
        sys.stdout.write(f"{separator}\n {_json(named, lambda text: text)}")
        separator = ","
    print("[]" if separator == "[" else "\n]")


class _Lines:
    """Collects rows of CSV: the csv module quotes a carriage return only if its own line ending contains
    one.
    """

    def write(self, row: str) -> None:
        sys.stdout.write(row.removesuffix("\r\n") + "\n")


def _cell(value: object) -> object:
    if isinstance(value, str):
        return without_formula(value)
    return _json(value, without_formula) if isinstance(value, list | tuple | dict) else value


def _json(value: object, change: Callable[[str], str]) -> str:
    return json.dumps(_plain(value, change), default=str, ensure_ascii=False, allow_nan=False)


def _plain(value: object, change: Callable[[str], str]) -> object:
    """Return a value that JSON can represent, with its texts changed at any depth."""
    if isinstance(value, dict):
        return {change(str(name)): _plain(each, change) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, change) for each in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    return change(value) if isinstance(value, str) else value


def _values(name: str, column: "pa.Array") -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError, NotImplementedError) as error:
        raise UserError(
            f"column {name} holds a value that cannot be printed; cast the column to varchar"
        ) from error
    return values
