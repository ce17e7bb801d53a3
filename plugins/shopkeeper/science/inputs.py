"""Reads and checks the tables that science functions are given.

Add a way of reading or a check when two topics need it. Errors are a `ValueError` that names the column,
says what to give instead, and contains no value of the table. Single values belong to `arguments`.
"""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")
_OFFSET = r"[T ].*(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)$"
_MOST_BYTES = 2**31 - 1


def read_table(
    given: Any, *names: str, nullable: tuple[str, ...] = (), optional: tuple[str, ...] = ()
) -> pa.Table:
    """Return a table as an Arrow table of plain columns: `names`, or all columns where none is named.

    Columns of `optional` follow where the table has them.

    `given`: a pyarrow table or record batch, a pandas or polars frame, or anything else that exports an Arrow
    stream (the Arrow PyCapsule interface). Dictionaries (categories) and run-ends are decoded, so that a
    value which no row has does not exist; texts, lists and dates of any layout become the usual ones. The
    index of a pandas frame is a column where it has a name.

    Raises `ValueError` if `given` is not a table, a column of `names` is missing or repeated, or has
    nulls and is not `nullable`.
    """
    table = _arrow(given)
    if names:
        names += tuple(name for name in optional if name in table.column_names)
        require_columns(table, *names, nullable=nullable)
        table = table.select(list(names))
    plain = [_decoded(table.column(number), field.name) for number, field in enumerate(table.schema)]
    read = pa.table(plain, names=table.column_names)
    if names:
        # A dictionary may hold its nulls among its values, where they are seen only once decoded.
        require_columns(read, *names, nullable=nullable)
    return read


def require_columns(table: pa.Table, *names: str, nullable: tuple[str, ...] = ()) -> None:
    """Raise `ValueError` unless `table` has each of `names` once, without nulls save in `nullable`."""
    for name in names:
        found = table.column_names.count(name)
        if found != 1:
            what = "has no" if found == 0 else "has more than one"
            raise ValueError(
                f"the table {what} column {name}; its columns are: {', '.join(table.column_names)}"
            )
        if name not in nullable and table[name].null_count:
            raise ValueError(f"column {name} has {table[name].null_count} nulls; remove or fill those rows")


def require_unique(table: pa.Table, name: str) -> None:
    """Raise `ValueError` unless every value of the column is unique."""
    surplus = table.num_rows - len(pc.unique(table[name]))
    if surplus:
        raise ValueError(f"column {name} repeats itself in {surplus} rows; give one row for each {name}")


def encode(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the sorted distinct values of a column without nulls, and each row's place among them."""
    coded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return coded.dictionary.take(order), rank[coded.indices.to_numpy()]


def read_times(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column of timestamps or dates; text in ISO 8601 is parsed, to dates where it has no time.

    Text with one offset from UTC for all rows becomes timestamps in that zone. Raises `ValueError` on other
    columns and other text.
    """
    times = table[name]
    if pa.types.is_string(times.type) or pa.types.is_large_string(times.type):
        return _parsed(times, name)
    if pa.types.is_null(times.type):
        return times.cast(pa.timestamp("us"))
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
        raise ValueError(f"column {name} is {times.type}; give timestamps, dates, or text such as 2024-03-31")
    return times


def _arrow(given: Any) -> pa.Table:
    if not (hasattr(given, "__arrow_c_stream__") or hasattr(given, "__arrow_c_array__")):
        kind = type(given)
        raise ValueError(
            f"{kind.__module__.split('.')[0]}.{kind.__name__} is no table; give one of pyarrow, pandas or"
            " polars (collect a lazy frame; pyarrow.table(...) makes one of a dict of columns)"
        )
    table = given if isinstance(given, pa.Table) else _exported(given)
    unnamed = [name for name in table.column_names if _UNNAMED_INDEX.fullmatch(name)]
    return table.drop_columns(unnamed) if unnamed else table


def _exported(given: Any) -> pa.Table:
    try:
        return pa.table(given)
    except (pa.ArrowException, TypeError) as error:
        # pandas knows the type of NumPy scalars in a column of objects, Arrow only that of some.
        if hasattr(given, "infer_objects") and not (inferred := given.infer_objects()).dtypes.equals(
            given.dtypes
        ):
            return _exported(inferred)
        # The first argument of Arrow's error quotes a value.
        named = re.search(r"for column (.+) with type", str(error.args[-1]))
        which = f"column {named[1]}" if named else "a column"
        raise ValueError(
            f"{which} mixes types or holds one unknown to Arrow; give each column one type"
        ) from None


def _decoded(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    given = column.type
    try:
        while not column.type.equals(kind := _unwrapped(column.type)):
            column = pa.chunked_array([_unwrap(chunk) for chunk in column.chunks], kind)
        usual = _usual(column.type, is_large=column.nbytes > _MOST_BYTES)
        return column if usual.equals(column.type) else column.cast(usual)
    except pa.ArrowException:
        raise ValueError(f"column {name} is {given}, which cannot be read; give a plain type") from None


def _unwrap(chunk: pa.Array) -> pa.Array:
    if isinstance(chunk, pa.ExtensionArray):
        return chunk.storage
    if isinstance(chunk, pa.DictionaryArray):
        # Views can be cast, but not be taken or decoded.
        return chunk.dictionary.cast(_unwrapped(chunk.type)).take(chunk.indices)
    return pc.run_end_decode(chunk)


def _unwrapped(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return kind.storage_type
    if pa.types.is_dictionary(kind) and pa.types.is_string_view(kind.value_type):
        return pa.string()
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return kind.value_type
    return kind


def _usual(kind: pa.DataType, *, is_large: bool) -> pa.DataType:
    """Return the usual layout of a type; text and lists of more than 2 GB stay large."""
    types = pa.types
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _usual(kind.value_type, is_large=is_large)
    if types.is_string_view(kind) or types.is_string(kind) or types.is_large_string(kind):
        return pa.large_string() if is_large else pa.string()
    if types.is_binary_view(kind):
        return pa.large_binary() if is_large else pa.binary()
    if isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        inner = _usual(kind.value_type, is_large=is_large)
        return pa.large_list(inner) if is_large else pa.list_(inner)
    if types.is_date64(kind):
        return pa.date32()
    if types.is_float16(kind):
        return pa.float32()
    if types.is_decimal32(kind) or types.is_decimal64(kind):
        return pa.decimal128(kind.precision, kind.scale)
    return kind


def _parsed(texts: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    offsets = pc.unique(pc.struct_field(pc.extract_regex(pc.drop_null(texts), _OFFSET), "offset"))
    has_time = pc.any(pc.greater(pc.utf8_length(texts), len("2024-03-31")), min_count=0).as_py()
    if not has_time:
        kind: pa.DataType = pa.date32()
    elif len(pc.drop_null(offsets)) == 0:
        kind = pa.timestamp("us")
    elif len(offsets) == 1:
        kind = pa.timestamp("us", _zone(offsets[0].as_py()))
    else:
        raise ValueError(f"column {name} has text with several offsets from UTC; give timestamps in one zone")
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        raise ValueError(
            f"column {name} has text that is no moment in ISO 8601, such as 2024-03-31 or 2024-03-31T18:05:00"
        ) from None


def _zone(offset: str) -> str:
    if offset == "Z":
        return "UTC"
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return f"{offset[0]}{digits[:2]}:{digits[2:]}"
