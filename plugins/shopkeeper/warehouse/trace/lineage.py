"""Which columns of its parents each column of a model takes its values from: what the SQL says, without data.

One model at a time; following columns from table to table belongs to `dictionary`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from shopkeeper.warehouse.trace.needs import Needs
from shopkeeper.warehouse.trace.reading import parse, relation_of
from shopkeeper.warehouse.trace.relations import (
    CHANGED_SET,
    Leaf,
    Relation,
    Select,
    Union,
    Unreadable,
    below,
)

Columns = dict[str, tuple[str, ...]]
"""Columns of tables, by table."""


NOTHING = "build.nothing"


@dataclass(frozen=True)
class Origins:
    """What one column is made of.

    `values`: the columns whose values it takes. `counts`: tables whose rows it counts. `constants`: SQL of
    what is the same in every row.
    """

    values: Columns = field(default_factory=dict)
    counts: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableLineage:
    """The origins of each column.

    `conditions`: columns that only decide which rows there are, or their order. `unread`: why the SQL could
    not be followed, and then there are no columns.
    """

    columns: dict[str, Origins] = field(default_factory=dict)
    conditions: Columns = field(default_factory=dict)
    unread: str | None = None


def table_lineage(sql: str, parents: Mapping[str, tuple[str, ...]], changed: frozenset[str]) -> TableLineage:
    """Return the lineage of a model.

    `parents`: the columns of what it may read, by `schema.table`; a file of the build is
    `landed.system.table`, `scores.name` or `build.name`. `changed`: tables that only say which keys a
    refresh looks at.
    """

    def find(name: str) -> Relation:
        table = _file(name) if name.startswith("file:") else name
        if table == NOTHING:
            return Leaf(NOTHING, ())
        if table in changed:
            return CHANGED_SET
        if table not in parents:
            raise Unreadable(f"reading {table}")
        return Leaf(table, parents[table])

    try:
        root = relation_of(_with_from(parse(sql)), find)
        columns = {name: _origins(root, name) for name in root.columns}
        return TableLineage(columns, _conditions(root, columns))
    except Unreadable as error:
        return TableLineage(unread=str(error))


def _with_from(tree: exp.Expr) -> exp.Expr:
    """Let each SELECT of constants read a table without columns."""
    for select in tree.find_all(exp.Select):
        if select.args.get("from_") is None:
            select.set("from_", exp.From(this=exp.to_table(NOTHING)))
    return tree


def _file(name: str) -> str:
    folder, _, stem = (
        name.removeprefix("file:").removesuffix("/*.parquet").removesuffix(".parquet").rpartition("/")
    )
    return f"{folder.replace('/', '.') or 'build'}.{stem}"


def _origins(root: Relation, column: str) -> Origins:
    leaves = Needs(root, (column,), ()).leaves
    return Origins(
        {table: tuple(names) for table, names in leaves.items() if names},
        tuple(table for table, names in leaves.items() if not names and table != NOTHING),
        tuple(dict.fromkeys(_constants(root, column))),
    )


def _constants(relation: Relation, column: str) -> Iterator[str]:
    """Yield the SQL of what a column is without reading any other."""
    if isinstance(relation, Union):
        place = relation.columns.index(column)
        for branch in relation.branches:
            yield from _constants(branch, branch.columns[place])
    elif isinstance(relation, Select):
        expression = relation.outputs[column]
        if not expression.find(exp.Column, exp.AggFunc, exp.Window, exp.Query):
            value = expression.this if isinstance(expression, exp.Cast) else expression
            yield value.sql("duckdb")
        elif isinstance(expression, exp.Column) and expression.table in relation.sources:
            yield from _constants(relation.sources[expression.table].relation, expression.name)


def _conditions(root: Relation, columns: Mapping[str, Origins]) -> Columns:
    needs = Needs(root, root.columns, ())
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for relation in below(root):
        if isinstance(relation, Leaf) and relation.table:
            found[relation.table].update(needs.needed[id(relation)])
    for origins in columns.values():
        for table, names in origins.values.items():
            for name in names:
                found[table].pop(name, None)
    return {table: tuple(names) for table, names in found.items() if names}
