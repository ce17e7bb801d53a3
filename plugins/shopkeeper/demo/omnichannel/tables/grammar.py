"""How a simulated table is declared."""

from dataclasses import dataclass

import pyarrow as pa

CODE = pa.dictionary(pa.int16(), pa.string())
ID = pa.int64()
PERSON = pa.int32()
INSTANT = pa.timestamp("ms", "UTC")
DAY = pa.date32()
MONEY = pa.float64()
SHARE = pa.float32()
KEY = pa.uint64()


@dataclass(frozen=True)
class Table:
    """One table: its name, what one row is, its key, and its Arrow schema with each field's meaning."""

    name: str
    grain: str
    key: tuple[str, ...]
    schema: pa.Schema

    def meaning(self, column: str) -> str:
        """Return what a column means."""
        return (self.schema.field(column).metadata or {})[b"meaning"].decode()

    def empty(self) -> pa.Table:
        """Return the table without rows."""
        return self.schema.empty_table()


def declare(name: str, grain: str, key: str, *columns: tuple[str, pa.DataType, str]) -> Table:
    """Declare a table; ``key`` is its columns, separated by spaces."""
    fields = [pa.field(column, kind, metadata={"meaning": meaning}) for column, kind, meaning in columns]
    return Table(name, grain, tuple(key.split()), pa.schema(fields))
