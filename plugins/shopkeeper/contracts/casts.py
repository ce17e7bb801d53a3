"""Strict casts in DuckDB's SQL: which value faultless text has.

Every function takes and gives SQL. Text goes through ``clean_sql`` first. Law: where ``faults.fault_sql``
gives NULL, ``cast_sql`` gives exactly the value that the text says, never a rounded or guessed one.
"""

from collections.abc import Callable
from typing import Literal

from shopkeeper.contracts.model import Column
from shopkeeper.contracts.number_formats import Affixes, number_format
from shopkeeper.contracts.time_formats import time_format
from shopkeeper.engine import literal

Cast = Literal["cast", "try_cast"]

_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
_HALF_WIDTH = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " "


def duckdb_type(column: Column) -> str:
    """Return the DuckDB type of a column's values."""
    if column.type == "decimal":
        return f"DECIMAL({column.precision},{column.scale})"
    plain = {"text": "VARCHAR", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "double": "DOUBLE"}
    return plain.get(column.type, "TIMESTAMP")


def raw_type(column: Column) -> str:
    """Return the DuckDB type that a column has in the raw of Parquet files."""
    if column.type == "timestamp" and column.has_offset:
        return "TIMESTAMP WITH TIME ZONE"
    return duckdb_type(column)


def clean_sql(column: Column, text: str) -> str:
    """Return text as raw keeps it: trimmed of spaces and tabs unless the contract keeps them, '' as NULL.

    Where the contract normalises width, full-width characters become the ASCII ones. What the contract lists
    as a null marker, cleaned in the same way, is NULL.
    """
    return unmarked_sql(column, _trimmed_sql(column, text))


def unmarked_sql(column: Column, text: str) -> str:
    """Return clean text, NULL where it is one of the column's null markers."""
    if not column.null_markers:
        return text
    markers = ", ".join(_trimmed_sql(column, literal(marker)) for marker in column.null_markers)
    return f"case when {text} in ({markers}) then null else {text} end"


def _trimmed_sql(column: Column, text: str) -> str:
    if column.normalizes_width:
        text = f"translate({text}, {literal(_FULL_WIDTH)}, {literal(_HALF_WIDTH)})"
    if column.keeps_spaces:
        return f"nullif({text}, '')"
    has_space = f"contains({text}, ' ') or contains({text}, chr(9))"
    return f"nullif(case when {has_space} then trim({text}, ' ' || chr(9)) else {text} end, '')"


def cast_sql(column: Column, text: str) -> str:
    """Return the value of clean, faultless text.

    Timestamps are in UTC; an ambiguous local time takes the later instant.

    Null markers are NULL here too: raw that landed before one was declared still holds it.
    """
    text = unmarked_sql(column, text)
    if column.type == "text":
        return text
    if column.type == "date":
        return f"cast({written_sql(column, text)} as date)"
    if column.type == "timestamp":
        return f"make_timestamp(epoch_us({instant_sql(column, text)}))"
    return f"cast({digits_sql(column, text)} as {duckdb_type(column)})"


def typed_cast_sql(column: Column, value: str) -> str:
    """Return a faultless Parquet value in the column's own type; a timestamp in UTC."""
    if column.type == "text":
        return value
    if column.type == "timestamp":
        instant = value if column.has_offset else f"timezone({literal(column.time_zone)}, {value})"
        return f"make_timestamp(epoch_us({instant}))"
    return f"cast({value} as {duckdb_type(column)})"


def local_date_sql(column: Column, text: str) -> str:
    """Return the calendar date in the column's time zone of clean, faultless text of a date or timestamp."""
    text = unmarked_sql(column, text)
    if column.has_offset:
        return f"cast(timezone({literal(column.time_zone)}, {instant_sql(column, text)}) as date)"
    return f"cast({written_sql(column, text)} as date)"


def offset_sql(column: Column, text: str) -> str:
    """Return the offset from UTC that a faultless timestamp writes: ``+08:00``."""
    written = f"right({text}, 6)"
    if not declared_format(column).endswith("XXX"):
        written = f"left(right({text}, 5), 3) || ':' || right({text}, 2)"
    return f"case when ends_with({text}, 'Z') then '+00:00' else {written} end"


def is_fold_sql(column: Column, text: str) -> str:
    """Say whether the hour of faultless text came twice that day, so that its instant is a convention."""
    if column.type != "timestamp" or column.has_offset:
        return "false"
    zone, written = literal(column.time_zone), written_sql(column, text)
    return f"(timezone({zone}, timezone({zone}, {written}) - interval 1 hour) = {written})"


def value_sql(column: Column, text: str) -> str:
    """Return what DuckDB sees in clean text, else NULL.

    Too permissive alone; use with the column's pattern check.
    """
    if column.type == "date":
        return f"cast({written_sql(column, text, 'try_cast')} as date)"
    if column.type == "timestamp":
        return instant_sql(column, text, "try_cast")
    return f"try_cast({digits_sql(column, text)} as {duckdb_type(column)})"


def digits_sql(column: Column, text: str, quote: Callable[[str], str] | None = None) -> str:
    """Return clean, faultless text of a number as both engines read it: a minus, digits and a point."""
    if column.number_format is None:
        return text
    quote = quote or literal
    declared = number_format(column.number_format)

    def bare(affixes: Affixes) -> str:
        digits = text
        if affixes.length:
            digits = f"substr({text}, {len(affixes.prefix) + 1}, length({text}) - {affixes.length})"
        if declared.group:
            digits = f"replace({digits}, {quote(declared.group)}, '')"
        return digits if declared.point == "." else f"replace({digits}, ',', '.')"

    is_negative = f"contains({text}, {quote(declared.sign)})"
    negative, positive = bare(declared.negative), bare(declared.positive)
    return f"case when {is_negative} then '-' || {negative} else {positive} end"


def written_sql(column: Column, text: str, cast: Cast = "cast") -> str:
    """Return the calendar and clock as written, a TIMESTAMP that says nothing of the offset."""
    declared = time_format(declared_format(column))
    if declared.strptime is None:
        return f"{cast}({text} as timestamp)"
    if column.has_offset:
        text = f"regexp_replace({text}, '(Z|[+-][0-9:]+)$', '')"
    if declared.before_year is not None:
        text = f"regexp_replace({text}, {literal(f'^({declared.before_year})')}, '\\120')"
    return f"{'try_strptime' if cast == 'try_cast' else 'strptime'}({text}, {literal(declared.strptime)})"


def instant_sql(column: Column, text: str, cast: Cast = "cast") -> str:
    """Return the instant as a TIMESTAMPTZ: by the offset as written, else by the column's time zone."""
    if column.has_offset and time_format(declared_format(column)).strptime is None:
        return f"{cast}({text} as timestamptz)"
    if column.has_offset:
        written = f"cast({written_sql(column, text, cast)} as varchar)"
        return f"{cast}({written} || {offset_sql(column, text)} as timestamptz)"
    return f"timezone({literal(column.time_zone)}, {written_sql(column, text, cast)})"


def declared_format(column: Column) -> str:
    """Return the format of a date or timestamp column; ISO 8601 where the contract is silent."""
    if column.time_format is not None:
        return column.time_format
    return "yyyy-MM-dd" if column.type == "date" else "yyyy-MM-dd'T'HH:mm:ss" + "XXX" * column.has_offset
