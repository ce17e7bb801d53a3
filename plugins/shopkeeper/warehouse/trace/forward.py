"""From lines of a file to the rows that were made of them, table by table, up to the marts.

What comes of a row is found by computing each table from it alone, which gives the rows that it may have gone
into; then those are computed again from all rows, and the ones that have it among their origins are listed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from shopkeeper.engine import identifier
from shopkeeper.warehouse.trace.evaluation import Evaluation
from shopkeeper.warehouse.trace.keeping import ORIGINS, Found
from shopkeeper.warehouse.trace.needs import Needs
from shopkeeper.warehouse.trace.relations import Leaf, Relation, Unreadable, below, place_of
from shopkeeper.warehouse.trace.scores import scored
from shopkeeper.warehouse.trace.walking import Reached, Walk, restriction, why_not


@dataclass(frozen=True)
class Unfollowed:
    """A table that reads rows which were reached, and why its own rows are not listed."""

    table: str
    reads: tuple[str, ...]
    why: str


def forward(walk: Walk, start: list[Reached]) -> tuple[list[Reached], list[Unfollowed]]:
    """Return the tables that hold something of some input rows, each with its rows, what is read first."""
    reached = {each.table: each for each in start}
    unfollowed: list[Unfollowed] = []
    heights = walk.models.heights
    ahead = [model.table for model in walk.models.by_name.values() if model.is_kept]
    ahead += [table for table in heights if scored(table)]
    for table in sorted(set(ahead) - reached.keys(), key=lambda each: (heights.get(each, 0), each)):
        by = scored(table)
        if by is not None:
            own = [each for each in by.own if each.table in reached]
            read_ = tuple(sorted(by.tables.keys() & reached.keys()))
            if read_:
                unfollowed.append(Unfollowed(table, read_, f"{by.step} computes it from all rows"))
            rows = [_own(walk, table, each.of_score, each.of_table, reached[each.table]) for each in own]
            _add(walk, reached, table, rows, tuple(walk.columns(table)) if rows else (), by.step)
            continue
        model = walk.models.by_table[table]
        if table.startswith(("input.", "meta.")) or not model.key:
            continue
        try:
            relation = walk.tree(table)
            read_ = tuple(
                sorted({each.table for each in below(relation) if isinstance(each, Leaf)} & reached.keys())
            )
            if not read_:
                continue
            columns = _touched(relation, model.key, reached)
            if columns:
                passed = _passed(relation, columns, model.key, reached)
                rows = [
                    _made(walk, table, model.key, relation, columns, {t: reached[t].rows for t in passed})
                ]
                _add(walk, reached, table, rows, columns, model.name)
        except (Unreadable, duckdb.ProgrammingError) as error:
            read_ = tuple(sorted(walk.read_by(table) & reached.keys()))
            if read_:
                unfollowed.append(Unfollowed(table, read_, why_not(error)))
    return [each for each in reached.values() if each.row_count], unfollowed


def _add(
    walk: Walk,
    reached: dict[str, Reached],
    table: str,
    rows: list[str],
    columns: tuple[str, ...],
    made_by: str,
) -> None:
    if not rows:
        return
    kept = walk.keep(" union ".join(f"select row from {each}" for each in rows))
    (found,) = walk.connection.execute(f"select count(*) from {kept}").fetchall()
    if found[0]:
        reached[table] = Reached(table, kept, int(found[0]), columns, (), made_by)


def _touched(relation: Relation, key: tuple[str, ...], reached: dict[str, Reached]) -> tuple[str, ...]:
    """Return the columns whose values come of columns that were reached."""
    return tuple(name for name in relation.columns if _passed(relation, [name], key, reached))


def _passed(
    relation: Relation, columns: Iterable[str], key: tuple[str, ...], reached: dict[str, Reached]
) -> set[str]:
    """Return the tables of which a reached value, or the number of rows, passes on to some columns.

    The number of rows is reached where the columns that identify a row are: a line of a receipt adds to a
    transaction's amounts, while the receipt alone decides that there is a transaction.
    """
    needs = Needs(relation, columns, key)
    leaves = [each for each in below(relation) if isinstance(each, Leaf) and each.table in reached]
    return {leaf.table for leaf in leaves if _passes(leaf, needs, set(reached[leaf.table].columns))}


def _passes(leaf: Leaf, needs: Needs, columns: set[str]) -> bool:
    is_counted = id(leaf) in needs.counted and (not leaf.key or bool(columns & set(leaf.key)))
    return is_counted or bool(needs.valued[id(leaf)].keys() & columns)


def _made(
    walk: Walk,
    table: str,
    key: tuple[str, ...],
    relation: Relation,
    columns: tuple[str, ...],
    given: dict[str, str],
) -> str:
    """Return the rows of a table that have one of the given rows among the origins of these columns."""
    needs = Needs(relation, columns, key)
    names = ", ".join(f'{identifier(name)} as "{number}"' for number, name in enumerate(key))
    with Evaluation(walk.connection, needs, given, origins_among={}) as evaluation:
        candidates = evaluation.rows(relation, is_seeded=True)
        asked = walk.keep(f"select distinct {names} from {candidates.place} as made")
    with Evaluation(walk.connection, needs, origins_among=given) as evaluation:
        found = evaluation.rows(relation, [restriction(asked, key)])
        return _hit(walk, table, key, found)


def _hit(walk: Walk, table: str, key: tuple[str, ...], found: Found) -> str:
    """Return the rows of a table that were computed anew and have an origin among the listed rows."""
    if not found.has_origins:
        return walk.keep("select 0 as row where false")
    names = ", ".join(map(identifier, key))
    hits = f"select {names} from {found.place} as made where len({ORIGINS}) > 0"
    equal = " and ".join(f"made.{identifier(name)} = found.{identifier(name)}" for name in key)
    return walk.keep(
        f"select made.rowid as row from {place_of(table)} as made where exists "
        f"(select 1 from ({hits}) as found where {equal})"
    )


def _own(walk: Walk, score: str, of_score: tuple[str, ...], of_table: tuple[str, ...], rows: Reached) -> str:
    walk.columns(score)
    equal = " and ".join(
        f"score.{identifier(mine)} = other.{identifier(its)}"
        for mine, its in zip(of_score, of_table, strict=True)
    )
    return walk.keep(
        f"select score.rowid as row from {place_of(score)} as score where exists (select 1 from "
        f"{place_of(rows.table)} as other where other.rowid in (select row from {rows.rows}) and {equal})"
    )
