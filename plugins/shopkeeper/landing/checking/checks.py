"""The contract's strict checks of values and keys, run over whole sets of rows in DuckDB.

Rows are a relation with the contract's columns and `_line_number`, independent of the reader.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from shopkeeper.contracts import Column, Contract, adds_up_sql
from shopkeeper.contracts.casts import clean_sql, duckdb_type, unmarked_sql, value_sql
from shopkeeper.contracts.faults import faults
from shopkeeper.engine import COPY_OPTIONS, identifier, literal, scan
from shopkeeper.landing.reading.rows import GROUP_ROWS, LINE_NUMBER, open_writer
from shopkeeper.landing.refusals import RowRefusal
from shopkeeper.sentences import Sentence

REPLAYED_LINES = "replayed_lines"


def clean(connection: duckdb.DuckDBPyConnection, rows: Path, contract: Contract, target: Path) -> Path:
    """Return the rows with text trimmed where the contract allows it; the same file if nothing changes."""
    relation = scan(rows)
    if not connection.execute(f"select 1 from {relation} where {changes_sql(contract)} limit 1").fetchone():
        return rows
    columns = ", ".join(
        f"{clean_sql(column, identifier(column.name))} as {identifier(column.name)}"
        for column in contract.columns
    )
    query = f"select {columns}, {LINE_NUMBER} from {relation}"
    connection.execute(f"copy ({query}) to {literal(str(target))} ({COPY_OPTIONS})")
    return target


def changes_sql(contract: Contract) -> str:
    """Return a condition: cleaning changes the row."""
    names = [(column, identifier(column.name)) for column in contract.columns]
    return " or ".join(f"{clean_sql(column, name)} is distinct from {name}" for column, name in names)


def find_refusals(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract, as_of: datetime, limit: int
) -> list[RowRefusal]:
    """Return the first refusal of each bad row, columns in contract order; at most `limit` per column."""
    found: dict[int, RowRefusal] = {}
    compiled = faults(contract, as_of)
    if not _has_any(connection, relation, contract, compiled):
        return []
    for name, sql in compiled.items():
        query = f"select {LINE_NUMBER}, {sql} from {relation} where {sql} is not null limit {limit}"
        for line_number, reason in connection.execute(query).fetchall():
            detail = _demand(contract.column(name), reason)
            found.setdefault(line_number, RowRefusal(line_number, reason, detail, name))
    return list(found.values())


def _has_any(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract, compiled: Mapping[str, str]
) -> bool:
    """Scan the file once for any fault, since most files are clean.

    Columns with few allowed values are scanned by distinct value.
    """
    few = [c.name for c in contract.columns if c.type == "text" and c.allowed_values]
    rest = " or ".join(f"{sql} is not null" for name, sql in compiled.items() if name not in few)
    looks = [f"{relation} where {rest or 'false'}"]
    # Without the offset DuckDB would look at every row before it keeps the distinct values.
    for name in few:
        values = f"(select distinct {identifier(name)} from {relation} offset 0)"
        looks.append(f"{values} where {compiled[name]} is not null")
    return any(connection.execute(f"select 1 from {look} limit 1").fetchone() for look in looks)


def _demand(column: Column, reason: str) -> Sentence:
    """Describe what the contract requires, without the value: details may be logged."""
    bounds = Sentence("from {low} to {high}", low=column.minimum or "-∞", high=column.maximum or "∞")
    if column.is_negative_in_returns:
        bounds = Sentence("{bounds}, negative only in a return", bounds=bounds)
    demands = {
        "OUT_OF_RANGE": bounds,
        "BAD_PATTERN": column.pattern or "",
        "TOO_LONG": Sentence("at most {count} characters", count=column.max_length),
        "NOT_ALLOWED": Sentence("one of {count} values", count=len(column.allowed_values)),
        "FUTURE": Sentence("at most one day after landing"),
        "SENTINEL": Sentence("no stand-in for unknown"),
        "MISSING": Sentence("a value"),
    }
    wanted = demands.get(reason, column.number_format or column.time_format or duckdb_type(column))
    return Sentence("{column} must be {wanted}", column=column.name, wanted=wanted)


def find_repeated_keys(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract, refused: Collection[int]
) -> list[RowRefusal]:
    """Return refusals for rows, of those not refused so far, that share a key.

    Rows with the same key and different values are all refused as `CONFLICT`, since nobody can know which is
    right, unless the contract says what adds up and only one of them does. Of identical rows the first is
    kept and the others are `DUPLICATE`. Without a key all rows are kept: two events may look alike.
    """
    if not contract.key:
        return []
    key = key_sql(contract)
    hashes = connection.execute(f"select hash({key}) as hash from {relation}").to_arrow_table()["hash"]
    suspects = _repeated(hashes)
    if not suspects:
        return []
    content = ", ".join(_value(contract, column.name) for column in contract.columns)
    declared = contract.file.adds_up if contract.file else None
    adds_up = adds_up_sql(declared, lambda name: _value(contract, name))
    query = f"""
        with rows as (
            select
                {LINE_NUMBER} as line_number,
                row({key}) as key,
                row({content}) as content,
                {adds_up} as adds_up
            from {relation}
            where hash({key}) in (select unnest($suspects::ubigint[]))
                and {LINE_NUMBER} not in (select unnest($refused::bigint[]))
        ),
        groups as (
            select
                key,
                count(*) as row_count,
                count(distinct content) as content_count,
                count(distinct content) filter (where adds_up) as right_count,
                min(line_number) as first,
                min(line_number) filter (where adds_up) as first_right
            from rows
            group by key
        ),
        decided as (
            select
                line_number,
                content_count > 1 and not (right_count = 1 and adds_up) as is_conflict,
                case when right_count = 1 then first_right else first end as first
            from rows join groups using (key)
            where row_count > 1
        )
        select line_number, is_conflict, first from decided
        where is_conflict or line_number > first
    """
    parameters = {"suspects": suspects, "refused": list(refused)}
    differing = Sentence("rows with the same {columns} differ", columns=", ".join(contract.key))
    return [
        RowRefusal(line, "CONFLICT", differing, contract.key[0])
        if is_conflict
        else RowRefusal(
            line, "DUPLICATE", Sentence("the same row as number {line}", line=abs(first)), severity="info"
        )
        for line, is_conflict, first in connection.execute(query, parameters).fetchall()
    ]


def _repeated(hashes: pa.ChunkedArray) -> list[int]:
    """Return the hashes that occur more than once."""
    blocks = [
        np.frombuffer(chunk.buffers()[1], np.uint64, len(chunk)) for chunk in hashes.chunks if len(chunk)
    ]
    if not blocks:
        return []
    found = np.concatenate(blocks)
    found.sort()
    return np.unique(found[1:][found[1:] == found[:-1]]).tolist()


def key_sql(contract: Contract) -> str:
    """Return the key's values as a list of SQL expressions."""
    return ", ".join(_value(contract, name) for name in contract.key)


def _value(contract: Contract, name: str) -> str:
    column = contract.column(name)
    if contract.file is not None and contract.file.format == "parquet":
        return identifier(name)
    text = unmarked_sql(column, identifier(name))
    return text if column.type == "text" else value_sql(column, text)


def write_accepted(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Collection[str],
    refused: Collection[int],
    target: Path,
    replayed: Collection[int] = (),
) -> Path:
    """Write the accepted rows in file order; a replay records its line numbers in the metadata."""
    wanted = ", ".join(identifier(name) for name in columns)
    query = f"""
        select {wanted} from {relation}
        where {LINE_NUMBER} not in (select unnest($refused::bigint[])) order by {LINE_NUMBER}
    """
    rows = connection.execute(query, {"refused": list(refused)}).to_arrow_reader(GROUP_ROWS)
    with open_writer(target, rows.schema) as writer:
        for batch in rows:
            writer.write_batch(batch)
        if replayed:
            writer.add_key_value_metadata({REPLAYED_LINES: json.dumps(sorted(replayed))})
    return target
