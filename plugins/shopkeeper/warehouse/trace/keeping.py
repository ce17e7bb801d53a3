"""Rows that were found on the way: as SQL while they are asked for once, in a table when again.

A table for each would cost more than the rows; SQL for each would compute them again and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import duckdb

from shopkeeper.engine import identifier

ORIGINS = identifier("origins of this row")
NUMBERS = count()


@dataclass
class Found:
    """A relation's rows: the SQL that gives them, whether they are restricted and tell their origins.

    `table`: where they are kept, once they are asked for more than once.
    """

    sql: str
    is_restricted: bool
    has_origins: bool
    table: str | None = None

    @property
    def place(self) -> str:
        """What SQL reads them from."""
        return self.table or f"({self.sql})"


class Keeping:
    """The temporary tables of one computation."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._tables: list[str] = []
        self._values: dict[str, str] = {}

    def rows(self, found: Found) -> str:
        """Keep rows that are asked for again, where they are few, and return where they are."""
        if found.table is None and found.is_restricted:
            found.table = self._keep(found.sql)
        return found.place

    def values(self, sql: str) -> str:
        """Keep the values that a query gives, once, and return where they are."""
        if sql not in self._values:
            self._values[sql] = self._keep(sql)
        return self._values[sql]

    def end(self) -> None:
        """Give up all that was kept."""
        if self._tables:
            self.connection.execute("; ".join(f"drop table {each}" for each in self._tables))

    def _keep(self, sql: str) -> str:
        name = f'temp."rows {next(NUMBERS)}"'
        self.connection.execute(f"create temp table {name.removeprefix('temp.')} as {sql}")
        self._tables.append(name)
        return name


def distinct(sql: str, names: Sequence[str], has_origins: bool) -> str:
    """Return SQL in which equal rows are one, with the origins of them all."""
    columns = ", ".join(identifier(name) for name in names)
    if not has_origins:
        return f"select distinct {columns} from ({sql}) as every"
    gathered = f"list_distinct(flatten(list({ORIGINS}))) as {ORIGINS}"
    return f"select {columns}, {gathered} from ({sql}) as every group by {columns}"
