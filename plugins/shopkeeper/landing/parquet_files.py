"""Parquet → a relation of rows: the file's own types, checked by name against the contract.

A file with exactly the contract's types becomes raw as it is; a narrower type is widened.
"""

from collections.abc import Collection
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from shopkeeper.contracts import Column, Contract
from shopkeeper.contracts.casts import duckdb_type, identifier
from shopkeeper.landing.checks import scan
from shopkeeper.landing.refusals import FileRefused, Record, keep
from shopkeeper.landing.rows import LINE_NUMBER

_NARROWER = {
    "BIGINT": {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"},
    "DOUBLE": {"FLOAT"},
    "TIMESTAMP": {"TIMESTAMP_S", "TIMESTAMP_MS"},
}


def raw_type(column: Column) -> str:
    """Return the DuckDB type that a column has in the raw of Parquet files."""
    if column.type == "timestamp" and column.has_offset:
        return "TIMESTAMP WITH TIME ZONE"
    return duckdb_type(column)


def relation_of(connection: duckdb.DuckDBPyConnection, source: Path, contract: Contract) -> tuple[str, bool]:
    """Return the rows with their numbers as a relation, and whether the file can become raw as it stands."""
    types = _types(connection, source)
    unknown = [name for name in types if name not in {column.name for column in contract.columns}]
    missing = [c.name for c in contract.columns if c.name not in types and not c.is_optional_in_file]
    for reason, names in (("UNKNOWN_COLUMN", unknown), ("MISSING_COLUMN", missing)):
        if names:
            raise FileRefused(reason, ", ".join(names))
    wrong = [
        f"{c.name} is {types[c.name]}, not {raw_type(c)}" for c in contract.columns if _differs(c, types)
    ]
    if wrong:
        raise FileRefused("WRONG_TYPE", "; ".join(wrong))
    declared = {column.name: raw_type(column) for column in contract.columns}
    is_exact = types == declared and list(types) == list(declared)
    columns = ", ".join(
        f"cast({identifier(name) if name in types else 'null'} as {type_}) as {identifier(name)}"
        if types.get(name) != type_
        else identifier(name)
        for name, type_ in declared.items()
    )
    numbered = scan(source, with_row_number=True)
    return f"(select {columns}, file_row_number + 1 as {LINE_NUMBER} from {numbered})", is_exact


def count_rows(connection: duckdb.DuckDBPyConnection, relation: str, source: Path, contract: Contract) -> int:
    """Return the row count, every value outside the key decoded once; keys are when compared.

    A page that cannot be read must be found here and not in a build. A second reader has to agree: DuckDB
    passes over some damaged headers.
    """
    names = [identifier(column.name) for column in contract.columns if not column.is_key]
    texts = [column.name for column in contract.columns if column.type == "text"]
    with pq.ParquetFile(source, read_dictionary=texts) as file:
        count = sum(batch.num_rows for batch in file.iter_batches(use_threads=False))
    if names:
        query = f"select count(*), bit_xor(hash({', '.join(names)})) from {relation}"
        decoded = connection.execute(query).fetchone()
        if decoded is None or decoded[0] != count:
            raise FileRefused("UNREADABLE", f"its footer says {count} rows, its data does not")
    return count


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract, wanted: Collection[int]
) -> dict[int, Record]:
    """Return rows as one JSON object each, by row number: Parquet has no text to keep."""
    numbers = ", ".join(str(number) for number in sorted(wanted))
    fields = ", ".join(f"{identifier(c.name)} := {identifier(c.name)}" for c in contract.columns)
    query = f"""
        select {LINE_NUMBER}, to_json(struct_pack({fields})) from {relation}
        where {LINE_NUMBER} in ({numbers})
    """
    return {number: keep(None, text.encode()) for number, text in connection.execute(query).fetchall()}


def _types(connection: duckdb.DuckDBPyConnection, source: Path) -> dict[str, str]:
    described = connection.execute(f"describe select * from {scan(source)}").fetchall()
    return {name: type_ for name, type_, *_ in described}


def _differs(column: Column, types: dict[str, str]) -> bool:
    found, declared = types.get(column.name), raw_type(column)
    if found is None or found == declared or found in _NARROWER.get(declared, ()):
        return False
    return not (column.type == "decimal" and _fits(found, column))


def _fits(found: str, column: Column) -> bool:
    if not found.startswith("DECIMAL("):
        return False
    precision, scale = (int(part) for part in found[8:-1].split(","))
    declared_precision, declared_scale = column.precision or 18, column.scale or 0
    return scale <= declared_scale and precision - scale <= declared_precision - declared_scale
