"""Hashes the content of a warehouse file table by table, so that two files can be compared.

Reading a file whole also proves that every page can be read.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from shopkeeper.engine import identifier


@dataclass(frozen=True)
class TableContent:
    """Row count of one table, and a hash of its columns and rows that ignores their order."""

    row_count: int
    content_hash: str


def contents(
    connection: duckdb.DuckDBPyConnection,
    ignored: Collection[str] = (),
    only: Collection[str] | None = None,
) -> dict[str, TableContent]:
    """Read every table once; keys are `schema.table`, in order.

    A table's hash is the sum and the exclusive or of DuckDB's 64-bit hash of each row, with the columns
    ordered by name, under the names and types of the columns. DuckDB may change its hash between versions.
    `ignored`: names of columns to leave out. `only`: the tables to read, if not all.
    """
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    listed = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = current_database() and not duckdb_tables.internal order by all"
    )
    for schema, table, column, data_type in listed.fetchall():
        if column in ignored:
            continue
        columns.setdefault((schema, table), []).append((column, data_type))
    return {
        f"{schema}.{table}": _content(connection, schema, table, described)
        for (schema, table), described in columns.items()
        if only is None or f"{schema}.{table}" in only
    }


def _content(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, described: list[tuple[str, str]]
) -> TableContent:
    row = ", ".join(identifier(column) for column, _ in described)
    statement = (
        "select count(*), coalesce(sum(row_hash::hugeint), 0), coalesce(bit_xor(row_hash), 0) "
        f"from (select hash(row({row})) as row_hash from {identifier(schema)}.{identifier(table)})"
    )
    found = connection.execute(statement).fetchone()
    assert found is not None
    return TableContent(found[0], hashlib.sha256(repr((described, found)).encode()).hexdigest())
