"""Rewrites a Parquet file with the same rows, and the columns and types that the contract declares.

A producer's statistics, indexes and filters may be wrong: they are neither read nor kept. Everything checked
here and stored in raw is rewritten from the values. Narrower types are widened.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.contracts import Column, Contract
from shopkeeper.contracts.casts import raw_type
from shopkeeper.engine import identifier, scan
from shopkeeper.landing.machine import fault_number
from shopkeeper.landing.reading.headers import require_columns
from shopkeeper.landing.reading.rows import GROUP_ROWS, LINE_NUMBER, open_writer
from shopkeeper.landing.refusals import FileRefused, Record, keep
from shopkeeper.sentences import Sentence, joined

_TEXT = (pa.string(), pa.large_string(), pa.string_view())
_NARROWER: dict[pa.DataType, tuple[pa.DataType, ...]] = {
    pa.int64(): (pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16(), pa.uint32()),
    pa.float64(): (pa.float32(),),
    pa.date32(): (pa.date64(),),
}
_NAMES = {
    **dict.fromkeys(_TEXT, "VARCHAR"),
    **{pa.int64(): "BIGINT", pa.uint64(): "UBIGINT", pa.int32(): "INTEGER", pa.float64(): "DOUBLE"},
    **{pa.bool_(): "BOOLEAN", pa.date32(): "DATE", pa.binary(): "BLOB"},
}


def rewrite(source: Path, contract: Contract, target: Path) -> int:
    """Rewrite every row of a file in file order and return the row count; raises `FileRefused`.

    Decodes the whole file, so that a damaged page is found here and not during a build.
    """
    stored = [_stored(arrow_type(column)) for column in contract.columns]
    schema = pa.schema(list(zip([column.name for column in contract.columns], stored, strict=True)))
    try:
        with _open(source) as file:
            found, footer = file.schema_arrow, file.metadata
        require_columns(found.names, contract)
        _require_types(found, contract)
        places = [found.names.index(c.name) if c.name in found.names else None for c in contract.columns]
        texts = [c.name for c in contract.columns if c.type == "text" and c.name in found.names]
        with _open(source, metadata=footer, read_dictionary=texts) as file:
            batches = file.iter_batches(batch_size=GROUP_ROWS, use_threads=False)
            count = _write((_conform(batch, places, schema) for batch in batches), schema, target)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        if fault_number(error) is not None:
            raise
        detail = Sentence(
            "it cannot be read as Parquet ({error}); export it again", error=type(error).__name__
        )
        raise FileRefused("UNREADABLE", detail) from error
    if count != footer.num_rows or not _holds_no_more(footer):
        detail = Sentence(
            "its footer says {count} rows, its data another number; export it again", count=footer.num_rows
        )
        raise FileRefused("UNREADABLE", detail)
    return count


def relation_of(rows: Path) -> str:
    """Return the rewritten rows with row numbers as a relation."""
    numbered = scan(rows, with_row_number=True)
    return f"(select * exclude (file_row_number), file_row_number + 1 as {LINE_NUMBER} from {numbered})"


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract, wanted: Collection[int]
) -> dict[int, Record]:
    """Return rows as one JSON object each, by row number, since Parquet has no text to keep."""
    numbers = ", ".join(str(number) for number in sorted(wanted))
    fields = ", ".join(f"{identifier(c.name)} := {identifier(c.name)}" for c in contract.columns)
    query = f"""
        select {LINE_NUMBER}, to_json(struct_pack({fields})) from {relation}
        where {LINE_NUMBER} in ({numbers})
    """
    return {number: keep(None, text.encode()) for number, text in connection.execute(query).fetchall()}


def arrow_type(column: Column) -> pa.DataType:
    """Return the Arrow type of a column in raw files from Parquet."""
    if column.type == "decimal":
        return pa.decimal128(column.precision or 18, column.scale or 0)
    if column.type == "timestamp":
        return pa.timestamp("us", "UTC" if column.has_offset else None)
    plain = {"text": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}
    return plain.get(column.type, pa.float64())


def _open(source: Path, **options: Any) -> pq.ParquetFile:
    return pq.ParquetFile(
        source,
        coerce_int96_timestamp_unit="us",
        page_checksum_verification=True,
        arrow_extensions_enabled=False,
        **options,
    )


def _holds_no_more(footer: pq.FileMetaData) -> bool:
    """Whether every column of every row group holds exactly one value per row, so that no value is hidden."""
    groups = (footer.row_group(number) for number in range(footer.num_row_groups))
    return all(
        group.column(number).num_values == group.num_rows
        for group in groups
        for number in range(group.num_columns)
    )


def _stored(type_: pa.DataType) -> pa.DataType:
    """Return the type in which values are passed to the writer: dictionary-encoded for text, which is
    faster.
    """
    return pa.dictionary(pa.int32(), type_) if type_ == pa.string() else type_


def _conform(batch: pa.RecordBatch, places: list[int | None], schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the columns and types of a schema."""
    columns = []
    for place, type_ in zip(places, schema.types, strict=True):
        column = pa.nulls(batch.num_rows, type_) if place is None else batch.column(place)
        if pa.types.is_dictionary(type_):
            column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            column.validate(full=True)  # Arrow alone would take text that is not UTF-8
        columns.append(column if column.type == type_ else column.cast(type_))
    return pa.record_batch(columns, schema=schema)


def _write(batches: Iterator[pa.RecordBatch], schema: pa.Schema, target: Path) -> int:
    """Write batches in groups of at least `GROUP_ROWS`, even if the producer's are smaller."""
    count, waiting = 0, list[pa.RecordBatch]()
    with open_writer(target, schema) as writer:
        for batch in batches:
            count += batch.num_rows
            waiting.append(batch)
            if sum(each.num_rows for each in waiting) >= GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting.clear()
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting))
    return count


def _require_types(schema: pa.Schema, contract: Contract) -> None:
    wrong = []
    for column in contract.columns:
        if column.name in schema.names:
            found = schema.field(column.name).type
            found = found.value_type if pa.types.is_dictionary(found) else found
            if not _fits(found, arrow_type(column)):
                types = {"found": _type_name(found), "declared": raw_type(column)}
                wrong.append(Sentence("{column} is {found}, not {declared}", column=column.name, **types))
    if wrong:
        raise FileRefused("WRONG_TYPE", joined(wrong))


def _fits(found: pa.DataType, declared: pa.DataType) -> bool:
    """Whether every value of the found type is also a value of the declared type."""
    if declared == pa.string():
        return found in _TEXT
    if pa.types.is_decimal(declared) and pa.types.is_decimal(found):
        whole = found.precision - found.scale
        return found.scale <= declared.scale and whole <= declared.precision - declared.scale
    if pa.types.is_timestamp(declared) and pa.types.is_timestamp(found):
        return found.unit in ("s", "ms", "us") and (found.tz is None) == (declared.tz is None)
    return found == declared or found in _NARROWER.get(declared, ())


def _type_name(found: pa.DataType) -> str:
    """Name a type in SQL's words if it has one; a nested type contains names from the file, so it is not
    spelt out.
    """
    if pa.types.is_timestamp(found):
        zone = " WITH TIME ZONE" if found.tz else ""
        return f"TIMESTAMP{zone} in {found.unit}"
    if pa.types.is_decimal(found):
        return f"DECIMAL({found.precision},{found.scale})"
    return _NAMES.get(found, "a nested type" if pa.types.is_nested(found) else str(found).upper())
