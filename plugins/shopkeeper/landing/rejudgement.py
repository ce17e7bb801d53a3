"""Refused rows judged once more: by today's contract, and beside the rows of their file that were accepted.

Reads what the quarantine kept and says what is still wrong; settling it is the replay's business.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from shopkeeper.contracts import Contract
from shopkeeper.contracts.casts import identifier
from shopkeeper.landing import checks
from shopkeeper.landing.corrections import Values
from shopkeeper.landing.json_lines import read_object
from shopkeeper.landing.lines import Line
from shopkeeper.landing.parquet_files import raw_type
from shopkeeper.landing.records import INSIDE_QUOTE, Malformed, decode, split
from shopkeeper.landing.refusals import Fault, Layout
from shopkeeper.landing.rows import LINE_NUMBER, RowWriter


def read_rows(
    rows: Iterable[Mapping[str, Any]], layout: Layout, contract: Contract, corrected: Mapping[int, Values]
) -> tuple[dict[int, Values], list[Fault]]:
    """Return the values of refused rows by line, a correction first, and what still is no row."""
    values: dict[int, Values] = {}
    faults: list[Fault] = []
    for row in sorted(rows, key=lambda row: int(row["line_number"])):
        number, record = row["line_number"], row["record"]
        line = Line(number, row["byte_offset"] or 0, record, len(record), None, b"\n")
        try:
            if number not in corrected and row["is_truncated"]:
                raise Malformed("TRUNCATED_RECORD", "only its start was kept; give a correction")
            if number not in corrected and row["reason"] == INSIDE_QUOTE:
                raise Malformed(INSIDE_QUOTE, f"{row['detail']}; give a correction if it is a record")
            values[number] = corrected.get(number) or _values(
                decode(record, line, layout.encoding), layout, contract
            )
        except Malformed as error:
            faults.append(error.fault(line))
    return values, faults


def _values(text: str, layout: Layout, contract: Contract) -> Values:
    names = [column.name for column in contract.columns]
    if layout.format != "csv":
        return read_object(text, names)
    fields = split(text, layout.delimiter)
    if len(fields) != len(layout.columns):
        raise Malformed("FIELD_COUNT", f"{len(fields)} fields where the header has {len(layout.columns)}")
    found = dict(zip(layout.columns, fields, strict=True))
    unknown = found.keys() - set(names)
    if unknown:
        raise Malformed("UNKNOWN_COLUMN", ", ".join(sorted(unknown)))
    return [found.get(name) or None for name in names]


def write_relation(
    connection: duckdb.DuckDBPyConnection, folder: Path, contract: Contract, values: Mapping[int, Values]
) -> tuple[str, list[Fault]]:
    """Return the rows as a relation that has raw's types, and the rows whose text is not of such a type."""
    rows = folder / "rows.parquet"
    with RowWriter(rows, contract) as writer:
        for line_number in sorted(values):
            writer.append(values[line_number], line_number)
    if not is_parquet(contract):
        return checks.scan(checks.clean(connection, rows, contract, folder / "clean.parquet")), []
    casts = {c.name: f"try_cast({identifier(c.name)} as {raw_type(c)})" for c in contract.columns}
    faults: dict[int, Fault] = {}
    for name, cast in casts.items():
        misfit = f"{identifier(name)} is not null and {cast} is null"
        query = f"select {LINE_NUMBER} from {checks.scan(rows)} where {misfit}"
        for (line_number,) in connection.execute(query).fetchall():
            detail = f"{name} must be {raw_type(contract.column(name))}"
            faults.setdefault(line_number, Fault(line_number, "WRONG_TYPE", detail, name))
    columns = ", ".join(f"{cast} as {identifier(name)}" for name, cast in casts.items())
    return f"(select {columns}, {LINE_NUMBER} from {checks.scan(rows)})", list(faults.values())


def find_faults(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    accepted: Iterable[Path],
    contract: Contract,
    as_of: datetime,
    known: Iterable[Fault],
) -> list[Fault]:
    """Return ``known`` and one fault for each other row that does not pass.

    ``accepted`` are raw files of the same file: a row with a key of theirs is refused, it cannot unseat them.
    """
    faults = {fault.line_number: fault for fault in known}
    for fault in checks.find_faults(connection, relation, contract, as_of, limit=1 << 62):
        faults.setdefault(fault.line_number, fault)
    beside = [f"select * from {relation}"]
    for path in accepted:
        numbered = checks.scan(path, with_row_number=True)
        names = _column_names(connection, path) - {LINE_NUMBER}
        columns = ", ".join(identifier(column.name) for column in contract.columns if column.name in names)
        beside.append(f"select {columns}, -1 - file_row_number as {LINE_NUMBER} from {numbered}")
    together = f"({' union all by name '.join(beside)})"
    for fault in checks.find_repeated_keys(connection, together, contract, list(faults)):
        if fault.line_number > 0:
            faults.setdefault(fault.line_number, fault)
    return list(faults.values())


def is_parquet(contract: Contract) -> bool:
    """Tell whether the raw of a table has its own types."""
    return contract.file is not None and contract.file.format == "parquet"


def _column_names(connection: duckdb.DuckDBPyConnection, path: Path) -> set[str]:
    described = connection.execute(f"describe select * from {checks.scan(path)}").fetchall()
    return {name for name, *_ in described}
