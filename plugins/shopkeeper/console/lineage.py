"""Where each column of a table comes from, and which columns of other tables take its values."""

from collections import defaultdict
from functools import lru_cache

from shopkeeper.console.catalogue import TableFacts
from shopkeeper.console.reader import Reader
from shopkeeper.warehouse.trace import Lineage, column_lineage


def sources_of(reader: Reader, version: str, tables: dict[str, TableFacts], table: str) -> Lineage:
    """Return the columns from which each column of a table takes its values; nothing where no SQL is kept."""
    return _lineage(reader, version, table) if tables[table].sql else {}


def takers_of(reader: Reader, version: str, tables: dict[str, TableFacts], table: str) -> Lineage:
    """Return the columns that take the values of each column of a table."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for taker in _kept_readers(tables, table):
        for column, sources in _lineage(reader, version, taker).items():
            for own in sources.get(table, ()):
                found[own][taker].append(column)
    return {own: {taker: tuple(each) for taker, each in takers.items()} for own, takers in found.items()}


def _kept_readers(tables: dict[str, TableFacts], table: str) -> list[str]:
    """Return the tables that a version keeps and that read a table, also by way of others."""
    found: dict[str, None] = {}
    waiting, passed = list(tables[table].readers), set[str]()
    while waiting:
        reader = waiting.pop()
        if reader in passed:
            continue
        passed.add(reader)
        if tables[reader].is_kept:
            found[reader] = None
        else:
            waiting += tables[reader].readers
    return sorted(found)


@lru_cache(maxsize=512)
def _lineage(reader: Reader, version: str, table: str) -> Lineage:
    return column_lineage(reader.home, version, table, _columns(reader, version))


@lru_cache(maxsize=8)
def _columns(reader: Reader, version: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    listed = reader.rows(
        version,
        "select schema_name || '.' || table_name as name, column_name from duckdb_columns() "
        "where database_name = current_database() and not internal order by column_index",
    )
    for row in listed:
        found[row["name"]].append(row["column_name"])
    return {name: tuple(columns) for name, columns in found.items()}
