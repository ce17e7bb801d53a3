"""Checks refused rows again: against today's contract, and next to the accepted rows of their file.

Reads what the quarantine kept and reports what is still wrong. Settling it belongs to `replay`.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from shopkeeper.contracts import Contract
from shopkeeper.contracts.casts import raw_type
from shopkeeper.engine import identifier, scan
from shopkeeper.errors import UserError
from shopkeeper.landing.checking import checks
from shopkeeper.landing.quarantine.corrections import Changes, Values
from shopkeeper.landing.reading.json_lines import read_object
from shopkeeper.landing.reading.lines import Line
from shopkeeper.landing.reading.records import INSIDE_QUOTE, RowRefused, decode, split, wrong_count
from shopkeeper.landing.reading.rows import LINE_NUMBER, RowWriter
from shopkeeper.landing.refusals import Layout, RowRefusal
from shopkeeper.paths import WorkPaths
from shopkeeper.sentences import Sentence


def read_rows(
    rows: Iterable[Mapping[str, Any]], layout: Layout, contract: Contract, corrected: Mapping[int, Changes]
) -> tuple[dict[int, Values], list[RowRefusal]]:
    """Return the values of refused rows by line, with corrections applied, and the rows that are still
    malformed.

    Raises `UserError` if a correction leaves out columns of a row that cannot be read.
    """
    values: dict[int, Values] = {}
    refusals: list[RowRefusal] = []
    for row in sorted(rows, key=lambda row: int(row["line_number"])):
        number, record = row["line_number"], row["record"]
        line = Line(number, row["byte_offset"] or 0, record, len(record), None, b"\n")
        changes = corrected.get(number, {})
        try:
            if row["is_truncated"]:
                raise RowRefused("TRUNCATED_RECORD", Sentence("only its start was kept; give a correction"))
            if not changes and row["reason"] == INSIDE_QUOTE:
                detail = Sentence("{why}; give a correction if it is a record", why=row["detail"])
                raise RowRefused(INSIDE_QUOTE, detail)
            kept = _values(decode(record, line, layout.encoding), layout, contract)
        except RowRefused as error:
            missing = [c.name for c in contract.columns if not (c.name in changes or c.is_optional_in_file)]
            if changes and missing:
                facts = {"line": number, "file": row["file_name"], "reason": Sentence(error.reason)}
                why = (
                    "line {line} of {file} cannot be read ({reason}); its correction must name {columns} too"
                )
                raise UserError(Sentence(why, **facts, columns=", ".join(missing))) from error
            if not changes:
                refusals.append(error.refusal(line))
                continue
            kept = [None] * len(contract.columns)
        named = zip(contract.columns, kept, strict=True)
        values[number] = [changes.get(column.name, value) for column, value in named]
    return values, refusals


def _values(text: str, layout: Layout, contract: Contract) -> Values:
    names = [column.name for column in contract.columns]
    if layout.format == "parquet":
        # DuckDB writes NaN and Infinity unquoted, which is not valid JSON.
        stored = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        return [str(value).lower() if isinstance(value, bool) else value for value in map(stored.get, names)]
    if layout.format != "csv":
        return read_object(text, names)
    fields = split(text, layout.delimiter)
    if len(fields) != len(layout.columns):
        raise RowRefused("FIELD_COUNT", wrong_count(len(fields), len(layout.columns)))
    found = dict(zip(layout.columns, fields, strict=True))
    unknown = found.keys() - set(names)
    if unknown:
        raise RowRefused("UNKNOWN_COLUMN", ", ".join(sorted(unknown)))
    return [found.get(name) or None for name in names]


def write_relation(
    connection: duckdb.DuckDBPyConnection, folder: Path, contract: Contract, values: Mapping[int, Values]
) -> tuple[str, list[RowRefusal]]:
    """Return the rows as a relation with raw's types, and refusals for rows whose text does not fit them."""
    rows = WorkPaths(folder).rows
    with RowWriter(rows, contract) as writer:
        for line_number in sorted(values):
            writer.append(values[line_number], line_number)
    if not is_parquet(contract):
        return scan(checks.clean(connection, rows, contract, WorkPaths(folder).clean)), []
    casts = {c.name: f"try_cast({identifier(c.name)} as {raw_type(c)})" for c in contract.columns}
    refusals: dict[int, RowRefusal] = {}
    for name, cast in casts.items():
        misfit = f"{identifier(name)} is not null and {cast} is null"
        query = f"select {LINE_NUMBER} from {scan(rows)} where {misfit}"
        for (line_number,) in connection.execute(query).fetchall():
            detail = Sentence(
                "{column} must be {wanted}", column=name, wanted=raw_type(contract.column(name))
            )
            refusals.setdefault(line_number, RowRefusal(line_number, "WRONG_TYPE", detail, name))
    columns = ", ".join(f"{cast} as {identifier(name)}" for name, cast in casts.items())
    return f"(select {columns}, {LINE_NUMBER} from {scan(rows)})", list(refusals.values())


def find_refusals(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    accepted: Iterable[Path],
    contract: Contract,
    as_of: datetime,
    known: Iterable[RowRefusal],
) -> list[RowRefusal]:
    """Return `known` and one refusal for each other row that does not pass.

    `accepted`: raw files of the same file. A row with one of their keys is refused: it cannot replace them.
    """
    refusals = {refusal.line_number: refusal for refusal in known}
    for refusal in checks.find_refusals(connection, relation, contract, as_of, limit=1 << 62):
        refusals.setdefault(refusal.line_number, refusal)
    beside = [f"select * from {relation}"]
    for path in accepted:
        numbered = scan(path, with_row_number=True)
        names = _column_names(connection, path) - {LINE_NUMBER}
        columns = ", ".join(identifier(column.name) for column in contract.columns if column.name in names)
        beside.append(f"select {columns}, -1 - file_row_number as {LINE_NUMBER} from {numbered}")
    together = f"({' union all by name '.join(beside)})"
    for refusal in checks.find_repeated_keys(connection, together, contract, list(refusals)):
        if refusal.line_number > 0:
            refusals.setdefault(refusal.line_number, refusal)
    return list(refusals.values())


def is_parquet(contract: Contract) -> bool:
    """Whether a table's raw files keep the types of Parquet instead of text."""
    return contract.file is not None and contract.file.format == "parquet"


def _column_names(connection: duckdb.DuckDBPyConnection, path: Path) -> set[str]:
    described = connection.execute(f"describe select * from {scan(path)}").fetchall()
    return {name for name, *_ in described}
