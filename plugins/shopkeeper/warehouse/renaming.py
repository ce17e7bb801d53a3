"""Writes published versions and what steps learned anew, with other names for persons; for erasures.

What has changed is written beside the versions. Putting it in its place belongs to the caller.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper import engine
from shopkeeper.engine import identifier, literal, table_identifier
from shopkeeper.files import copy, exclusive, sha256_of, write_json
from shopkeeper.paths import BuildPaths, Home, LearnedPaths
from shopkeeper.warehouse import published, tokens
from shopkeeper.warehouse.builds import LOCK_SECONDS
from shopkeeper.warehouse.failed_builds import keep_verdicts
from shopkeeper.warehouse.publishing import changed_tables
from shopkeeper.warehouse.table_contents import contents

PAIRS = (
    ("identifier_type", "identifier_value"),
    ("linked_identifier_type", "linked_identifier_value"),
)
CUSTOMER = "customer_id"
STEP_SECONDS = 1800.0
_STEP = "a step of a refresh, a backup or maintenance (process {holder}) does not end; wait for it, run again"

TEXT_COLUMNS = """
    select schema_name || '.' || table_name, list(column_name order by column_index)
    from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)
    where database_name = current_database() and not duckdb_tables.internal and data_type = 'VARCHAR'
    group by all order by all
"""

TextRewriter = Callable[[Path, Path], int]
"""Writes a text file anew to another place; returns how many names it replaced, 0: it wrote nothing."""


@dataclass(frozen=True)
class Renaming:
    """New names: of identifiers by type and value, of customers, and of tokens wherever they are."""

    identifiers: Mapping[tuple[str, str], str]
    customers: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)

    def of_column(self, column: str) -> dict[str, str]:
        """Return old and new values of a column that holds values of one type, or any value."""
        numbers = {value: new for (kind, value), new in self.identifiers.items() if kind == column}
        return {**self.tokens, **numbers, **(self.customers if column == CUSTOMER else {})}


@contextmanager
def without_builds(home: Home) -> Iterator[None]:
    """Keep steps of refreshes and publishes away; a build that began before gives way, and is removed.

    Waits for the steps that are at work, which would write into a build that is removed. `Fenced` if one does
    not end.
    """
    with exclusive(home.publish_lock, LOCK_SECONDS):
        token = tokens.take(home)
    with (
        exclusive(home.refresh_lock, STEP_SECONDS, _STEP),
        exclusive(home.publish_lock, LOCK_SECONDS),
    ):
        published.recover(home)
        if tokens.newest(home) != token:
            tokens.take(home)
        keep_verdicts(home)
        shutil.rmtree(home.builds, ignore_errors=True)
        yield


def identities(home: Home, version: str) -> list[dict[str, str]]:
    """Return who is who in a version: `customer_id`, `identifier_type`, `identifier_value`."""
    file = home.version(version).score("customer_identities")
    if not file.exists():
        return []
    return pq.ParquetFile(file).read(["customer_id", *PAIRS[0]]).to_pylist()


def write_version(
    home: Home, name: str, renaming: Renaming, erasure: int, target: Path, texts: TextRewriter
) -> dict[str, int]:
    """Write the files of a version that change to `target`, the manifest among them.

    Returns the replaced values of each table and kind of files; nothing is written if nothing changes.
    `texts` is asked for each file that is no table.
    """
    source, written = home.version(name), BuildPaths(target)
    told = published.manifest(home, name)
    if changed := changed_tables(home, told):
        raise published.damaged(source.root / changed[0])
    target.mkdir(parents=True)
    counts = _write_warehouse(source.warehouse, written.warehouse, renaming)
    for file in sorted(path for path in source.root.rglob("*") if path.is_file()):
        if file in (source.warehouse, source.manifest):
            continue
        place = target / file.relative_to(source.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".parquet":
            counts[f"scores.{file.stem}"] = write_parquet(file, place, renaming)
        else:
            counts["texts"] = counts.get("texts", 0) + texts(file, place)
    counts = {table: count for table, count in counts.items() if count}
    if counts:
        _write_manifest(source, written, told, erasure)
    return counts


def write_learned(receipt: Path, target: LearnedPaths, renaming: Renaming, erasure: int) -> int:
    """Write what a step has learned and its receipt anew; return how many values changed, 0: nothing is."""
    rows = receipt.with_suffix(".parquet")
    target.rows.parent.mkdir(parents=True, exist_ok=True)
    count = write_parquet(rows, target.rows, renaming)
    if count:
        facts = json.loads(receipt.read_text())
        numbers = [*facts.get("erasures", []), erasure]
        write_json(target.receipt, {**facts, "sha256": sha256_of(target.rows), "erasures": numbers})
    return count


def write_parquet(source: Path, target: Path, renaming: Renaming) -> int:
    """Write a Parquet file anew with the new names; return how many values changed, 0: nothing is written."""
    rows = pq.ParquetFile(source).read()
    changed, count = rows, 0
    for column, by, names in renamed_columns(rows.schema.names, renaming):
        if not pa.types.is_string(rows.schema.field(column).type):
            continue
        place = pc.index_in(rows[column], value_set=pa.array(list(names), pa.string()))
        if by is not None:
            place = pc.if_else(pc.equal(rows[by[0]], by[1]), place, pa.scalar(None, pa.int32()))
        count += len(place) - place.null_count
        new = pa.chunked_array([pa.array(list(names.values()), pa.string()).take(place.combine_chunks())])
        number = changed.schema.get_field_index(column)
        changed = changed.set_column(number, rows.schema.field(column), pc.coalesce(new, changed[column]))
    if count:
        pq.write_table(changed, target)
    return count


def renamed_columns(
    columns: Sequence[str], renaming: Renaming
) -> Iterator[tuple[str, tuple[str, str] | None, dict[str, str]]]:
    """Yield each column to look at, the column and value that must be beside it, and its new names."""
    beside = {value: kind for kind, value in PAIRS if kind in columns}
    for column in columns:
        if column not in beside:
            if names := renaming.of_column(column):
                yield column, None, names
            continue
        for kind in sorted({kind for kind, _ in renaming.identifiers}):
            numbers = {value: new for (of, value), new in renaming.identifiers.items() if of == kind}
            yield column, (beside[column], kind), numbers


def _write_warehouse(source: Path, target: Path, renaming: Renaming) -> dict[str, int]:
    """Write the tables with new names into a new file, in which no block holds what was replaced."""
    scratch = target.with_suffix(".scratch")
    copy(source, scratch)
    with engine.connect(scratch, may_write=True) as connection:
        counts = {}
        for table, columns in connection.execute(TEXT_COLUMNS).fetchall():
            counts[table] = _rename(connection, table, columns, renaming)
    if any(counts.values()):
        with engine.connect(may_write=True) as connection:
            connection.execute(f"attach {literal(str(scratch))} as old (read_only)")
            connection.execute(f"attach {literal(str(target))} as new {_storage(connection)}")
            connection.execute("copy from database old to new")
            connection.execute("detach new")
    scratch.unlink()
    scratch.with_suffix(".scratch.wal").unlink(missing_ok=True)
    return counts


def _storage(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the option that keeps the storage format of the file."""
    found = connection.execute(
        "select tags['storage_version'] from duckdb_databases() where database_name = 'old'"
    ).fetchone()
    version = str(found[0]).split(" ")[0].rstrip("+") if found and found[0] else ""
    return f"(storage_version {literal(version)})" if version.startswith("v1.") else ""


