"""Which file and line each failing row came from."""

from collections.abc import Iterable, Mapping
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.landing import read_receipts
from shopkeeper.paths import Home

WHERE = ("batch_id", "source_line_number")
"""Columns that say where a row came from, and are shown as a file and its line."""

Rows = Iterable[Mapping[str, Any]]


def file_names(home: Home, rows: Rows) -> dict[str, str]:
    """Return the file name of every batch, if a row names one."""
    if not any(row.get("batch_id") for row in rows):
        return {}
    try:
        return {receipt.batch_id: receipt.file_name for receipt in read_receipts(home)}
    except UserError:  # A receipt is damaged; the rows still say their batch.
        return {}


def origins_of(rows: Rows, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return `file:line` of each row; empty if the rows do not come from files."""
    found = [(str(row.get("batch_id") or ""), row.get("source_line_number")) for row in rows]
    if not any(batch_id for batch_id, _ in found):
        return ()
    names = [(files.get(batch_id, batch_id[:12]), line) for batch_id, line in found]
    return tuple(f"{name}:{line}" if line else name for name, line in names)


def columns_of(rows: tuple[Mapping[str, Any], ...]) -> tuple[str, ...]:
    """Return the columns of rows without those that say where a row came from."""
    return tuple(name for name in rows[0] if name not in WHERE) if rows else ()
