"""The lines of files that input rows were landed from, and what else was stated about their keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from shopkeeper.contracts import catalog
from shopkeeper.engine import identifier, table_identifier
from shopkeeper.warehouse.landed_batches import Batch
from shopkeeper.warehouse.trace.models import INPUT
from shopkeeper.warehouse.trace.shown import fit_to_show, may_be_shown
from shopkeeper.warehouse.trace.walking import Reached, Walk

NO_CONTENT = ("batch_id", "source_line_number", "stated_at")
COUNTS, REPEATS, OTHER = "counts", "says the same", "does not count"


@dataclass(frozen=True)
class Lines:
    """Lines behind the rows of one input table.

    Each row: `file_name`, `line`, `batch_id`, `landed_at`, `standing`, the entity's key and
    amounts. Beside the lines that were traced stand the other statements about their keys: what restates
    them, or is restated by them.
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


def lines_of(walk: Walk, landed: Sequence[Batch], reached: Reached, limit: int | None = None) -> Lines:
    """Return the lines of rows of an input table, at most `limit`.

    The largest amounts that passed on come first, and of each key the line that counts.
    """
    table = reached.table
    columns = walk.columns(table)
    key = _key(table)
    amounts = tuple(name for name in columns if name.endswith("_amount") and may_be_shown(name))
    content = [identifier(name) for name in columns if name not in NO_CONTENT]
    sql = f"""
        with stated as (
            select statements.*, statements.rowid, found.is_traced, hash(row({", ".join(content)})) as said
            from {table_identifier(table)} as statements
            join {_with_restatements(walk, reached, key)} as found on statements.rowid = found.row
        )
        select coalesce(batches.file_name, '') as file_name, source_line_number as line, stated.batch_id,
            case when is_traced then '{COUNTS}'
                when said in (select said from stated where is_traced) then '{REPEATS}'
                else '{OTHER}' end as standing{"".join(f", {identifier(name)}" for name in (*key, *amounts))}
        from stated left join meta.batches as batches using (batch_id)
        order by {_largest_first(reached, key, amounts)} {"".join(f"{identifier(name)}, " for name in key)}
            is_traced desc, batches.landed_sequence, line
        {f"limit {limit}" if limit else ""}
    """
    landed_at = {batch.batch_id: batch.landed_at for batch in landed}
    found: pa.Table = walk.connection.execute(sql).to_arrow_table()
    rows = [
        fit_to_show(row, ("file_name", "line", "standing")) | {"landed_at": landed_at.get(row["batch_id"])}
        for row in found.to_pylist()
    ]
    return Lines(table, reached.row_count, key, amounts, rows)


def _largest_first(reached: Reached, key: tuple[str, ...], amounts: tuple[str, ...]) -> str:
    passed = [f"coalesce(abs({identifier(name)}), 0)" for name in amounts if name in reached.columns]
    if not passed:
        return ""
    apart = f"partition by {', '.join(map(identifier, key))}" if key else "partition by stated.rowid"
    return f"max(greatest({', '.join(passed)})) over ({apart}) desc,"


def _with_restatements(walk: Walk, reached: Reached, key: tuple[str, ...]) -> str:
    """Return a table of the rows that were reached, and of all others with their keys."""
    traced = f"select row, true as is_traced from {reached.rows}"
    if not key:
        return walk.keep(traced)
    place, names = table_identifier(reached.table), ", ".join(map(identifier, key))
    equal = " and ".join(f"stated.{identifier(name)} = other.{identifier(name)}" for name in key)
    keys = walk.keep(f"select distinct {names} from {place} where rowid in (select row from {reached.rows})")
    return walk.keep(
        f"{traced} union all select other.rowid, false from {place} as other "
        f"where exists (select 1 from {keys} as stated where {equal}) "
        f"and other.rowid not in (select row from {reached.rows})"
    )


def files_of(known: Sequence[Batch], batch_ids: Iterable[str]) -> list[File]:
    """Return the batches of these ids, in order of landing, with the batches of the same file name."""
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


def _key(table: str) -> tuple[str, ...]:
    contracts = (each for each in catalog().input if f"{INPUT}{each.table}" == table)
    return next((contract.key for contract in contracts), ())
