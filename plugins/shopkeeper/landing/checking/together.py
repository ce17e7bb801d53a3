"""Checks many small files of one contract with the queries of one.

Accepts those in which nothing is wrong; every other file is left to be checked alone.
"""

from collections.abc import Mapping
from datetime import datetime

import duckdb

from shopkeeper.contracts import Contract
from shopkeeper.engine import file_literal
from shopkeeper.landing.checking import checks, row_days
from shopkeeper.landing.checking.acceptance import Table
from shopkeeper.landing.jobs import AcceptedFile
from shopkeeper.landing.reading.rows import LINE_NUMBER

_ROWS = "small_files"
_NUMBERED = 32
"""A row's line number has this many bits; the bits above are its file's number."""

_OF_DUCKDB = {"file_index", "file_row_number"}


def accept_sound(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[int, Table], contract: Contract, as_of: datetime
) -> dict[int, AcceptedFile]:
    """Return the outcome of each file that needs no look of its own, by its number."""
    least = contract.file.minimum_rows if contract.file else 0
    whole = {
        number: table
        for number, table in tables.items()
        if table.record_count and table.record_count >= least and not table.refusals
    }
    if not whole or _OF_DUCKDB & {column.name for column in contract.columns}:
        return {}
    order = list(whole)
    _gather(connection, list(whole.values()), contract)
    row_count = sum(table.record_count for table in whole.values())
    faults = checks.find_refusals(connection, _ROWS, contract, as_of, row_count)
    file = f"{LINE_NUMBER} >> {_NUMBERED}"
    doubtful = {fault.line_number >> _NUMBERED for fault in faults}
    if not all(table.is_clean for table in whole.values()):
        query = f"select distinct {file} from {_ROWS} where {checks.changes_sql(contract)}"
        doubtful |= {number for (number,) in connection.execute(query).fetchall()}
    if contract.key:
        query = f"select {file} from {_ROWS} group by {file}, {checks.key_sql(contract)} having count(*) > 1"
        doubtful |= {number for (number,) in connection.execute(query).fetchall()}
    query = f"select {file}, count(*), {row_days.days_sql(contract)} from {_ROWS} group by 1"
    return {
        order[place]: _accepted(whole[order[place]], row_days.as_days(days[:2]), row_days.as_days(days[2:]))
        for place, count, *days in connection.execute(query).fetchall()
        if place not in doubtful and count == whole[order[place]].record_count
    }


def _gather(connection: duckdb.DuckDBPyConnection, tables: list[Table], contract: Contract) -> None:
    """Read all rows into one table, each with a line number that tells its file too."""
    files = ", ".join(file_literal(table.exact) for table in tables)
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    line = "file_row_number + 1" if is_parquet else LINE_NUMBER
    number = f"(file_index::bigint << {_NUMBERED}) + {line} as {LINE_NUMBER}"
    columns = "*" if is_parquet else f"* exclude ({LINE_NUMBER})"
    rows = f"select {columns}, {number} from read_parquet([{files}], hive_partitioning = false)"
    connection.execute(f"create or replace temp table {_ROWS} as {rows}")


def _accepted(table: Table, business: row_days.Days, dated: row_days.Days) -> AcceptedFile:
    first, last = business or (None, None)
    return AcceptedFile(
        accepted=table.exact,
        quarantine=None,
        record_count=table.record_count,
        accepted_count=table.record_count,
        quarantined_count=0,
        reasons={},
        business_date_min=first,
        business_date_max=last,
        warnings=table.warnings,
        dated=dated,
    )
