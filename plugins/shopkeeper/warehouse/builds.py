"""Begins a build: fixes everything that the next version is made from, and lays it out for dbt.

Computing belongs to dbt and the steps; showing the result to readers, to `publishing`.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.contracts import Contract, catalog
from shopkeeper.contracts.casts import raw_type
from shopkeeper.engine import connect, identifier, table_identifier
from shopkeeper.errors import UserError
from shopkeeper.files import copy, exclusive, link, write_json
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.retailers import claim, retailer
from shopkeeper.warehouse import published, tokens
from shopkeeper.warehouse.batch_list import contained, survey
from shopkeeper.warehouse.definitions import Change, Definitions, code_version, compare
from shopkeeper.warehouse.failed_builds import keep_verdicts
from shopkeeper.warehouse.landed_batches import Batch, remember_landed
from shopkeeper.warehouse.restatements import hold_shrunken
from shopkeeper.warehouse.sound_batches import require_sound

LOCK_SECONDS = 30.0
SPILL_SECONDS = 24 * 3600.0
BATCHES = pa.schema(
    [
        ("batch_id", pa.string()),
        ("system", pa.string()),
        ("table_name", pa.string()),
        ("file_name", pa.string()),
        ("row_count", pa.int64()),
        ("landed_sequence", pa.int64()),
        ("names", pa.string()),
        ("replay_of", pa.string()),
        ("status", pa.string()),
        ("delivery", pa.string()),
        ("stated_date", pa.date32()),
        ("is_contained", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Build:
    """What a build was begun with (`build.json`)."""

    build_id: str
    token: int
    base_version: str | None
    as_of_date: str
    is_full: bool
    code_version: str
    started_at: str
    definitions: dict[str, str] | None = None
    changed: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def extends(self) -> str | None:
        """The version whose tables this build copied; None in a full rebuild and before the first version."""
        return None if self.is_full else self.base_version


def begin(home: Home, full: bool = False, define: Callable[[], Definitions] | None = None) -> str | None:
    """Lay out a new build and return its id; None if the published version is already up to date.

    Fences any build begun earlier. `full` rebuilds from all raw batches; otherwise the published warehouse is
    copied, without the tables whose definition has changed. `define` returns the definitions; it is called
    only if a file that shapes versions has changed. Raises `Fenced` if another process is publishing and does
    not finish, `UserError` if no batch has a business date, or the raw file of an added batch is damaged.
    """
    claim(home)
    code = code_version()
    told = {} if full else _told(home)
    now = define() if define and (full or told.get("code_version") != code) else None
    with exclusive(home.publish_lock, LOCK_SECONDS):
        published.recover(home)
        base = published.current(home)
        told = {} if full else _told(home)
        known: dict[str, str] | None = told.get("definitions")
        change = Change() if full or base is None or now is None else compare(known, now, told["tables"])
        full = full or change.is_full or base is None
        found, before = remember_landed(home, anew=full), {} if full else contained(home)
        surveyed = survey(home, before, found)
        if hold_shrunken(home, surveyed):
            surveyed = survey(home, before, found)
        taking = [_taken(batch, change) for batch in surveyed if batch.status in ("kept", "new", "withdrawn")]
        if not change.why and all(batch.status == "kept" for batch in taking):
            return None
        as_of_date = _as_of_date([batch for batch in taking if batch.status != "withdrawn"])
        if as_of_date is None:
            raise UserError(
                f"no business date has landed of {' and '.join(retailer().complete_by) or 'any feed'}; "
                "land it, then run again"
            )
        token = tokens.take(home)
        keep_verdicts(home)
        shutil.rmtree(home.builds, ignore_errors=True)
        _sweep(home.spill)
        build = home.build(tokens.name_of(token))
        build.root.mkdir(parents=True)
    for folder in (build.scores, build.gates, build.dbt):
        folder.mkdir()
    _link_landed(home, build, taking)
    if base is not None and not full:
        copy(home.version(base).warehouse, build.warehouse)
        _drop(build, change.dropped)
    _write_batches(build, taking)
    settled = min(as_of_date, told.get("as_of_date") or as_of_date)
    days = [pa.array([date.fromisoformat(day[:10])]) for day in (as_of_date, settled)]
    pq.write_table(pa.table(days, names=["as_of_date", "settled_date"]), build.refresh)
    begun = Build(
        build_id=build.root.name,
        token=token,
        base_version=base,
        as_of_date=as_of_date,
        is_full=full,
        code_version=code,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        definitions=now.fingerprints if now is not None else known,
        changed=change.why,
        altered=tuple(sorted(change.altered)),
        dropped=tuple(sorted(change.dropped)),
    )
    write_json(build.begun, begun.__dict__)
    return begun.build_id


def _told(home: Home) -> dict[str, Any]:
    base = published.current(home)
    return published.manifest(home, base) if base is not None else {}


def _taken(batch: Batch, change: Change) -> Batch:
    """Return a batch as the build reads it: as a new one if its table is read again."""
    is_again = batch.status == "kept" and f"{batch.system}.{batch.table}" in change.retaken
    return replace(batch, status="new") if is_again else batch


def _drop(build: BuildPaths, tables: Iterable[str]) -> None:
    """Drop tables from the copied warehouse, so that dbt rebuilds them or leaves them out."""
    if tables:
        with connect(build.warehouse, may_write=True) as connection:
            for table in sorted(tables):
                connection.execute(f"drop table if exists {table_identifier(table)}")


def describe(home: Home, build_id: str) -> Build:
    """Return what a build was begun with; `Fenced` if a newer refresh has removed it."""
    file = home.build(build_id).begun
    if not file.exists():
        tokens.require_newest(home, build_id)
    return Build(**json.loads(file.read_text()))


def _as_of_date(batches: list[Batch]) -> str | None:
    """Return the last day that every feed in the retailer's `complete_by` has reached.

    Without `complete_by`, the last business date of all feeds.
    """
    last: dict[str, str] = {}
    for batch in batches:
        if batch.business_date_max is not None:
            feed = f"{batch.system}.{batch.table}"
            last[feed] = max(last.get(feed, ""), batch.business_date_max[:10])
    needed = retailer().complete_by
    if not needed:
        return max(last.values(), default=None)
    return min(last[feed] for feed in needed) if all(feed in last for feed in needed) else None


def _sweep(spill: Path) -> None:
    """Remove what killed readers left behind; no query lasts a day."""
    for folder in spill.glob("*"):
        with suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > SPILL_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _link_landed(home: Home, build: BuildPaths, taking: list[Batch]) -> None:
    for contract in catalog().sources:
        target = build.no_batch(contract.system, contract.table)
        target.parent.mkdir(parents=True)
        _write_empty(contract, target)
    new = [batch for batch in taking if batch.status == "new"]
    require_sound(home, new)
    for batch in new:
        folder = build.landed_table(batch.system, batch.table)
        folder.mkdir(parents=True, exist_ok=True)
        rows = home.batch(batch.system, batch.table, batch.batch_id).rows
        link(rows, folder / rows.name)


def _write_empty(contract: Contract, target: Path) -> None:
    """Write a file with raw's columns and no rows, so that a file pattern always matches one."""
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    types = {column.name: raw_type(column) if is_parquet else "varchar" for column in contract.raw_columns}
    columns = [f"null::{sql_type} as {identifier(name)}" for name, sql_type in types.items()]
    if not is_parquet:
        columns.append("null::bigint as _line_number")
    with connect() as connection:
        connection.sql(f"select {', '.join(columns)} limit 0").write_parquet(str(target))


def _write_batches(build: BuildPaths, taking: list[Batch]) -> None:
    delivery = {(c.system, c.table): c.file.delivery for c in catalog().sources if c.file}
    rows = [
        {
            "batch_id": batch.batch_id,
            "system": batch.system,
            "table_name": batch.table,
            "file_name": batch.file_name,
            "row_count": batch.accepted_count,
            "landed_sequence": batch.landed_sequence,
            "names": json.dumps(batch.names),
            "replay_of": batch.replay_of,
            "status": batch.status,
            "delivery": delivery[batch.system, batch.table],
            "stated_date": date.fromisoformat((batch.business_date_max or batch.landed_at)[:10]),
            "is_contained": batch.is_contained,
        }
        for batch in taking
    ]
    pq.write_table(pa.Table.from_pylist(rows, BATCHES), build.batches)
