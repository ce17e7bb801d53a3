"""Finds what is wrong with a value, in DuckDB's SQL: one upper-case word, or NULL for a sound value.

One CASE per column with the sound values first, so that a clean file costs one match and one cast per value.
Rules over many rows belong to a contract's `quality`.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shopkeeper.contracts.casts import (
    declared_format,
    duckdb_type,
    value_sql,
    written_sql,
)
from shopkeeper.contracts.contract import Column, Contract
from shopkeeper.contracts.number_formats import number_format
from shopkeeper.contracts.time_formats import time_format
from shopkeeper.engine import identifier, literal

Branch = tuple[str, str | None]

_BAD = {
    "integer": "BAD_INTEGER",
    "decimal": "BAD_DECIMAL",
    "double": "BAD_NUMBER",
    "boolean": "BAD_BOOLEAN",
    "date": "BAD_DATE",
    "timestamp": "BAD_TIMESTAMP",
}
_HOLDS_NO_CONTROL_CHARACTER = re.compile(r"(?:[A-Za-z0-9_{},()|?+* -]|\[[A-Za-z0-9_ -]+\])+")


@dataclass(frozen=True)
class _Value:
    """A value as SQL: what it must look like, what else to refuse, and what an empty one means."""

    sql: str
    is_empty: str
    is_written: str
    misshapen: list[Branch]
    refused: list[Branch]


def faults(contract: Contract, as_of: datetime) -> dict[str, str]:
    """Return the fault expression of every column of a source, over columns with the contract's names.

    Text (CSV, JSON Lines) must have gone through `clean_sql`; Parquet is checked by its own types. "Future"
    is relative to `as_of`, which has a time zone.
    """
    if contract.file is None:
        raise ValueError(f"{contract.name} is not read from files")
    compile_fault = typed_fault_sql if contract.file.format == "parquet" else fault_sql
    returned = contract.file.return_column
    marker = identifier(returned) if returned else None
    return {c.name: compile_fault(c, identifier(c.name), as_of, marker) for c in contract.columns}


def fault_sql(column: Column, text: str, as_of: datetime, returned: str | None = None) -> str:
    """Return the fault of clean text.

    `returned` is the text that marks a return: if it is not NULL, the columns for which the contract allows
    it may be negative.
    """
    if column.type == "text":
        return _text_fault(column, text, f"{text} is null")
    is_written = f"regexp_full_match({text}, {literal(_pattern(column))})"
    misshapen: list[Branch] = [
        (f"contains({text}, chr(0))", "NUL_BYTE"),
        (f"not {is_written}", _BAD[column.type]),
    ]
    sql = value_sql(column, text)
    refused = _sentinel(column, sql)
    if _is_time(column):
        written = written_sql(column, text, "try_cast")
        refused = _sentinel(column, f"cast({written} as date)") + _gap(column, written)
    value = _Value(sql, f"{text} is null", is_written, misshapen, refused)
    return _fault(column, value, as_of, returned)


def typed_fault_sql(column: Column, sql: str, as_of: datetime, returned: str | None = None) -> str:
    """Return the fault of a value that already has the column's own type (Parquet)."""
    if column.type == "text":
        return _text_fault(column, sql, f"nullif({sql}, '') is null")
    is_empty = f"{sql} is null"
    is_finite = f"isfinite({sql})" if column.type in ("double", "date", "timestamp") else "true"
    misshapen: list[Branch] = [(f"not {is_finite}", _BAD[column.type])]
    refused = _sentinel(column, sql)
    if column.type == "timestamp":
        written = f"make_timestamp(epoch_us({sql}))"
        refused = _sentinel(column, f"cast({written} as date)") + _gap(column, written)
        sql = f"timezone({literal('UTC' if column.has_offset else column.time_zone)}, {written})"
    return _fault(column, _Value(sql, is_empty, is_finite, misshapen, refused), as_of, returned)


def _fault(column: Column, value: _Value, as_of: datetime, returned: str | None) -> str:
    latest = _latest(column, as_of)
    is_fine = [value.is_written, _in_range(column, value.sql, latest)]
    is_fine += [f"not {condition}" for condition, _ in value.refused]
    branches: list[Branch] = [
        (value.is_empty, _missing(column)),
        (" and ".join(is_fine), None),
        *value.misshapen,
    ]
    if _is_time(column):
        branches.append((f"{value.sql} is null", _BAD[column.type]))
    branches += value.refused
    if latest:
        branches.append((f"{value.sql} > {latest}", "FUTURE"))
    if returned and column.is_negative_in_returns:
        size = _in_range(column, f"abs({value.sql})", None)
        branches.append((f"{returned} is not null and {size}", None))
    return _case(branches, "OUT_OF_RANGE")


