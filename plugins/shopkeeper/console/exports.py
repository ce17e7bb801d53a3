"""Tables as CSV, column by column: their many rows are never values of Python."""

from collections.abc import Iterator
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from shopkeeper.console.masking import as_texts
from shopkeeper.spreadsheets import MAY_BE_FORMULA, without_formula

ROWS_AT_ONCE = 10_000


def csv_parts(table: pa.Table) -> Iterator[bytes]:
    """Yield a table as CSV, in UTF-8 and in parts, in which no text runs as a formula."""
    columns = [_without_formulas(_in_whole_seconds(column)) for column in table.columns]
    safe = pa.table(columns, names=[without_formula(name) for name in table.column_names])
    for start in range(0, max(len(safe), 1), ROWS_AT_ONCE):
        part = BytesIO()
        how = csv.WriteOptions(include_header=not start, eol="\r\n")
        csv.write_csv(safe.slice(start, ROWS_AT_ONCE), part, how)
        yield part.getvalue()


def _in_whole_seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return instants without a fraction of a second if none has one."""
    if not pa.types.is_timestamp(column.type):
        return column
    try:
        return column.cast(pa.timestamp("s", column.type.tz))
    except pa.ArrowInvalid:
        return column


def _without_formulas(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type):
        return column
    if not pc.any(pc.match_substring_regex(column, MAY_BE_FORMULA)).as_py():
        return column
    return pa.chunked_array([as_texts(column, without_formula)])
