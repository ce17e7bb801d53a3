"""Parsed rows → what is accepted, what is refused row by row, or the refusal of the file.

The contract decides; here stands only in which order it is asked and that every record is counted once.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.engine import scan
from shopkeeper.landing.jobs import Parsed
from shopkeeper.landing.judging import checks
from shopkeeper.landing.refusals import Fault, FileRefused, Layout, Record, write_quarantine
from shopkeeper.paths import WorkPaths


@dataclass(frozen=True)
class Table:
    """The rows of one file before they are judged: a relation with ``_line_number``, and how it came about.

    ``exact`` is the file that holds these rows as raw would, if there is one; ``faults`` are records that are
    no rows by their form; ``fetch`` gives records as they came.
    """

    relation: str
    columns: tuple[str, ...]
    exact: Path | None
    record_count: int
    faults: list[Fault]
    layout: Layout
    fetch: Callable[[set[int]], dict[int, Record]]
    warnings: tuple[str, ...] = ()


def find_all_faults(
    connection: duckdb.DuckDBPyConnection, table: Table, contract: Contract, as_of: datetime
) -> list[Fault]:
    """Return one fault for each refused row; ``FileRefused`` where the contract does not bear so many."""
    if contract.file is None:
        raise ValueError(f"{contract.name} is not read from files")
    faults = list(table.faults)
    limit = int(contract.file.maximum_refused_rate * table.record_count) + 1
    faults += checks.find_faults(connection, table.relation, contract, as_of, limit)
    _refuse_if_too_many(faults, table.record_count, contract.file)
    refused = {fault.line_number for fault in faults}
    faults += checks.find_repeated_keys(connection, table.relation, contract, refused)
    _refuse_if_too_many(faults, table.record_count, contract.file)
    return faults


def settle(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    contract: Contract,
    as_of: datetime,
    batch: tuple[str, str],
    folder: Path,
) -> Parsed:
    """Judge the rows of the file ``batch`` (id and name), and write what is accepted and what is refused."""
    warnings = table.warnings if table.record_count else (*table.warnings, "the file holds no rows")
    if contract.file and table.record_count < contract.file.minimum_rows:
        detail = f"{table.record_count} rows; the contract asks for {contract.file.minimum_rows}"
        raise FileRefused("TOO_FEW_ROWS", detail)
    faults = find_all_faults(connection, table, contract, as_of)
    refused = {fault.line_number for fault in faults}
    quarantine = None
    if faults:
        records = table.fetch(refused)
        quarantine = WorkPaths(folder).quarantine
        pairs = [(fault, records[fault.line_number]) for fault in faults]
        write_quarantine(quarantine, contract, *batch, table.layout, pairs)
    accepted = table.exact
    if accepted is None or refused - {fault.line_number for fault in table.faults}:
        accepted = WorkPaths(folder).accepted
        checks.write_accepted(connection, table.relation, table.columns, refused, accepted)
    accepted_count = pq.read_metadata(accepted).num_rows
    if len(refused) != len(faults) or table.record_count != accepted_count + len(refused):
        raise AssertionError(f"{table.record_count} records, {accepted_count} accepted, {len(faults)} faults")
    first, last = checks.business_dates(connection, scan(accepted), contract)
    return Parsed(
        accepted=accepted,
        quarantine=quarantine,
        record_count=table.record_count,
        accepted_count=accepted_count,
        quarantined_count=len(faults),
        reasons=dict(Counter(fault.reason for fault in faults).most_common()),
        business_date_min=first.isoformat() if first else None,
        business_date_max=last.isoformat() if last else None,
        warnings=warnings,
    )


def _refuse_if_too_many(faults: list[Fault], record_count: int, file_format: FileFormat) -> None:
    """Refuse the file where too many rows would be missing; copies (``info``) are not missing."""
    missing = [fault for fault in faults if fault.severity != "info"]
    if len(missing) <= file_format.maximum_refused_rate * record_count:
        return
    (reason, column), count = Counter((fault.reason, fault.column) for fault in missing).most_common(1)[0]
    first = min(fault.line_number for fault in missing if fault.reason == reason)
    if reason == "BAD_ENCODING":
        detail = f"{count} lines are not {file_format.encoding}, the first is line {first}"
        raise FileRefused("WRONG_ENCODING", f"{detail}; the contract declares {file_format.encoding}")
    where = f" in {column}" if column else ""
    raise FileRefused(
        "TOO_MANY_REFUSED",
        f"at least {len(missing)} of {record_count} rows are refused, most often {reason}{where} ({count}, "
        f"first on line {first}); the contract bears {file_format.maximum_refused_rate:.1%}",
    )
