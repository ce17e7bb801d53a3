"""From which files and lines the rows that broke a source's rule came, and which batches are concerned.

A row of groups is followed back by the columns that it shares with the source.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shopkeeper.contracts import Rule
from shopkeeper.engine import identifier
from shopkeeper.paths import BuildPaths
from shopkeeper.quality.failing_rows import failing_rows_sql
from shopkeeper.quality.tables import GatedTable, batch_list

MOST_LINES = 5
PLACES, ROW = "_places", "_row"
PLACE = ("batch_id", "source_line_number")

Query = Callable[[str], list[dict[str, Any]]]


@dataclass(frozen=True)
class FailingRows:
    """Rows that broke a rule; the files and lines of each, empty where they are not known; all batches with
    such rows, as far as the rows say it.
    """

    rows: tuple[dict[str, Any], ...] = ()
    origins: tuple[str, ...] = ()
    batch_ids: tuple[str, ...] = ()


def find_failing(rule: Rule, table: GatedTable, build: BuildPaths, query: Query) -> FailingRows:
    """Return the rows that break a rule; nothing if it is not about rows."""
    few, all_ = failing_rows_sql(rule, table), failing_rows_sql(rule, table, most=None)
    if few is None or all_ is None:
        return FailingRows()
    if table.contract.layer != "sources":
        return FailingRows(tuple(query(few)))
    files = _judged_files(table, build)
    names = [row["column_name"] for row in query(f"describe {few}")]
    if set(PLACE) <= set(names):
        rows = query(few)
        origins = tuple(f"{files.get(row['batch_id'], row['batch_id'][:12])}:{row[PLACE[1]]}" for row in rows)
        found = query(f"select distinct batch_id from ({all_}) order by batch_id")
        return FailingRows(tuple(rows), origins, tuple(row["batch_id"] for row in found))
    columns = {column.name for column in table.contract.columns}
    shared = [identifier(name) for name in names if name in columns]
    only = next(iter(files.values())) if len(files) == 1 else ""
    if not shared:
        rows = query(few)
        return FailingRows(tuple(rows), (only,) * len(rows), tuple(files) if only else ())
    same = " and ".join(f"judged.{n}::varchar is not distinct from broken.{n}::varchar" for n in shared)
    joined = f"from {identifier(table.view)} as judged join {{}} as broken on {same}"
    rows = query(
        f"with broken as materialized (select row_number() over () as {ROW}, * from ({few})), "
        f"places as (select {ROW}, batch_id, count(*) as line_count, "
        f"list(source_line_number order by source_line_number)[1:{MOST_LINES}] as lines "
        f"{joined.format('broken')} group by {ROW}, batch_id) "
        "select broken.*, (select list(struct_pack(batch_id, lines, line_count) order by batch_id) "
        f"from places where places.{ROW} = broken.{ROW}) as {PLACES} from broken order by {ROW}"
    )
    origins = tuple(_told(row.pop(PLACES) or (), files) or only for row in rows)
    for row in rows:
        row.pop(ROW)
    found = query(f"select distinct batch_id {joined.format(f'({all_})')} order by batch_id")
    return FailingRows(tuple(rows), origins, tuple(row["batch_id"] for row in found))


def _told(places: Any, files: Mapping[str, str]) -> str:
    """Return files with their lines, the first of each: `lines.csv:7, 9, …; more.csv:4`."""
    told = []
    for place in places:
        name = files.get(place["batch_id"], place["batch_id"][:12])
        more = ", …" if place["line_count"] > len(place["lines"]) else ""
        told.append(f"{name}:{', '.join(map(str, place['lines']))}{more}")
    return "; ".join(told)


def _judged_files(table: GatedTable, build: BuildPaths) -> dict[str, str]:
    """Return the file name of each batch of a source that a build adds."""
    place = (table.contract.system, table.contract.table)
    return {
        batch["batch_id"]: batch["file_name"]
        for batch in batch_list(build)
        if batch["status"] == "new" and (batch["system"], batch["table_name"]) == place
    }
