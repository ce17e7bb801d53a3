"""Reading a model's SQL, by sqlglot in DuckDB's own dialect, as relations.

What is not understood well enough to follow single rows through it is refused, never followed wrongly.
"""

from collections.abc import Callable, Iterator, Mapping

import sqlglot
from sqlglot import exp

from shopkeeper.warehouse.trace.expressions import aliases, column_of, conjuncts
from shopkeeper.warehouse.trace.relations import (
    CHANGED_SET,
    Relation,
    Select,
    Source,
    Union,
    Unreadable,
    below,
    named,
)

Find = Callable[[str], Relation]
"""Gives the relation of a table's name or a file, `schema.table` or `file:<path>`."""


def read(sql: str, find: Find) -> Relation:
    """Return the relation that a SELECT means; raise `Unreadable` if it cannot be followed."""
    return relation_of(parse(sql), find)


def parse(sql: str) -> exp.Expr:
    """Return the tree of a model's SQL."""
    try:
        return sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise Unreadable("its SQL cannot be parsed") from error


def relation_of(tree: exp.Expr, find: Find) -> Relation:
    """Return the relation that a parsed SELECT means, like `read`."""
    return _relation(tree, {}, find)


def _relation(tree: exp.Expr, known: Mapping[str, Relation], find: Find) -> Relation:
    known = dict(known)
    with_ = tree.args.get("with_")
    if with_ is not None:
        if with_.args.get("recursive"):
            raise Unreadable("a recursive query")
        for each in with_.expressions:
            known[each.alias] = _relation(each.this, known, find)
        tree.set("with_", None)
    if not isinstance(tree, exp.Select) and tree.args.get("limit"):
        raise Unreadable("a limit on several selects")
    if isinstance(tree, exp.Subquery | exp.Paren):
        return _relation(tree.this, known, find)
    if isinstance(tree, exp.Union):
        left, right = (_relation(side, known, find) for side in (tree.this, tree.expression))
        return Union((left, right), left.columns, bool(tree.args.get("distinct")))
    if isinstance(tree, exp.Select):
        return _without_copies(_Reading(tree, known, find).select())
    raise Unreadable(f"a {type(tree).__name__.lower()}")


def _without_copies(select: Select) -> Relation:
    """Return what a SELECT reads where it only hands that on, as the last line of a model does."""
    clauses = ("distinct", "joins", "where", "group", "having", "qualify", "limit")
    if any(select.tree.args.get(clause) for clause in clauses) or len(select.sources) > 1:
        return select
    ((alias, source),) = select.sources.items()
    handed_on = {name: column_of(alias, name) for name in source.relation.columns}
    return source.relation if select.outputs == handed_on else select


