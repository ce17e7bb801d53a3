"""How a simulated table is declared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
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


@dataclass(frozen=True)
class Codes:
    """A column of codes: indices into words; a negative one is null."""

    indices: np.ndarray
    words: Sequence[str]


def known(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ids in which a negative one is null, as `fill` takes them."""
    return ids, ids < 0


def fill(table: Table, count: int, /, **columns: Any) -> pa.Table:
    """Return ``count`` rows of a table.

    A column is an array, `Codes`, a pair (values, is null), one value for every row, or None: null
    everywhere.
    """
    if unknown := columns.keys() - set(table.schema.names):
        raise KeyError(f"{table.name} has no columns {sorted(unknown)}")
    return pa.table([_column(columns[f.name], f.type, count) for f in table.schema], schema=table.schema)


def _column(value: Any, kind: pa.DataType, count: int) -> pa.Array:
    if value is None:
        return pa.nulls(count, kind)
    if isinstance(value, Codes):
        indices = pa.array(value.indices.astype(np.int16), mask=value.indices < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(value.words, pa.string()))
    if isinstance(value, tuple):
        return pa.array(value[0].astype(kind.to_pandas_dtype(), copy=False), kind, mask=value[1])
    if isinstance(value, str):
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int16)), pa.array([value]))
    if isinstance(value, pa.Array):
        return value
    if np.ndim(value) == 0:
        return pa.repeat(pa.scalar(value, kind), count)
    if isinstance(value, np.ndarray) and value.dtype.kind not in "OU" and not pa.types.is_temporal(kind):
        value = value.astype(kind.to_pandas_dtype(), copy=False)
    if pa.types.is_dictionary(kind):
        return pa.array(list(value), pa.string()).dictionary_encode().cast(kind)
    return pa.array(value, kind)
