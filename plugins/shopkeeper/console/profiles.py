"""The profile of a table: for each column how many values are missing and distinct, and how they spread.

A version never changes, so that each profile is asked for once. Large tables are sampled, and it is said.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shopkeeper.console.masking import is_personal
from shopkeeper.console.reader import Reader
from shopkeeper.engine import identifier, table_identifier

SAMPLED_ROWS = 200_000
BARS = 12
COMMONEST = 5
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
    rows = place
    if row_count > SAMPLED_ROWS:
        share = 100 * SAMPLED_ROWS / row_count
        rows = f"(select * from {place} using sample {share:.4f} percent (system, 1))"
    asked = ["count(*) as n"]
    for place_of_column, (column, kind) in enumerate(types.items()):
        quoted, mark = identifier(column), f"_{place_of_column}"
        asked += [f"count({quoted}) as c{mark}", f"approx_count_distinct({quoted}) as d{mark}"]
        if _may_show_bounds(column, kind):
            asked += [f"min({quoted}) as lo{mark}", f"max({quoted}) as hi{mark}"]
            if kind.startswith(NUMBERS):
                asked.append(f"avg({quoted}) as mean{mark}")
    told = reader.rows(version, f"select {', '.join(asked)} from {rows}").rows[0]
    columns = {}
    for place_of_column, (column, kind) in enumerate(types.items()):
        mark = f"_{place_of_column}"
        low, high = told.get(f"lo{mark}"), told.get(f"hi{mark}")
        columns[column] = ColumnProfile(
            name=column,
            type=kind,
            null_rate=1 - told[f"c{mark}"] / told["n"] if told["n"] else 0.0,
            distinct_count=min(told[f"d{mark}"], told[f"c{mark}"]),
            minimum=low,
            maximum=high,
            mean=told.get(f"mean{mark}"),
            bars=_bars(reader, version, rows, column, kind, low, high),
            commonest=_commonest(reader, version, rows, column, kind, told[f"d{mark}"]),
        )
    return Profile(row_count, told["n"], columns)


def _may_show_bounds(column: str, kind: str) -> bool:
    return kind.startswith(ORDERED) and not is_personal(column)


def _bars(
    reader: Reader, version: str, rows: str, column: str, kind: str, low: Any, high: Any
) -> tuple[int, ...]:
    if not kind.startswith(NUMBERS) or low is None or low == high:
        return ()
    step = f"least(floor(({identifier(column)}::double - $low) / ($high - $low) * {BARS}), {BARS - 1})::int"
    found = reader.rows(
        version,
        f"select {step} as bar, count(*) as n from {rows} where {identifier(column)} is not null group by 1",
        {"low": float(low), "high": float(high)},
    )
    counts = {row["bar"]: row["n"] for row in found}
    return tuple(counts.get(bar, 0) for bar in range(BARS))


def _commonest(
    reader: Reader, version: str, rows: str, column: str, kind: str, distinct: int
) -> tuple[tuple[str, int], ...]:
    """Return the most common values of a column of few; never those of persons."""
    if kind not in ("VARCHAR", "BOOLEAN") or is_personal(column) or distinct > 1000:
        return ()
    quoted = identifier(column)
    found = reader.rows(
        version,
        f"select {quoted}::varchar as word, count(*) as n from {rows} where {quoted} is not null "
        f"group by 1 order by 2 desc, 1 limit {COMMONEST}",
    )
    return tuple((row["word"], row["n"]) for row in found)