class _Reading:
    """The reading of one SELECT."""

    def __init__(self, tree: exp.Select, known: Mapping[str, Relation], find: Find) -> None:
        self.tree, self.known, self.find = tree, known, find
        self.sources: dict[str, Source] = {}
        self.merged: dict[str, str] = {}
        self.subqueries: dict[str, Relation] = {}
        self.equalities: list[tuple[exp.Expr, exp.Expr, str | None]] = []

    def select(self) -> Select:
        start = self.tree.args.get("from_")
        if start is None:
            raise Unreadable("a SELECT without FROM")
        if self.tree.args.get("distinct") and self.tree.args["distinct"].args.get("on"):
            raise Unreadable("distinct on")
        start.set("this", self._source(start.this, "from"))
        for join in self.tree.args.get("joins") or []:
            self._join(join)
        self._take_subqueries()
        self._drop_changed_sets()
        for part in self._clauses():
            self._qualify(part)
        outputs = self._outputs()
        is_grouped = bool(self.tree.args.get("group")) or any(
            not isinstance(found.parent, exp.Window) and found.find_ancestor(exp.Window) is None
            for expression in outputs.values()
            for found in expression.find_all(exp.AggFunc)
        )
        groups = self._groups(outputs)
        self._find_equalities()
        return Select(self.tree, self.sources, outputs, groups, is_grouped, self.subqueries, self.equalities)

    def _source(self, place: exp.Expr, kind: str) -> exp.Table:
        alias = place.alias_or_name
        if isinstance(place, exp.Subquery):
            relation = _relation(place.this, self.known, self.find)
        elif isinstance(place, exp.Table) and isinstance(place.this, exp.ReadParquet):
            relation = self.find(f"file:{place.this.expressions[0].name}")
            alias = place.alias or relation.table  # type: ignore[union-attr]
        elif isinstance(place, exp.Table) and isinstance(place.this, exp.Identifier):
            is_named = not place.db and place.name in self.known
            relation = self.known[place.name] if is_named else self.find(f"{place.db}.{place.name}")
        else:
            raise Unreadable(f"reading from {place.sql('duckdb')[:40]}")
        if not alias or alias in self.sources:
            raise Unreadable("a source without a name of its own")
        self.sources[alias] = Source(alias, relation, kind)
        return named(alias)

    def _join(self, join: exp.Join) -> None:
        if join.args.get("method") or isinstance(join.this, exp.Lateral | exp.Unnest):
            raise Unreadable("a lateral or natural join")
        kind = (join.kind if join.kind in ("SEMI", "ANTI") else join.side or "inner").lower()
        before = list(self.sources)
        join.set("this", self._source(join.this, kind))
        alias = next(reversed(self.sources))
        for column in join.args.get("using") or []:
            owner = next(
                (each for each in before if column.name in self.sources[each].relation.columns), None
            )
            if owner is None:
                raise Unreadable("a column that joins nothing")
            self.merged[column.name] = owner
            self.equalities.append((column_of(owner, column.name), column_of(alias, column.name), alias))

    def _clauses(self) -> Iterator[exp.Expr]:
        yield from self.tree.expressions
        for join in self.tree.args.get("joins") or []:
            if join.args.get("on"):
                yield join.args["on"]
        for clause in ("where", "group", "having", "qualify", "order"):
            if self.tree.args.get(clause):
                yield self.tree.args[clause]

    def _take_subqueries(self) -> None:
        """Put a number in place of every subquery, and read it for itself."""
        for clause in self._clauses():
            for found in list(clause.find_all(exp.Select)):
                if found.find_ancestor(exp.Select) is not self.tree:
                    continue
                number = f"subquery {len(self.subqueries)}"
                self.subqueries[number] = _relation(found.copy(), self.known, self.find)
                stub = exp.Select(expressions=[exp.Star()])
                stub.set("from_", exp.From(this=named(number)))
                found.replace(stub)

    def _drop_changed_sets(self) -> None:
        """Leave out conditions that ask whether this refresh looks at a key."""
        where = self.tree.args.get("where")
        if where is None:
            return
        asked = {
            number
            for number, relation in self.subqueries.items()
            if any(each is CHANGED_SET for each in below(relation))
        }
        kept = [
            each
            for each in conjuncts(where.this)
            if not (isinstance(each, exp.In) and {table.alias for table in each.find_all(exp.Table)} & asked)
        ]
        for number in asked:
            del self.subqueries[number]
        self.tree.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)

    def _qualify(self, part: exp.Expr) -> None:
        for column in list(part.find_all(exp.Column)):
            if isinstance(column.this, exp.Star) or column.find_ancestor(exp.Table):
                continue
            column.this.set("quoted", True)
            if column.table:
                column.args["table"].set("quoted", True)
                continue
            owner = self.merged.get(column.name) or next(
                (alias for alias, source in self._visible() if column.name in source.relation.columns), None
            )
            if owner is not None:
                column.set("table", exp.to_identifier(owner, quoted=True))

    def _visible(self) -> list[tuple[str, Source]]:
        return [(a, source) for a, source in self.sources.items() if source.kind not in ("semi", "anti")]

    def _outputs(self) -> dict[str, exp.Expr]:
        outputs: dict[str, exp.Expr] = {}
        for each in self.tree.expressions:
            star = each if isinstance(each, exp.Star) else each.this
            if isinstance(star, exp.Star) and isinstance(each, exp.Star | exp.Column):
                if any(star.args.get(word) for word in ("replace", "rename")):
                    raise Unreadable("a star that replaces or renames")
                left_out = {column.name for column in star.args.get("except_") or []}
                outputs.update(self._starred(each.table if isinstance(each, exp.Column) else "", left_out))
                continue
            if not each.alias_or_name:
                raise Unreadable("a column without a name")
            outputs[each.alias_or_name] = each.unalias()
        return outputs

    def _starred(self, only: str, left_out: set[str]) -> Iterator[tuple[str, exp.Expr]]:
        for alias, source in self._visible():
            if only in ("", alias):
                for name in source.relation.columns:
                    is_merged = not only and self.merged.get(name, alias) != alias
                    if name not in left_out and not is_merged:
                        yield name, column_of(alias, name)

    def _groups(self, outputs: dict[str, exp.Expr]) -> list[exp.Expr]:
        group = self.tree.args.get("group")
        if group is None:
            return []
        if group.args.get("all"):
            return [each for each in outputs.values() if not each.find(exp.AggFunc)]
        if any(group.args.get(kind) for kind in ("grouping_sets", "cube", "rollup")):
            raise Unreadable("grouping sets")
        found, values = [], list(outputs.values())
        for each in group.expressions:
            if isinstance(each, exp.Literal) and not each.is_string:
                found.append(values[int(each.name) - 1])
            elif isinstance(each, exp.Column) and not each.table and each.name in outputs:
                found.append(outputs[each.name])
            else:
                found.append(each)
        return found

    def _find_equalities(self) -> None:
        for join in self.tree.args.get("joins") or []:
            self._equal_in(join.args.get("on"), join.this.alias)
        where = self.tree.args.get("where")
        self._equal_in(where.this if where else None, None)

    def _equal_in(self, condition: exp.Expr | None, alias: str | None) -> None:
        for each in conjuncts(condition):
            if isinstance(each, exp.EQ) and aliases(each.left) and aliases(each.right):
                self.equalities.append((each.left, each.right, alias))
