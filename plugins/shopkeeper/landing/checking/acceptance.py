"""Turns parsed rows into accepted rows and quarantined rows, or refuses the file.

Runs the contract's checks in a fixed order and proves that every record is counted once.
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
from shopkeeper.landing.checking import checks, row_days
from shopkeeper.landing.jobs import AcceptedFile
from shopkeeper.landing.refusals import FileRefused, Layout, Record, RowRefusal, write_quarantine
from shopkeeper.paths import WorkPaths
from shopkeeper.sentences import Sentence

SMALL_ROWS = 1_000


@dataclass(frozen=True)
class Table:
    """The rows of one file before checking: a relation with `_line_number`, and where it came from.

    `exact`: the file that holds these rows exactly as raw would. `refusals`: records that are malformed.
    `fetch`: returns records as they arrived. `is_clean`: no text in it can need trimming.
    """

    relation: str
    columns: tuple[str, ...]
    exact: Path
    record_count: int
    refusals: list[RowRefusal]
    layout: Layout
    fetch: Callable[[set[int]], dict[int, Record]]
    warnings: tuple[str, ...] = ()
    is_clean: bool = True

    @property
    def is_small(self) -> bool:
        """Whether it is cheaper to check it together with others."""
        return self.record_count <= SMALL_ROWS


def find_all_refusals(
    connection: duckdb.DuckDBPyConnection, table: Table, contract: Contract, as_of: datetime
) -> list[RowRefusal]:
    """Return one refusal per refused row; raises `FileRefused` if there are more than the contract allows."""
    if contract.file is None:
        raise ValueError(f"{contract.name} is not read from files")
    refusals = list(table.refusals)
    limit = int(contract.file.maximum_refused_rate * table.record_count) + 1
    refusals += checks.find_refusals(connection, table.relation, contract, as_of, limit)
    _refuse_if_too_many(refusals, table.record_count, contract.file)
    refused = {refusal.line_number for refusal in refusals}
    refusals += checks.find_repeated_keys(connection, table.relation, contract, refused)
    _refuse_if_too_many(refusals, table.record_count, contract.file)
    return refusals


def check_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    contract: Contract,
    as_of: datetime,
    batch: tuple[str, str],
    folder: Path,
) -> AcceptedFile:
    """Check the rows of the file `batch` (id and name); write the accepted and the refused ones."""
    warnings = table.warnings if table.record_count else (*table.warnings, Sentence("the file holds no rows"))
    if contract.file and table.record_count < contract.file.minimum_rows:
        least = {"count": table.record_count, "least": contract.file.minimum_rows}
        raise FileRefused("TOO_FEW_ROWS", Sentence("{count} rows; the contract asks for {least}", **least))
    refusals = find_all_refusals(connection, table, contract, as_of)
    refused = {refusal.line_number for refusal in refusals}
    quarantine = None
    if refusals:
        records = table.fetch(refused)
        quarantine = WorkPaths(folder).quarantine
        pairs = [(refusal, records[refusal.line_number]) for refusal in refusals]
        write_quarantine(quarantine, contract, *batch, table.layout, pairs)
    accepted = table.exact
    if refused - {refusal.line_number for refusal in table.refusals}:
        accepted = WorkPaths(folder).accepted
        checks.write_accepted(connection, table.relation, table.columns, refused, accepted)
    accepted_count = pq.read_metadata(accepted).num_rows
    if len(refused) != len(refusals) or table.record_count != accepted_count + len(refused):
        counts = f"{table.record_count} records, {accepted_count} accepted, {len(refusals)} refusals"
        raise AssertionError(counts)
    first, last = row_days.business_days(connection, scan(accepted), contract) or (None, None)
    return AcceptedFile(
        accepted=accepted,
        quarantine=quarantine,
        record_count=table.record_count,
        accepted_count=accepted_count,
        quarantined_count=len(refusals),
        reasons=dict(Counter(refusal.reason for refusal in refusals).most_common()),
        business_date_min=first,
        business_date_max=last,
        warnings=warnings,
        dated=row_days.dated_days(connection, scan(accepted), contract),
    )


def _refuse_if_too_many(refusals: list[RowRefusal], record_count: int, file_format: FileFormat) -> None:
    """Refuse the file if too many rows would be missing; duplicates (`info`) are not missing."""
    missing = [refusal for refusal in refusals if refusal.severity != "info"]
    if len(missing) <= file_format.maximum_refused_rate * record_count:
        return
    (reason, column), count = Counter((each.reason, each.column) for each in missing).most_common(1)[0]
    first = min(refusal.line_number for refusal in missing if refusal.reason == reason)
    if reason == "BAD_ENCODING":
        raise FileRefused(
            "WRONG_ENCODING",
            Sentence(
                "{count} lines are not {encoding}, the first is line {line}; "
                "the contract declares {encoding}",
                **{"count": count, "encoding": file_format.encoding, "line": first},
            ),
        )
    raise FileRefused(
        "TOO_MANY_REFUSED",
        Sentence(
            "at least {some} of {all} rows are refused, most often {why} ({count}, first on line {line}); "
            "the contract bears {rate:.1%}",
            some=len(missing),
            all=record_count,
            why=Sentence("{reason} in {column}", reason=Sentence(reason), column=column)
            if column
            else Sentence(reason),
            count=count,
            line=first,
            rate=file_format.maximum_refused_rate,
        ),
    )
