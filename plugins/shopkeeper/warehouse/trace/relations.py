"""The SQL of a model as relations that read each other, down to tables that a version keeps.

Only what the SQL says belongs here, read by sqlglot in DuckDB's own dialect; nothing is asked of the data.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from shopkeeper.engine import identifier

if TYPE_CHECKING:
    from collections.abc import Mapping


class Unreadable(Exception):
    """SQL that is not understood well enough to follow single rows through it."""


@dataclass(eq=False)
class Leaf:
    """A table at which a model ends: kept by the version, or a file of the build."""

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()


@dataclass(eq=False)
class Union:
    """Rows of several relations, one below the other."""

    branches: tuple["Relation", ...]
    columns: tuple[str, ...]
    is_distinct: bool


@dataclass(eq=False)
class Source:
    """What a `Select` reads under one alias, and how it is joined: ``kind`` is `from`, `inner`, `left`, …"""

    alias: str
    relation: "Relation"
    kind: str


@dataclass(eq=False)
class Select:
    """One SELECT: its clauses with every column qualified, tables named by alias and subqueries by number."""

    tree: exp.Select
    sources: dict[str, Source]
    outputs: dict[str, exp.Expression]
    groups: list[exp.Expression]
    is_grouped: bool
    subqueries: dict[str, "Relation"] = field(default_factory=dict)
    equalities: list[tuple[exp.Expression, exp.Expression, str | None]] = field(default_factory=list)
    """Two sides that a row must have equal, and the alias whose join asks for it (None: the WHERE does)."""

    _written: dict[str, str] = field(default_factory=dict)
    _body: str | None = None
    _read: dict[str | None, list[exp.Column]] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.outputs)

    @cached_property
    def conditions(self) -> list[exp.Expression]:
        """All that decides which rows there are, beside what a join's USING says."""
        joins = [join.args["on"] for join in self.tree.args.get("joins") or [] if join.args.get("on")]
        clauses = [self.tree.args[name] for name in ("where", "having", "qualify") if self.tree.args.get(name)]
        ordered = [self.tree.args["order"]] if self.has_limit and self.tree.args.get("order") else []
        return [*joins, *clauses, *self.groups, *ordered]

    @cached_property
    def windows(self) -> list[exp.Expression]:
        """The windows through which its rows look at each other."""
        looking = [*self.outputs.values(), *self.conditions]
        return [found for each in looking for found in each.find_all(exp.Window)]

    @property
    def has_limit(self) -> bool:
        """Whether it keeps some rows only, by their order."""
        return bool(self.tree.args.get("limit"))

    @property
    def is_distinct(self) -> bool:
        """Whether equal rows are one."""
        return bool(self.tree.args.get("distinct"))

    def columns_in(self, part: str | None) -> list[exp.Column]:
        """Return the columns that one of its outputs reads, or (None) that decide which rows there are."""
        if part not in self._read:
            sides = [side for left, right, _ in self.equalities for side in (left, right)]
            looked_at = [*self.conditions, *sides] if part is None else [self.outputs[part]]
            found = (column for each in looked_at for column in each.find_all(exp.Column))
            self._read[part] = [column for column in found if not isinstance(column.this, exp.Star)]
        return self._read[part]

    def column_sql(self, name: str) -> str:
        """Return one of its columns as SQL."""
        if name not in self._written:
            self._written[name] = f"{self.outputs[name].sql('duckdb')} as {identifier(name)}"
        return self._written[name]

    def body_sql(self, places: dict[str, str]) -> str:
        """Return all that follows the columns as SQL, each source and subquery read from its place."""
        if self._body is None:
            tree = self.tree.copy()
            tree.set("expressions", [exp.Literal.number(1)])
            tree.set("distinct", None)
            if self.groups:
                tree.set("group", exp.Group(expressions=[each.copy() for each in self.groups]))
            if not self.has_limit:
                tree.set("order", None)
            self._body = tree.sql("duckdb").removeprefix("SELECT 1")
        body = self._body
        for name, place in places.items():
            body = body.replace(f"{identifier(_mark(name))} AS {identifier(name)}", f"{place} as {identifier(name)}")
        return body


Relation = Leaf | Union | Select
Find = Callable[[str], Relation]
"""Gives the relation of a table's name or a file, `schema.table` or `file:<path>`."""

CHANGED_SET = Leaf("changed keys", ())
"""In place of the models that say which keys a refresh looks at; every row passes."""


def read(sql: str, find: Find) -> Relation:
    """Return the relation that a SELECT stands for; raise `Unreadable` where it cannot be followed."""
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise Unreadable("its SQL cannot be parsed") from error
    return _relation(tree, {}, find)


def below(relation: Relation) -> Iterator[Relation]:
    """Yield a relation and all that it reads, each once, readers before what they read."""
    found: dict[int, Relation] = {}

    def visit(each: Relation) -> None:
        if id(each) not in found:
            for part in parts(each):
                visit(part)
            found[id(each)] = each

    visit(relation)
    yield from reversed(list(found.values()))


def parts(relation: Relation) -> list[Relation]:
    """Return what a relation reads directly."""
    if isinstance(relation, Union):
        return list(relation.branches)
    if isinstance(relation, Select):
        read_ = [source.relation for source in relation.sources.values()]
        return [*read_, *relation.subqueries.values()]
    return []


