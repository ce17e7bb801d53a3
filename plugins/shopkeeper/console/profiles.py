"""The profile of a table: for each column how many values are missing and distinct, and how they spread.

A version never changes, so that each profile is asked for once. Large tables are sampled, and it is said:
their numbers are estimates, and the difference of two says nothing.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shopkeeper.console.masking import is_personal
from shopkeeper.console.reader import Reader
from shopkeeper.engine import identifier, table_identifier

SAMPLED_ROWS = 100_000
COUNTED_AT_ONCE = 4
"""Columns whose different values are kept at the same time, in the little memory of a page."""

BARS = 12
COMMONEST = 5
MOST_WORDS = 1000
"""A column of more distinct texts is not one of words."""

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
ORDERED = (*NUMBERS, "DATE", "TIMESTAMP")


@dataclass(frozen=True)
class ColumnProfile:
    """One column: shares of the rows looked at; bounds and common values not of persons."""

    name: str
    type: str
    null_rate: float
    distinct_count: int
    minimum: Any
    maximum: Any
    mean: float | None
    bars: tuple[int, ...]
    """Counts in equal steps from the minimum to the maximum, of numbers."""

    commonest: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Profile:
    """The profile of one table in one version."""

    row_count: int
    looked_at: int
    is_whole: bool
    """Whether all rows were looked at, so that its numbers are exact."""

    columns: dict[str, ColumnProfile]


@lru_cache(maxsize=64)
def profile(reader: Reader, version: str, table: str) -> Profile | None:
    """Return the profile of a table; None if the version has no such table."""
    place = table_identifier(table)
    schema, _, name = table.partition(".")
    described = reader.rows(
        version,
        "select column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = $schema and table_name = $name "
        "and not internal order by column_index",
        {"schema": schema, "name": name},
    )
    if not described.rows:
        return None
    types = {row["column_name"]: row["data_type"] for row in described}
    row_count = reader.rows(version, f"select count(*) as n from {place}").rows[0]["n"]
    rows, is_whole = place, row_count <= SAMPLED_ROWS
    if not is_whole:
        share = 100 * SAMPLED_ROWS / row_count
        rows = f"(select * from {place} using sample {share:.4f} percent (system, 1))"
    asked = ["count(*) as n"]
    for place_of_column, (column, kind) in enumerate(types.items()):
        quoted, mark = identifier(column), f"_{place_of_column}"
        asked.append(f"count({quoted}) as c{mark}")
        if not is_whole:
            asked.append(f"approx_count_distinct({quoted}) as d{mark}")
        if _may_show_bounds(column, kind):
            asked += [f"min({quoted}) as lo{mark}", f"max({quoted}) as hi{mark}"]
            if kind.startswith(NUMBERS):
                asked.append(f"avg({quoted}) as mean{mark}")
    told = reader.rows(version, f"select {', '.join(asked)} from {rows}").rows[0]
    if is_whole:
        told |= _distinct(reader, version, place, types)
    spread = _spread(reader, version, rows, types, told)
    columns = {}
    for place_of_column, (column, kind) in enumerate(types.items()):
        mark = f"_{place_of_column}"
        columns[column] = ColumnProfile(
            name=column,
            type=kind,
            null_rate=1 - told[f"c{mark}"] / told["n"] if told["n"] else 0.0,
            distinct_count=min(told[f"d{mark}"], told[f"c{mark}"]),
            minimum=told.get(f"lo{mark}"),
            maximum=told.get(f"hi{mark}"),
            mean=told.get(f"mean{mark}"),
            bars=tuple(spread.get(f"bars{mark}", {}).values()),
            commonest=_commonest(spread.get(f"words{mark}", {})),
        )
    return Profile(row_count, told["n"], is_whole, columns)


def _distinct(reader: Reader, version: str, place: str, types: dict[str, str]) -> dict[str, int]:
    """Return how many different values each column has."""
    asked = [f"count(distinct {identifier(column)}) as d_{number}" for number, column in enumerate(types)]
    counts: dict[str, int] = {}
    for start in range(0, len(asked), COUNTED_AT_ONCE):
        few = asked[start : start + COUNTED_AT_ONCE]
        counts |= reader.rows(version, f"select {', '.join(few)} from {place}").rows[0]
    return counts


def _spread(
    reader: Reader, version: str, rows: str, types: dict[str, str], told: dict[str, Any]
) -> dict[str, dict[Any, int]]:
    """Return the bars of each column of numbers and the counts of each of few words, from one reading."""
    asked, ends = [], {}
    for place_of_column, (column, kind) in enumerate(types.items()):
        quoted, mark = identifier(column), f"_{place_of_column}"
        if f"mean{mark}" in told:
            if found := _ends(told[f"lo{mark}"], told[f"hi{mark}"]):
                ends[f"ends{mark}"] = found
                asked.append(f"histogram({quoted}::double, $ends{mark}::double[]) as bars{mark}")
        elif kind in ("VARCHAR", "BOOLEAN") and not is_personal(column) and told[f"d{mark}"] <= MOST_WORDS:
            asked.append(f"histogram({quoted}::varchar) as words{mark}")
    if not asked:
        return {}
    (counts,) = reader.rows(version, f"select {', '.join(asked)} from {rows}", ends)
    return {name: each for name, each in counts.items() if each}


def _ends(low: Any, high: Any) -> list[float]:
    """Return the upper ends of the bars, none if there is nothing to divide; the last takes all the rest."""
    if low is None or not math.isfinite(low) or not math.isfinite(high) or low == high:
        return []
    first, last = float(low), float(high)
    return [first + (last - first) * bar / BARS for bar in range(1, BARS)] + [math.inf]


def _commonest(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:COMMONEST])


def _may_show_bounds(column: str, kind: str) -> bool:
    return kind.startswith(ORDERED) and not is_personal(column)
