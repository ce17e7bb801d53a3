"""Strict casts in DuckDB's SQL: the value of text that has passed the contract's checks.

Every function takes and returns SQL. Text goes through `clean_sql` first. Law: if `faults.fault_sql` returns
NULL, `cast_sql` returns exactly the value that the text spells, never a rounded or guessed one.
"""

from collections.abc import Callable
from typing import Literal

from shopkeeper.contracts.contract import Column
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
    """Return the DuckDB type of a column in raw files from Parquet."""
    if column.type == "timestamp" and column.has_offset:
        return "TIMESTAMP WITH TIME ZONE"
    return duckdb_type(column)


def clean_sql(column: Column, text: str) -> str:
    """Return text as raw keeps it: trimmed of spaces and tabs unless the contract keeps them, '' as NULL.

    If the contract normalises width, full-width characters become ASCII. Texts in the contract's list of null
    markers, cleaned in the same way, become NULL.
    """
    return unmarked_sql(column, _trimmed_sql(column, text))


def unmarked_sql(column: Column, text: str) -> str:
    """Return clean text, NULL if it is one of the column's null markers."""
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
    """Return the value of clean text that passed the checks.

    Timestamps are in UTC; an ambiguous local time takes the later instant. Null markers become NULL here too,
    since raw that landed before a marker was declared still contains it.
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
    """Return a checked Parquet value in the column's own type; a timestamp in UTC."""
    if column.type == "text":
        return value
    if column.type == "timestamp":
        instant = value if column.has_offset else f"timezone({literal(column.time_zone)}, {value})"
        return f"make_timestamp(epoch_us({instant}))"
    return f"cast({value} as {duckdb_type(column)})"


def local_date_sql(column: Column, text: str) -> str:
    """Return the calendar date, in the column's time zone, of a checked date or timestamp."""
    text = unmarked_sql(column, text)
    if column.has_offset:
        return f"cast(timezone({literal(column.time_zone)}, {instant_sql(column, text)}) as date)"
    return f"cast({written_sql(column, text)} as date)"


def offset_sql(column: Column, text: str) -> str:
    """Return the UTC offset as a checked timestamp writes it: `+08:00`."""
    written = f"right({text}, 6)"
    if not declared_format(column).endswith("XX"):
        written = f"right({text}, 3) || ':00'"
    elif not declared_format(column).endswith("XXX"):
        written = f"left(right({text}, 5), 3) || ':' || right({text}, 2)"
    return f"case when ends_with({text}, 'Z') then '+00:00' else {written} end"


def is_fold_sql(column: Column, text: str) -> str:
    """Whether the local hour occurred twice that day, so that the instant is a convention."""
    if column.type != "timestamp" or column.has_offset:
        return "false"
    zone, written = literal(column.time_zone), written_sql(column, text)
    return f"(timezone({zone}, timezone({zone}, {written}) - interval 1 hour) = {written})"


def value_sql(column: Column, text: str) -> str:
    """Return DuckDB's own cast of clean text, NULL if it has none."""
    if column.type == "date":
        return f"cast({written_sql(column, text, 'try_cast')} as date)"
    if column.type == "timestamp":
        return instant_sql(column, text, "try_cast")
    return f"try_cast({digits_sql(column, text)} as {duckdb_type(column)})"


def digits_sql(column: Column, text: str, quote: Callable[[str], str] | None = None) -> str:
    """Return a checked number as text that both engines read: a minus, digits and a point."""
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
    """Return the calendar date and clock as written, a TIMESTAMP without the offset."""
    declared = time_format(declared_format(column))
    if declared.strptime is None:
        return f"{cast}({text} as timestamp)"
    if column.has_offset:
        text = f"regexp_replace({text}, '(Z|[+-][0-9:]+)$', '')"
    if declared.before_year is not None:
        text = f"regexp_replace({text}, {literal(f'^({declared.before_year})')}, '\\120')"
    return f"{'try_strptime' if cast == 'try_cast' else 'strptime'}({text}, {literal(declared.strptime)})"


def instant_sql(column: Column, text: str, cast: Cast = "cast") -> str:
    """Return the instant as a TIMESTAMPTZ: by the written offset, otherwise by the column's time zone."""
    if column.has_offset and time_format(declared_format(column)).strptime is None:
        return f"{cast}({text} as timestamptz)"
    if column.has_offset:
        written = f"cast({written_sql(column, text, cast)} as varchar)"
        return f"{cast}({written} || {offset_sql(column, text)} as timestamptz)"
    return f"timezone({literal(column.time_zone)}, {written_sql(column, text, cast)})"


def declared_format(column: Column) -> str:
    """Return the format of a date or timestamp column; ISO 8601 if the contract declares none."""
    if column.time_format is not None:
        return column.time_format
    return "yyyy-MM-dd" if column.type == "date" else "yyyy-MM-dd'T'HH:mm:ss" + "XXX" * column.has_offset
