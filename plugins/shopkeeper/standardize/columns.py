"""The shape that all kinds of values share: a column of text in, a table of standard values and reasons out.

Each distinct value is read once, in a pool of processes if there is one. How a value is read belongs to
the module of its kind.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeAlias

import pyarrow as pa

from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.texts import clean

Texts: TypeAlias = pa.Array | pa.ChunkedArray
Read = Callable[[str], tuple[Any, ...] | Reason]
"""Takes cleaned text that is not empty; returns the parts of its standard form, or why it has none."""

LONGEST = 500
"""Characters; a longer text is not one value of any kind."""

_SLICE = 20_000


def open_pool(processes: int = 2) -> ProcessPoolExecutor:
    """Return a pool for the functions of this room; use it in a `with` block, for many columns.

    The processes are spawned: a fork of a process with Arrow's threads can hang.
    """
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def standardize_column(values: Texts, read: Read, parts: pa.Schema, pool: Executor | None = None) -> pa.Table:
    """Return one row per value: the `parts` of its standard form, and `reason` where it has none.

    A null stays null and has no reason. Raises `TypeError` if `values` is no column of text.
    """
    schema = parts.append(pa.field("reason", pa.string()))
    return read_distinct(values, partial(_read_slice, read, schema), schema, pool)


def read_distinct(
    values: Texts, work: Callable[[list[str]], pa.RecordBatch], schema: pa.Schema, pool: Executor | None
) -> pa.Table:
    """Return one row per value, as `work` makes them of slices of the distinct texts; null of a null.

    Raises `TypeError` if `values` is no column of text.
    """
    encoded = _encode(values)
    distinct = encoded.dictionary
    slices = (distinct.slice(start, _SLICE).to_pylist() for start in range(0, len(distinct), _SLICE))
    apply: Callable[..., Iterator[pa.RecordBatch]] = (
        map if pool is None or len(distinct) <= _SLICE else pool.map
    )
    batches = list(apply(work, slices))
    return pa.Table.from_batches(batches, schema).combine_chunks().take(encoded.indices)


def _encode(values: Texts) -> pa.DictionaryArray:
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise TypeError(f"the column is {values.type}; cast it to text first")
    column = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    return column.cast(pa.large_string()).combine_chunks().dictionary_encode()


def _read_slice(read: Read, schema: pa.Schema, texts: list[str]) -> pa.RecordBatch:
    rows = list(_rows(read, len(schema) - 1, texts))
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema)


def _rows(read: Read, width: int, texts: list[str]) -> Iterator[tuple[Any, ...]]:
    nothing = (None,) * width
    for text in texts:
        found = read_text(read, text)
        yield (*nothing, str(found)) if isinstance(found, Reason) else (*found, None)


def read_text(read: Read, text: str) -> tuple[Any, ...] | Reason:
    """Return what `read` finds in one text as it came."""
    if len(text) > LONGEST:
        return Reason.MALFORMED
    cleaned = clean(text)
    if not cleaned:
        return Reason.EMPTY
    try:
        return read(cleaned)
    except Exception:  # A library's message would quote the value of a person, and end the whole column.
        return Reason.FAILED
