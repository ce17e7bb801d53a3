"""What the truth says about each dropped record and what landing made of it, as tables that meet by file and line.

Belongs here: reading one world into tables. What a kind of dirt is found by belongs to `dirt_found`.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from shopkeeper.contracts import Catalog
from shopkeeper.landing import read_receipts, read_refusal, refusal_ids
from shopkeeper.paths import Home


@dataclass(frozen=True)
class World:
    """One lived world: its home after a refresh, and the files as they were dropped."""

    home: Home
    truth: Path
    files: Path


def read_world(sql: duckdb.DuckDBPyConnection, contracts: Catalog, name: str, world: World) -> None:
    """Make `<name>_records`, `_batches`, `_landed`, `_refused` and `_written` of one world."""
    sql.execute(
        f'create table {name}_records as select place, record_number, "table" as planted_table, row_id, '
        "coalesce(dirt, []) as kinds, regexp_extract(place, '^(.*?)_[0-9]', 1) as feed "
        f"from read_parquet('{world.truth / 'records' / '*.parquet'}')"
    )
    batches = [
        (receipt.batch_id, receipt.system, receipt.table, f"{receipt.system}/{file}", receipt.file_name)
        for receipt in read_receipts(world.home)
        for file in receipt.names
    ]
    sql.execute(
        f"create table {name}_batches (batch_id text, system text, table_name text, place text, "
        "file_name text, first_line int)"
    )
    if batches:
        formats = {(each.system, each.table): each.file for each in contracts.sources if each.file}
        # A header is before the first record.
        lines = [(*batch, 2 if formats[batch[1:3]].format == "csv" else 1) for batch in batches]
        sql.executemany(f"insert into {name}_batches values (?, ?, ?, ?, ?, ?)", lines)
    _read_raw(sql, contracts, name, world.home)
    _read_refused(sql, name, world.home)
    sql.register("lines", _written(world.files))
    sql.execute(f"create table {name}_written as select * from lines")
    sql.unregister("lines")


def _read_raw(sql: duckdb.DuckDBPyConnection, contracts: Catalog, name: str, home: Home) -> None:
    sql.execute(
        f"create table {name}_rows (batch_id text, line bigint, content ubigint, reasons text[], "
        "is_redacted boolean)"
    )
    for folder in sorted({path.parent for path in home.raw.glob("*/*/*.parquet")}):
        contract = contracts.contract(folder.parent.name, folder.name)
        kinds = {column.name: column.identifier_kind for column in contract.direct_identifiers}
        names = [
            found[0]
            for found in sql.execute(
                f"describe select * from read_parquet('{folder / '*.parquet'}', union_by_name = true)"
            ).fetchall()
        ]
        line, where = "_line_number", ""
        if line not in names:
            # The place in a file of Parquet is that of the record where no row before it was refused.
            refused = [
                path.stem for path in (home.quarantined_rows / folder.parent.name / folder.name).glob("*")
            ]
            line, where = (
                "file_row_number + 1",
                f" where not list_contains({refused}::text[], parse_filename(filename, true))",
            )
        reasons = ", ".join(
            f"'{kinds[column]} ' || \"{column}__reason\"" for column in kinds if f"{column}__reason" in names
        )
        tokens = " or ".join(f'"{c}" is not null' for c in names if c.endswith("__token")) or "false"
        values = ", ".join(f'"{column}"' for column in names if column != "_line_number")
        sql.execute(
            f"insert into {name}_rows select parse_filename(filename, true), {line}, "
            f"hash(row({values})), list_filter([{reasons}]::text[], reason -> reason is not null), {tokens} "
            f"from read_parquet('{folder / '*.parquet'}', union_by_name = true, filename = true, "
            f"file_row_number = true){where}"
        )
    sql.execute(
        f"create table {name}_landed as select place, (line - first_line + 1)::int as record_number, "
        f"rows.* from {name}_rows as rows join {name}_batches using (batch_id)"
    )


def _read_refused(sql: duckdb.DuckDBPyConnection, name: str, home: Home) -> None:
    sql.execute(f"create table {name}_refused (place text, record_number int, reason text, is_whole boolean)")
    if any(home.quarantined_rows.glob("*/*/*.parquet")):
        sql.execute(
            f"insert into {name}_refused select distinct place, line_number - first_line + 1, reason, false "
            f"from read_parquet('{home.quarantined_rows / '*/*/*.parquet'}') "
            f"join {name}_batches using (batch_id)"
        )
    for key in refusal_ids(home):
        refusal = read_refusal(home, key)
        place = f"{refusal['system']}/{refusal['file_name']}"
        sql.execute(
            f"insert into {name}_refused select place, record_number, $reason, true "
            f"from {name}_records where place = $place",
            {"reason": refusal["reason"], "place": place},
        )


def _written(files: Path) -> pa.Table:
    """Return `place`, `record_number` and `text` (bytes) of each record of the text files in a folder."""
    places, numbers, lines = [], [], []
    for path in sorted(files.rglob("*_*.*")):
        if not path.is_file() or path.suffix == ".parquet":
            continue
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        records = content.split(b"\n")[".csv" in path.name :]
        places += [str(path.relative_to(files))] * len(records)
        numbers += range(1, len(records) + 1)
        lines += records
    return pa.table(
        {
            "place": pa.array(places, pa.string()),
            "record_number": pa.array(numbers, pa.int32()),
            "text": pa.array(lines, pa.binary()),
        }
    )
