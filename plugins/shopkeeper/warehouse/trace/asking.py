"""The two questions: where a row comes from, and what was made of a line."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as pq

from shopkeeper.engine import identifier
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.warehouse import published
from shopkeeper.warehouse.batch_list import batches
from shopkeeper.warehouse.connection import connect_published
from shopkeeper.warehouse.trace.forward import Unfollowed, forward
from shopkeeper.warehouse.trace.lines import File, Lines, files_of, lines_of
from shopkeeper.warehouse.trace.models import INPUT, Model, read_models
from shopkeeper.warehouse.trace.relations import place_of
from shopkeeper.warehouse.trace.shown import fit_to_show
from shopkeeper.warehouse.trace.walking import Reached, Walk

KEYS_SHOWN = 20


@dataclass(frozen=True)
class Step:
    """One table on the way: how many of its rows, the first of their keys, and what it took whole.

    `columns`: those whose values passed; `whole`: tables that it took all rows of, how many, and why.
    """

    table: str
    made_by: str
    row_count: int
    columns: tuple[str, ...]
    readers: tuple[str, ...]
    keys: list[dict[str, Any]]
    whole: dict[str, tuple[int, str]] = field(default_factory=dict)
    lost_count: int = 0


@dataclass(frozen=True)
class FromRow:
    """Where a row of a table came from, step by step, and the lines in the end."""

    version: str
    table: str
    key: dict[str, str]
    column: str | None
    value: object
    steps: list[Step]
    lines: list[Lines]
    files: list[File]


@dataclass(frozen=True)
class FromFile:
    """What was made of a file, or of one of its lines."""

    version: str
    file_name: str
    line: int | None
    files: list[File]
    steps: list[Step]
    unfollowed: list[Unfollowed]


def trace_row(
    home: Home,
    table: str,
    key: str,
    column: str | None = None,
    version: str | None = None,
    limit: int | None = None,
) -> FromRow:
    """Follow one row, or the value of one of its columns, back to lines of files.

    `key`: its value, or its values with commas between, quoted as in CSV. `limit`: how many lines of an
    input table are listed at most. Raises `UserError` where there is no such table, row or column.
    """
    name = _version(home, version)
    models = read_models(home, name)
    model = models.kept(table)
    with connect_published(home, name) as connection:
        walk = Walk(connection, models, home.version(name))
        columns = walk.columns(model.table)
        if column is not None and column not in columns:
            raise UserError(f"{model.table} has no column {column}; it has {', '.join(columns)}")
        named = _named(model, columns, key)
        rows = _rows(walk, model, named)
        value = _value(walk, model, column, rows)
        reached = walk.back(model.table, rows, [column] if column else columns)
        steps = [_step(walk, each, named) for each in reached]
        known = batches(home)
        landed = [each for each in reached if each.table.startswith(INPUT) and each.row_count]
        lines = [lines_of(walk, known, each, limit) for each in landed]
        told = {row["batch_id"] for each in lines for row in each.rows}
        files = files_of(known, told.union(*(_batches_of(walk, each) for each in landed)))
    return FromRow(name, model.table, named, column, value, steps, lines, files)


def trace_file(home: Home, file_name: str, line: int | None = None, version: str | None = None) -> FromFile:
    """Follow a file, or one of its lines, to the rows that were made of it.

    Raises `UserError` where the version contains no file of this name, or no such line of it.
    """
    name = _version(home, version)
    models = read_models(home, name)
    with connect_published(home, name) as connection:
        batch_ids = _batches(home, name, file_name)
        walk = Walk(connection, models, home.version(name))
        start = _landed(walk, batch_ids, line)
        if not start:
            where = f"line {line} of {file_name}" if line is not None else file_name
            raise UserError(
                f"no row came of {where}; `shopkeeper quarantine list --all` tells of lines that were refused"
            )
        reached, unfollowed = forward(walk, start)
        steps = [_step(walk, each, {}) for each in reached]
    return FromFile(name, file_name, line, files_of(batches(home), batch_ids), steps, unfollowed)


def _version(home: Home, version: str | None) -> str:
    name = version or published.current(home)
    if name is None:
        raise UserError(f"{home.root} has no published version yet; run `shopkeeper refresh`")
    published.require(home, name)
    return name


def _named(model: Model, columns: Sequence[str], key: str) -> dict[str, str]:
    names = model.key
    if not names:
        raise UserError(
            f"nothing says what identifies a row of {model.table}; trace a table that is made of it"
        )
    values = [key] if len(names) == 1 else next(csv.reader([key], strict=False), [])
    if len(values) != len(names):
        raise UserError(
            f"a row of {model.table} is named by {', '.join(names)}: give {len(names)} values with commas "
            f"between, quoted as in CSV, not {len(values)}"
        )
    return dict(zip(names, values, strict=True))


def _rows(walk: Walk, model: Model, named: dict[str, str]) -> str:
    equal = " and ".join(f"cast({identifier(name)} as varchar) = ?" for name in named)
    found = walk.connection.execute(
        f"select rowid from {place_of(model.table)} where {equal}", list(named.values())
    ).fetchall()
    if not found:
        told = ", ".join(f"{name} {value}" for name, value in named.items())
        raise UserError(
            f'{model.table} has no row with {told}; `shopkeeper query "from {model.table}"` shows its rows'
        )
    return walk.keep(f"select unnest([{', '.join(str(row) for (row,) in found)}]) as row")


def _value(walk: Walk, model: Model, column: str | None, rows: str) -> object:
    if column is None:
        return None
    found = walk.connection.execute(
        f"select {identifier(column)} from {place_of(model.table)} where rowid in (select row from {rows})"
    ).fetchall()
    return fit_to_show({column: found[0][0]})[column]


def _step(walk: Walk, reached: Reached, asked: dict[str, str]) -> Step:
    model = walk.models.by_table.get(reached.table)
    key = model.key if model else ()
    rows: list[dict[str, Any]] = []
    if key:
        columns = ", ".join(map(identifier, key))
        rows = (
            walk.connection.execute(
                f"select {columns} from {place_of(reached.table)} "
                f"where rowid in (select row from {reached.rows}) order by all limit {KEYS_SHOWN}"
            )
            .to_arrow_table()
            .to_pylist()
        )
    typed = [{name for name, value in asked.items() if str(row.get(name)) == value} for row in rows]
    return Step(
        table=reached.table,
        made_by=reached.made_by,
        row_count=reached.row_count,
        columns=reached.columns,
        readers=reached.readers,
        keys=[fit_to_show(row, known) for row, known in zip(rows, typed, strict=True)],
        whole={table: (walk.count(table), why) for table, why in reached.populations.items()},
        lost_count=reached.lost_count,
    )


def _batches_of(walk: Walk, reached: Reached) -> set[str]:
    found = walk.connection.execute(
        f"select distinct batch_id from {place_of(reached.table)} "
        f"where rowid in (select row from {reached.rows})"
    )
    return {batch_id for (batch_id,) in found.fetchall()}


def _batches(home: Home, version: str, file_name: str) -> list[str]:
    """Return the batches of a file name that a version contains."""
    contained = set(published.manifest(home, version)["batches"]["contained"])
    rows = pq.ParquetFile(home.version(version).batches).read().to_pylist()
    found = [
        row["batch_id"]
        for row in rows
        if row["batch_id"] in contained
        and (row["file_name"] == file_name or file_name in json.loads(row.get("names") or "{}"))
    ]
    if not found:
        landed = [batch for batch in batches(home) if file_name in batch.names]
        if landed:
            raise UserError(
                f"{version} does not contain {file_name}, which is {landed[-1].status}; "
                "`shopkeeper batches list` says why"
            )
        raise UserError(f"no file {file_name} has landed; `shopkeeper batches list` names those that have")
    return found


def _landed(walk: Walk, batch_ids: list[str], line: int | None) -> list[Reached]:
    """Return the input rows of some batches, or of one line of them."""
    found = []
    for table in sorted(table for table in walk.models.by_table if table.startswith(INPUT)):
        rows = walk.keep("select 0::bigint as row where false")
        walk.connection.execute(
            f"insert into {rows} select rowid from {place_of(table)} where list_contains(?, batch_id) "
            "and (?::bigint is null or source_line_number = ?)",
            [batch_ids, line, line],
        )
        (counted,) = walk.connection.execute(f"select count(*) from {rows}").fetchall()
        if counted[0]:
            found.append(
                Reached(
                    table, rows, int(counted[0]), walk.columns(table), (), walk.models.by_table[table].name
                )
            )
    return found
