"""Parses files: reads each into a table, then accepts or refuses its rows, or refuses the whole file.

Runs in a process of its own, knows nothing of the home, and writes only below its job's folder.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow.parquet as pq

from shopkeeper import engine
from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.engine import scan
from shopkeeper.landing.checking import checks
from shopkeeper.landing.checking.acceptance import Table, check_table
from shopkeeper.landing.checking.persons import without_persons
from shopkeeper.landing.checking.together import accept_sound
from shopkeeper.landing.jobs import AcceptedFile, FileRefusal, Job, Outcome
from shopkeeper.landing.reading import csv_files, parquet_files
from shopkeeper.landing.reading.json_lines import read_json_lines, read_plain_json_lines
from shopkeeper.landing.reading.records import Tally, fetch_records
from shopkeeper.landing.reading.rows import LINE_NUMBER, text_schema
from shopkeeper.landing.reading.text_kinds import refuse_other_ends
from shopkeeper.landing.reading.unpacking import Text, unpack
from shopkeeper.landing.refusals import FileRefused, Layout
from shopkeeper.paths import WorkPaths
from shopkeeper.sentences import Sentence

SHORT_BYTES = 16 << 10
Result = TypeVar("Result")


def parse(jobs: Sequence[Job]) -> list[Outcome]:
    """Parse files; small ones of one contract are checked together, and again alone where a fault is found.

    Returns what is wrong with a file as its outcome; raises what is wrong with the machine.
    """
    with connect(jobs[0].folder, jobs[0].memory_mb) as connection:
        tables = [_refused(partial(_read, job, connection)) for job in jobs]
        sound = dict[int, AcceptedFile]()
        for contract in {id(job.contract): job.contract for job in jobs}.values():
            small = {
                number: table
                for number, (job, table) in enumerate(zip(jobs, tables, strict=True))
                if job.contract is contract and isinstance(table, Table) and table.is_small
            }
            if len(small) > 1:
                accepted = accept_sound(connection, small, contract, jobs[0].landed_at)
                sound |= {n: _without_persons(jobs[n], file) for n, file in accepted.items()}
        outcomes: list[Outcome] = []
        for number, (job, table) in enumerate(zip(jobs, tables, strict=True)):
            if isinstance(table, FileRefusal) or number in sound:
                outcomes.append(table if isinstance(table, FileRefusal) else sound[number])
            else:
                outcomes.append(_refused(partial(_check, job, table, connection)))
        return outcomes


def _refused(attempt: Callable[[], Result]) -> Result | FileRefusal:
    """Return what is wrong with a file as a value."""
    try:
        return attempt()
    except FileRefused as refused:
        return FileRefusal(refused.reason, refused.detail)


def _read(job: Job, connection: duckdb.DuckDBPyConnection) -> Table:
    file_format = job.contract.file
    if file_format is None:
        raise ValueError(f"{job.contract.name} is not read from files")
    read = _read_parquet if file_format.format == "parquet" else _read_text
    _require_distinct_names(job.contract)
    if not job.source.stat().st_size and (file_format.minimum_rows or read is _read_parquet):
        raise FileRefused("EMPTY_FILE", Sentence("the file has no content"))
    return read(job, file_format, connection)


def _check(job: Job, table: Table, connection: duckdb.DuckDBPyConnection) -> AcceptedFile:
    if not table.is_clean:
        rows = checks.clean(connection, table.exact, job.contract, WorkPaths(job.folder).clean)
        table = replace(table, relation=scan(rows), exact=rows)
    batch = (job.batch_id, job.file_name)
    accepted = check_table(connection, table, job.contract, job.landed_at, batch, job.folder)
    return _without_persons(job, accepted)


def _without_persons(job: Job, accepted: AcceptedFile) -> AcceptedFile:
    return without_persons(accepted, job.contract, job.folder, job.token_key, job.suppression)


def _require_distinct_names(contract: Contract) -> None:
    """Refuse column names that differ only in case, since SQL would mix them up."""
    meant: dict[str, str] = {LINE_NUMBER: LINE_NUMBER}
    for column in contract.columns:
        other = meant.setdefault(column.name.lower(), column.name)
        if other is not column.name:
            detail = Sentence(
                "the contract's {one} and {other} are one name in SQL; rename a column of it",
                one=other,
                other=column.name,
            )
            raise FileRefused("AMBIGUOUS_CONTRACT", detail)


def connect(folder: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database that spills into `folder` and reads nothing from elsewhere."""
    return engine.connect(spill=WorkPaths(folder).spill, threads=1, memory_limit=f"{memory_mb // 2}MB")


def _read_text(job: Job, file_format: FileFormat, connection: duckdb.DuckDBPyConnection) -> Table:
    text = unpack(job.source, job.folder, job.file_name, file_format.encoding)
    refuse_other_ends(text.path, has_header=file_format.format == "csv")
    rows = WorkPaths(job.folder).rows
    names, tally = _parse_text(connection, text, job, file_format, rows)
    if tally.record_count != pq.read_metadata(rows).num_rows + len(tally.refusals):
        raise AssertionError(
            f"{job.file_name}: rows and refusals are not all of {tally.record_count} records"
        )
    has_markers = any(column.null_markers for column in job.contract.columns)
    is_ended = _ends_with_newline(text.path)
    return Table(
        relation=scan(rows),
        columns=tuple(text_schema(job.contract).names),
        exact=rows,
        record_count=tally.record_count,
        refusals=tally.refusals,
        layout=Layout(names, file_format.format, text.encoding, file_format.delimiter),
        fetch=partial(fetch_records, text.path, tally.spans),
        is_clean=tally.is_clean and not has_markers,
        warnings=()
        if is_ended
        else ("the last line has no line ending; it may be cut within its last field",),
    )


def _parse_text(
    connection: duckdb.DuckDBPyConnection, text: Text, job: Job, file_format: FileFormat, rows: Path
) -> tuple[tuple[str, ...], Tally]:
    if file_format.format == "jsonl" or not text.path.stat().st_size:
        plain = read_plain_json_lines(text, job.contract, rows)
        return (), plain or read_json_lines(text, job.contract, rows)
    names = csv_files.read_header(text, job.contract, file_format)
    layout = text, names, job.contract, file_format.delimiter
    # A query costs more than reading a few lines one by one.
    is_short = text.path.stat().st_size <= SHORT_BYTES
    tally = None if is_short else csv_files.read_plain(connection, *layout, job.folder, rows)
    return names, tally or csv_files.read_carefully(*layout, rows)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 1))
        return file.read() in (b"", b"\n")


def _read_parquet(job: Job, file_format: FileFormat, connection: duckdb.DuckDBPyConnection) -> Table:
    rows = WorkPaths(job.folder).rows
    record_count = parquet_files.rewrite(job.source, job.contract, rows)
    relation = parquet_files.relation_of(rows)
    columns = tuple(column.name for column in job.contract.columns)
    return Table(
        relation=relation,
        columns=columns,
        exact=rows,
        record_count=record_count,
        refusals=[],
        layout=Layout(columns, file_format.format, file_format.encoding, file_format.delimiter),
        fetch=partial(parquet_files.fetch_rows, connection, relation, job.contract),
    )