def _rename(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], renaming: Renaming
) -> int:
    count = 0
    for column, by, names in renamed_columns(columns, renaming):
        beside = f" and {identifier(by[0])} = {literal(by[1])}" if by else ""
        connection.execute("create or replace temp table renamed (old varchar, new varchar)")
        connection.executemany("insert into renamed values (?, ?)", [list(pair) for pair in names.items()])
        changed = connection.execute(
            f"update {table_identifier(table)} set {identifier(column)} = renamed.new from renamed "
            f"where {identifier(column)} = renamed.old{beside}"
        ).fetchone()
        count += changed[0] if changed else 0
    return count


def _write_manifest(source: BuildPaths, written: BuildPaths, told: dict[str, Any], erasure: int) -> None:
    """Issue the hashes of a version anew: those of the files that were written, the others as they were."""
    if written.warehouse.exists():
        with engine.connect(written.warehouse) as connection:
            told["tables"] = {name: asdict(content) for name, content in contents(connection).items()}
    told["files"] = {**told.get("files", {}), **published.file_hashes(written)}
    told["erasures"] = [*told.get("erasures", []), erasure]
    published.write_manifest(written, told)
    for folder in sorted(written.root.rglob("*"), reverse=True):
        if folder.is_dir():
            with suppress(OSError):
                folder.rmdir()
