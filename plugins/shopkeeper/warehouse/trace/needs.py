"""Which columns of each relation a question needs, and of which the values pass into what is asked for.

The column lineage of a model: a column that only decides whether a row counts is needed, and passes no
value on.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlglot import exp

from shopkeeper.warehouse.trace.expressions import Read
from shopkeeper.warehouse.trace.relations import (
    Leaf,
    Relation,
    Select,
    Union,
    Unreadable,
    below,
    is_looked_up,
)

Columns = dict[int, dict[str, None]]
"""Columns of each relation, by the relation's id."""


class Needs:
    """What the columns `wanted` of a relation, and those that identify its rows, need of all below it."""

    def __init__(self, root: Relation, wanted: Iterable[str], key: Iterable[str]) -> None:
        self.needed: Columns = defaultdict(dict)
        self.valued: Columns = defaultdict(dict)
        self.passing: dict[int, set[str]] = defaultdict(set)
        """Aliases from which rows of a SELECT take values, by the SELECT's id."""
        self.counted: set[int] = set()
        """Relations whose rows are counted, whatever their values."""
        self.needed[id(root)].update(dict.fromkeys((*wanted, *key)))
        self.valued[id(root)].update(dict.fromkeys(wanted))
        self.leaves: dict[str, dict[str, None]] = defaultdict(dict)
        """Columns whose values pass, by table."""
        for relation in below(root):
            if isinstance(relation, Leaf):
                if self.passes(relation):
                    self.leaves[relation.table].update(self.valued[id(relation)])
            elif isinstance(relation, Union):
                self._union(relation)
            else:
                self._select(relation)

    def passes(self, relation: Relation) -> bool:
        """Say whether rows of a relation are part of the answer."""
        return bool(self.valued[id(relation)]) or id(relation) in self.counted

    def _union(self, union: Union) -> None:
        if union.is_distinct:
            self.needed[id(union)].update(dict.fromkeys(union.columns))
        for columns in (self.needed, self.valued):
            places = [union.columns.index(name) for name in columns[id(union)]]
            for branch in union.branches:
                columns[id(branch)].update({branch.columns[place]: None for place in places})
        if id(union) in self.counted:
            self.counted.update(id(branch) for branch in union.branches)

    def _select(self, select: Select) -> None:
        if select.is_distinct:
            self.needed[id(select)].update(dict.fromkeys(select.outputs))
        asked = [*self.needed[id(select)], *self._named_outputs(select)]
        self.needed[id(select)].update(dict.fromkeys(asked))
        for name in (*self.needed[id(select)], None):
            self._mark(self.needed, select, select.columns_in(name))
        for relation in select.subqueries.values():
            self.needed[id(relation)].update(dict.fromkeys(relation.columns))
        for name in list(self.valued[id(select)]):
            self._value(select, name)
        if id(select) in self.counted:
            self._count(select)

    def _named_outputs(self, select: Select) -> set[str]:
        """Return the outputs that other clauses name instead of a source's column."""
        parts = (*self.needed[id(select)], None)
        columns = (column for part in parts for column in select.columns_in(part))
        return {column.name for column in columns if not column.table} & select.outputs.keys()

    def _value(self, select: Select, name: str) -> None:
        columns = [column for column in select.columns_in(name) if not column.only_orders]
        self._mark(self.valued, select, columns)
        self.passing[id(select)].update(column.table for column in columns if column.table)
        for column in columns:
            if not column.table and column.name in select.outputs and column.name != name:
                self._value(select, column.name)
        if not columns and select.outputs[name].find(exp.Count):
            self._count(select)

    def _count(self, select: Select) -> None:
        for alias, source in select.sources.items():
            is_counted = source.kind == "from" or not is_looked_up(select, source)
            if source.kind not in ("left", "semi", "anti") and is_counted:
                self.counted.add(id(source.relation))
                self.passing[id(select)].add(alias)

    def _mark(self, where: Columns, select: Select, columns: Iterable[Read]) -> None:
        for column in columns:
            if not column.table:
                continue
            source = select.sources.get(column.table)
            if source is None or column.name not in source.relation.columns:
                raise Unreadable(f"the column {column.table}.{column.name}"[:71])
            where[id(source.relation)][column.name] = None
