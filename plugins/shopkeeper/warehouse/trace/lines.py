"""The lines of files that rows of the input layer were landed from, and what else was stated about their keys."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from shopkeeper.contracts import catalog
from shopkeeper.engine import identifier, table_identifier
from shopkeeper.paths import Home
from shopkeeper.warehouse.batch_list import Batch, batches
from shopkeeper.warehouse.trace.models import INPUT
from shopkeeper.warehouse.trace.shown import fit_to_show, may_be_shown
from shopkeeper.warehouse.trace.walking import Reached, Walk

COUNTS, REPEATS, OTHER = "counts", "says the same", "does not count"


@dataclass(frozen=True)
class Lines:
    """Lines behind the rows of one input table.

    Each row: ``file_name``, ``line``, ``batch_id``, ``landed_at``, ``standing``, the entity's key and its
    amounts. Beside the lines that were traced stand the other statements about their keys: what restates them,
    or is restated by them.
    """

    table: str
    row_count: int
    key: tuple[str, ...]
    amounts: tuple[str, ...]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class File:
    """A batch that lines came from, and which batches have or had its file name before and after it."""

    batch_id: str
    table: str
    file_name: str
    landed_at: str
    status: str
    restates: tuple[str, ...] = ()
    restated_by: tuple[str, ...] = ()
    replay_of: str | None = None
    why_held: str | None = field(default=None)


def lines_of(walk: Walk, home: Home, reached: Reached, limit: int | None = None) -> Lines:
    """Return the lines of rows of an input table, those that count first; at most `limit`."""
    table = reached.table
    columns = walk.columns(table)
    key = _key(table)
    amounts = tuple(name for name in columns if name.endswith("_amount") and may_be_shown(name))
    content = [
        identifier(name) for name in columns if name not in ("batch_id", "source_line_number", "stated_at")
    ]
    shown = [identifier(name) for name in (*key, *amounts)]
    equal = " and ".join(f"traced.{identifier(name)} = other.{identifier(name)}" for name in key)
    others = (
        f"union all select other.*, other.rowid as row, false as is_traced from {table_identifier(table)} as other "
        f"where rowid not in (select row from {reached.rows}) "
        f"and exists (select 1 from traced where {equal})"
        if key
        else ""
    )
    sql = f"""
        with traced as (select *, rowid as row, true as is_traced from {table_identifier(table)}
            where rowid in (select row from {reached.rows})),
        stated as (select * from traced {others}),
        judged as (select *, hash(row({", ".join(content)})) as said from stated)
        select coalesce(batches.file_name, '') as file_name, source_line_number as line, judged.batch_id,
            case when is_traced then '{COUNTS}'
                when said in (select said from judged where is_traced) then '{REPEATS}'
                else '{OTHER}' end as standing{"".join(f", judged.{name}" for name in shown)}
        from judged left join meta.batches as batches using (batch_id)
        order by {"".join(f"judged.{identifier(name)}, " for name in key)} is_traced desc, batches.landed_sequence, line
        {f"limit {limit}" if limit else ""}
    """
    landed = {batch.batch_id: batch.landed_at for batch in landed_batches(home)}
    found: pa.Table = walk.connection.execute(sql).to_arrow_table()
    rows = [
        fit_to_show(row, ("file_name", "line", "standing")) | {"landed_at": landed.get(row["batch_id"])}
        for row in found.to_pylist()
    ]
    return Lines(table, reached.row_count, key, amounts, rows)


def files_of(home: Home, batch_ids: Iterable[str]) -> list[File]:
    """Return the batches of these ids, in order of landing, with the batches of the same file name."""
    known = landed_batches(home)
    wanted = set(batch_ids)
    found = []
    for batch in (each for each in known if each.batch_id in wanted):
        before: list[str] = []
        after: list[str] = []
        for other in known:
            is_same = (other.system, other.table) == (batch.system, batch.table)
            if other.batch_id != batch.batch_id and is_same and batch.file_name in other.names:
                own, its = batch.names.get(batch.file_name), other.names[batch.file_name]
                (before if own is None or its < own else after).append(other.batch_id)
        found.append(
            File(
                batch_id=batch.batch_id,
                table=f"{batch.system}.{batch.table}",
                file_name=batch.file_name,
                landed_at=batch.landed_at,
                status=batch.status,
                restates=tuple(before),
                restated_by=tuple(after),
                replay_of=batch.replay_of,
                why_held=batch.why_held,
            )
        )
    return found


def landed_batches(home: Home) -> list[Batch]:
    """Return every landed batch, seen from the published version."""
    return batches(home)


def _key(table: str) -> tuple[str, ...]:
    contracts = (each for each in catalog().input if f"{INPUT}{each.table}" == table)
    return next((contract.key for contract in contracts), ())