def is_looked_up(select: Select, source: Source) -> bool:
    """Say whether a join finds at most one row of a source, since all that identifies its rows must be equal."""
    key = _key(source.relation)
    equal = {
        side.name
        for left, right, asking in select.equalities
        for side in (left, right)
        if asking == source.alias and isinstance(side, exp.Column) and side.table == source.alias
    }
    return key is not None and key <= equal


def _key(relation: Relation) -> set[str] | None:
    """Return columns that identify a relation's rows, none of a single row; None where that is not known."""
    if isinstance(relation, Leaf):
        return set(relation.key) or None
    if isinstance(relation, Union) or not (relation.is_grouped or len(relation.sources) == 1):
        return None
    wanted = [each.sql() for each in relation.groups]
    if not relation.is_grouped:
        ((alias, source),) = relation.sources.items()
        inner = _key(source.relation)
        if inner is None:
            return None
        wanted = [_column(alias, name).sql() for name in inner]
    names = {expression.sql(): name for name, expression in relation.outputs.items()}
    return {names[each] for each in wanted} if names.keys() >= set(wanted) else None


def conjuncts(condition: exp.Expression | None) -> list[exp.Expression]:
    """Return the conditions that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, exp.Paren):
        return conjuncts(condition.this)
    if isinstance(condition, exp.And):
        return conjuncts(condition.left) + conjuncts(condition.right)
    return [condition]


def aliases(expression: exp.Expression) -> set[str]:
    """Return the sources whose columns an expression reads; an empty name where one is not resolved."""
    return {column.table for column in expression.find_all(exp.Column)}


def _relation(tree: exp.Expression, named: "Mapping[str, Relation]", find: Find) -> Relation:
    known = dict(named)
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
    handed_on = {name: _column(alias, name) for name in source.relation.columns}
    return source.relation if select.outputs == handed_on else select


class _Reading:
    """The reading of one SELECT."""

    def __init__(self, tree: exp.Select, named: "Mapping[str, Relation]", find: Find) -> None:
        self.tree, self.named, self.find = tree, named, find
        self.sources: dict[str, Source] = {}
        self.merged: dict[str, str] = {}
        self.subqueries: dict[str, Relation] = {}
        self.equalities: list[tuple[exp.Expression, exp.Expression, str | None]] = []

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
        return Select(
            self.tree, self.sources, outputs, groups, is_grouped, self.subqueries, self.equalities
        )

    def _source(self, place: exp.Expression, kind: str) -> exp.Table:
        alias = place.alias_or_name
        if isinstance(place, exp.Subquery):
            relation = _relation(place.this, self.named, self.find)
        elif isinstance(place, exp.Table) and isinstance(place.this, exp.ReadParquet):
            relation = self.find(f"file:{place.this.expressions[0].name}")
            alias = place.alias or relation.table  # type: ignore[union-attr]
        elif isinstance(place, exp.Table) and isinstance(place.this, exp.Identifier):
            is_named = not place.db and place.name in self.named
            relation = self.named[place.name] if is_named else self.find(f"{place.db}.{place.name}")
        else:
            raise Unreadable(f"reading from {place.sql('duckdb')[:40]}")
        if not alias or alias in self.sources:
            raise Unreadable("a source without a name of its own")
        self.sources[alias] = Source(alias, relation, kind)
        return _named(alias)

    def _join(self, join: exp.Join) -> None:
        if join.args.get("method") or isinstance(join.this, exp.Lateral | exp.Unnest):
            raise Unreadable("a lateral or natural join")
        kind = (join.kind or join.side or "inner").lower()
        before = list(self.sources)
        join.set("this", self._source(join.this, kind))
        alias = next(reversed(self.sources))
        for column in join.args.get("using") or []:
            owner = next((each for each in before if column.name in self.sources[each].relation.columns), None)
            if owner is None:
                raise Unreadable("a column that joins nothing")
            self.merged[column.name] = owner
            self.equalities.append((_column(owner, column.name), _column(alias, column.name), alias))

    def _clauses(self) -> Iterator[exp.Expression]:
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
                self.subqueries[number] = _relation(found.copy(), self.named, self.find)
                stub = exp.Select(expressions=[exp.Star()])
                stub.set("from_", exp.From(this=_named(number)))
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

    def _qualify(self, part: exp.Expression) -> None:
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

    def _outputs(self) -> dict[str, exp.Expression]:
        outputs: dict[str, exp.Expression] = {}
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

    def _starred(self, only: str, left_out: set[str]) -> Iterator[tuple[str, exp.Expression]]:
        for alias, source in self._visible():
            if only in ("", alias):
                for name in source.relation.columns:
                    is_merged = not only and self.merged.get(name, alias) != alias
                    if name not in left_out and not is_merged:
                        yield name, _column(alias, name)

    def _groups(self, outputs: dict[str, exp.Expression]) -> list[exp.Expression]:
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

    def _equal_in(self, condition: exp.Expression | None, alias: str | None) -> None:
        for each in conjuncts(condition):
            if isinstance(each, exp.EQ) and aliases(each.left) and aliases(each.right):
                self.equalities.append((each.left, each.right, alias))


def _named(name: str) -> exp.Table:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    return exp.Table(this=exp.to_identifier(_mark(name), quoted=True), alias=alias)


def _mark(name: str) -> str:
    return f"place of {name}"


def _column(alias: str, name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True))
