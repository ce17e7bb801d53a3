"""Parses one file: reads it into a table, then accepts or refuses its rows, or refuses the whole file.

Runs in a process of its own, knows nothing of the home, and writes only below its job's folder.
"""

from functools import partial
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from shopkeeper import engine
from shopkeeper.contracts import Contract, FileFormat
from shopkeeper.engine import scan
from shopkeeper.landing.checking import checks
from shopkeeper.landing.checking.acceptance import Table, check_table
from shopkeeper.landing.jobs import FileRefusal, Job, Outcome
from shopkeeper.landing.reading import csv_files, parquet_files
from shopkeeper.landing.reading.json_lines import read_json_lines
from shopkeeper.landing.reading.records import Tally, fetch_records
from shopkeeper.landing.reading.rows import LINE_NUMBER, text_schema
from shopkeeper.landing.reading.text_kinds import refuse_other_ends
from shopkeeper.landing.reading.unpacking import Text, unpack
from shopkeeper.landing.refusals import FileRefused, Layout
from shopkeeper.paths import WorkPaths


def parse(job: Job) -> Outcome:
    """Parse one file. Returns what is wrong with the file as its outcome; raises what is wrong with the
    machine.
    """
    file_format = job.contract.file
    if file_format is None:
        raise ValueError(f"{job.contract.name} is not read from files")
    read = _read_parquet if file_format.format == "parquet" else _read_text
    try:
        _require_distinct_names(job.contract)
        if not job.source.stat().st_size and (file_format.minimum_rows or read is _read_parquet):
            raise FileRefused("EMPTY_FILE", "the file has no content")
        with connect(job.folder, job.memory_mb) as connection:
            table = read(job, file_format, connection)
            batch = (job.batch_id, job.file_name)
            return check_table(connection, table, job.contract, job.landed_at, batch, job.folder)
    except FileRefused as refused:
        return FileRefusal(refused.reason, refused.detail)


def _require_distinct_names(contract: Contract) -> None:
    """Refuse column names that differ only in case, since SQL would mix them up."""
    meant: dict[str, str] = {LINE_NUMBER: LINE_NUMBER}
    for column in contract.columns:
        other = meant.setdefault(column.name.lower(), column.name)
        if other is not column.name:
            detail = f"the contract's {other} and {column.name} are one name in SQL; rename a column of it"
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
    if has_markers or not tally.is_clean:
        rows = checks.clean(connection, rows, job.contract, WorkPaths(job.folder).clean)
    is_ended = _ends_with_newline(text.path)
    return Table(
        relation=scan(rows),
        columns=tuple(text_schema(job.contract).names),
        exact=rows,
        record_count=tally.record_count,
        refusals=tally.refusals,
        layout=Layout(names, file_format.format, text.encoding, file_format.delimiter),
        fetch=partial(fetch_records, text.path, tally.spans),
        warnings=()
        if is_ended
        else ("the last line has no line ending; it may be cut within its last field",),
    )


def _parse_text(
    connection: duckdb.DuckDBPyConnection, text: Text, job: Job, file_format: FileFormat, rows: Path
) -> tuple[tuple[str, ...], Tally]:
    if file_format.format == "jsonl" or not text.path.stat().st_size:
        return (), read_json_lines(text, job.contract, rows)
    names = csv_files.read_header(text, job.contract, file_format)
    layout = text, names, job.contract, file_format.delimiter
    tally = csv_files.read_plain(connection, *layout, job.folder, rows)
    if tally is None:
        tally = csv_files.read_carefully(*layout, rows)
    return names, tally


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
