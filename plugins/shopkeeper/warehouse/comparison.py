"""Compares two published versions: which tables, rows, columns, sums and values differ.

Tables with the same content hash in both manifests are not opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from shopkeeper import engine
from shopkeeper.engine import identifier, literal, table_identifier
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence
from shopkeeper.warehouse import published
from shopkeeper.warehouse.connection import telling_damage

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


@dataclass(frozen=True)
class Difference:
    """One difference between two tables: row counts, an added or removed column, a sum, or other values.

    `what`: `table`, `rows`, `sum of <column>`, `column <column>` or `values of <column>`. `before` and
    `after`: counts or sums; None if the table or column is missing, and for values.
    """

    table: str
    what: str
    before: Any
    after: Any

    @property
    def size(self) -> float:
        """The size of the change as a share of the larger side; 1 if one side is missing."""
        if self.before is None or self.after is None:
            return 0.0 if self.what.startswith("values") else 1.0
        greater = max(abs(self.before), abs(self.after))
        return float(abs(self.after - self.before) / greater) if greater else 0.0


def compare_versions(home: Home, before: str, after: str, prefix: str = "") -> list[Difference]:
    """Return the differences between two versions, largest first; `prefix` narrows the tables."""
    told = {name: published.manifest(home, name)["tables"] for name in (before, after)}
    old, new = told[before], told[after]
    found = []
    with _both(home, before, after) as connection:
        for table in sorted(name for name in old | new if name.startswith(prefix)):
            if table not in old or table not in new:
                counts = (told[name].get(table, {}).get("row_count") for name in (before, after))
                found.append(Difference(table, Sentence("table"), *counts))
            elif old[table]["content_hash"] != new[table]["content_hash"]:
                found += _differences(connection, table)
    return sorted(found, key=lambda each: -each.size)


def compare_rows(home: Home, before: str, after: str, table: str, key: Sequence[str]) -> pa.Table:
    """Return each value that differs: the key, `column_name`, `before` and `after` as text.

    Raises `UserError` if the table or a key column is not in both versions, or the key does not identify
    rows.
    """
    with _both(home, before, after) as connection:
        old, new = (_columns(connection, side, table) for side in ("before", "after"))
        if not old or not new:
            raise UserError(f"table {table} is not in both versions; `shopkeeper compare` lists their tables")
        for name in key:
            if name not in old or name not in new:
                raise UserError(f"{table} has no column {name} in both versions; name another key")
        place, keys = table_identifier(table), [identifier(name) for name in key]
        for side in ("before", "after"):
            rows, distinct = _one(
                connection, f"select count(*), count(distinct row({', '.join(keys)})) from {side}.{place}"
            )
            if rows != distinct:
                raise UserError(f"{', '.join(key)} does not identify the rows of {table}; name more columns")
        shown = ", ".join(f"coalesce(old.{name}, new.{name}) as {name}" for name in keys)
        same = " and ".join(f"old.{name} is not distinct from new.{name}" for name in keys)
        parts = [
            f"select {shown}, '(row)' as column_name, if(old.rowid is null, null, 'there') as before, "
            f"if(new.rowid is null, null, 'there') as after from before.{place} as old "
            f"full join after.{place} as new on {same} where old.rowid is null or new.rowid is null"
        ]
        for name in (name for name in old if name in new and name not in key):
            column = identifier(name)
            parts.append(
                f"select {shown}, {literal(name)}, old.{column}::varchar, new.{column}::varchar "
                f"from before.{place} as old join after.{place} as new on {same} "
                f"where old.{column} is distinct from new.{column}"
            )
        return connection.sql(" union all ".join(parts) + " order by all").to_arrow_table()


def _both(home: Home, before: str, after: str) -> duckdb.DuckDBPyConnection:
    connection = engine.connect()
    for side, name in (("before", before), ("after", after)):
        published.require(home, name)
        file = home.version(name).warehouse
        with telling_damage(file):
            connection.execute(f"attach {literal(str(file))} as {side} (read_only)")
    return connection


def _differences(connection: duckdb.DuckDBPyConnection, table: str) -> list[Difference]:
    old, new = (_columns(connection, side, table) for side in ("before", "after"))
    found = [
        Difference(
            table,
            Sentence("column {column}", column=name),
            *(0 if name in side else None for side in (old, new)),
        )
        for name in sorted(old.keys() ^ new.keys())
    ]
    common = [name for name in old if new.get(name) == old[name]]
    asked = ["count(*)"]
    for name in common:
        column = identifier(name)
        asked.append(f"sum({column})" if old[name].startswith(NUMBERS) else "null")
        asked.append(f"sum(hash({column})::hugeint)")
    before, after = (
        _one(connection, f"select {', '.join(asked)} from {side}.{table_identifier(table)}")
        for side in ("before", "after")
    )
    if before[0] != after[0]:
        found.append(Difference(table, Sentence("rows"), before[0], after[0]))
    for place, name in enumerate(common):
        (old_sum, old_hash), (new_sum, new_hash) = (s[1 + 2 * place : 3 + 2 * place] for s in (before, after))
        if old_hash == new_hash:
            continue
        if old_sum != new_sum and None not in (old_sum, new_sum):
            found.append(Difference(table, Sentence("sum of {column}", column=name), old_sum, new_sum))
        elif before[0] == after[0]:
            found.append(Difference(table, Sentence("values of {column}", column=name), None, None))
    changed = (name for name in old if name in new and name not in common)
    return found + [
        Difference(table, Sentence("values of {column}", column=name), None, None) for name in changed
    ]


def _columns(connection: duckdb.DuckDBPyConnection, side: str, table: str) -> dict[str, str]:
    schema, _, name = table.partition(".")
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
            [side, schema, name],
        ).fetchall()
    )


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    found = connection.execute(sql).fetchone()
    assert found is not None
    return tuple(found)