def _text_fault(column: Column, text: str, is_empty: str) -> str:
    return _case([(is_empty, _missing(column)), *_text_branches(column, text)], None)


def _missing(column: Column) -> str | None:
    return "MISSING" if column.is_required else None


def _text_branches(column: Column, text: str) -> list[Branch]:
    branches = _sentinel(column, text)
    if column.allowed_values:
        allowed = ", ".join(literal(value) for value in column.allowed_values)
        branches.append((f"{text} in ({allowed})", None))
    matches = f"regexp_full_match({text}, {literal(column.pattern or '')})"
    if column.pattern and _HOLDS_NO_CONTROL_CHARACTER.fullmatch(column.pattern):
        branches.append((f"{matches} and strlen({text}) <= {column.max_length}", None))
    line_break = r"\r(?:[^\n]|$)" if column.allows_newline else r"[\r\n]"
    branches += [
        (f"contains({text}, chr(0))", "NUL_BYTE"),
        (f"regexp_matches({text}, {literal(line_break)})", "LINE_BREAK"),
        (f"strlen({text}) > {column.max_length} and length({text}) > {column.max_length}", "TOO_LONG"),
    ]
    if column.allowed_values:
        branches.append(("true", "NOT_ALLOWED"))
    if column.pattern:
        branches.append((f"not {matches}", "BAD_PATTERN"))
    return branches


def _pattern(column: Column) -> str:
    if column.number_format is not None:
        return number_format(column.number_format).pattern
    if column.type == "integer":
        return "[+-]?[0-9]+"
    if column.type == "decimal":
        return "[+-]?[0-9]+" + (rf"(?:\.[0-9]{{1,{column.scale}}})?" if column.scale else "")
    if column.type == "double":
        return r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
    if column.type == "boolean":
        return "(?i:true|false|1|0)"
    return time_format(declared_format(column)).pattern


def _is_time(column: Column) -> bool:
    return column.type in ("date", "timestamp")


def _sentinel(column: Column, value: str) -> list[Branch]:
    """Refuse a producer's stand-in for "unknown"; for a timestamp, the whole listed day as written."""
    if not column.sentinel_values:
        return []
    type_ = "DATE" if column.type == "timestamp" else duckdb_type(column)
    listed = ", ".join(f"cast({literal(sentinel)} as {type_})" for sentinel in column.sentinel_values)
    return [(f"({value} in ({listed}))", "SENTINEL")]


def _gap(column: Column, written: str) -> list[Branch]:
    """Refuse a local time that is skipped when summer time begins; dates have no time."""
    if column.has_offset or not time_format(declared_format(column)).has_clock:
        return []
    zone = literal(column.time_zone)
    return [(f"(timezone({zone}, timezone({zone}, {written})) <> {written})", "DST_GAP")]


def _latest(column: Column, as_of: datetime) -> str | None:
    if column.may_be_future or not _is_time(column):
        return None
    limit = as_of + timedelta(days=1)
    if column.type == "date":
        return f"date {literal(limit.astimezone(ZoneInfo(column.time_zone)).date().isoformat())}"
    return f"timestamptz {literal(limit.isoformat())}"


def _in_range(column: Column, value: str, latest: str | None) -> str:
    if column.type == "boolean":
        return f"{value} is not null"
    quoted = {"date": "date '{}'", "timestamp": "timestamptz '{}'"}.get(column.type, "{}")
    lowest = quoted.format(column.minimum) if column.minimum else None
    highest = ", ".join(
        end for end in (quoted.format(column.maximum) if column.maximum else None, latest) if end
    )
    is_finite = f" and isfinite({value})" if column.type == "double" else ""
    if lowest and highest:
        return f"{value} between {lowest} and least({highest})" + is_finite
    if lowest or highest:
        return (f"{value} >= {lowest}" if lowest else f"{value} <= least({highest})") + is_finite
    return f"{value} is not null" + is_finite


def _case(branches: list[Branch], otherwise: str | None) -> str:
    whens = " ".join(f"when {condition} then {_word(reason)}" for condition, reason in branches)
    return f"case {whens} else {_word(otherwise)} end"


def _word(reason: str | None) -> str:
    return "null" if reason is None else literal(reason)
