"""What the SQL of a model says, as relations that read each other down to tables that a version keeps.

How SQL becomes relations is `reading`'s; nothing here asks the data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from shopkeeper.engine import identifier, table_identifier
from shopkeeper.warehouse.trace.expressions import Read, Side, column_of, is_only_order, only_alias


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
    """What a `Select` reads under one alias; `kind`: how it is joined, `inner`, `left`, …, or `from`."""

    alias: str
    relation: "Relation"
    kind: str


@dataclass(eq=False)
class Select:
    """One SELECT: columns say which source they are of, tables are named by alias, subqueries by number."""

    tree: exp.Select
    sources: dict[str, Source]
    outputs: dict[str, exp.Expr]
    groups: list[exp.Expr]
    is_grouped: bool
    subqueries: dict[str, "Relation"] = field(default_factory=dict)
    equalities: list[tuple[exp.Expr, exp.Expr, str | None]] = field(default_factory=list)
    """Two sides that a row must have equal, and the alias whose join asks for it (None: the WHERE does)."""

    _written: dict[str, str] = field(default_factory=dict)
    _body: str | None = None
    _read: dict[str | None, list[Read]] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.outputs)

    @cached_property
    def conditions(self) -> list[exp.Expr]:
        """All that decides which rows there are, beside what a join's USING says."""
        joins = [join.args["on"] for join in self.tree.args.get("joins") or [] if join.args.get("on")]
        clauses = [
            self.tree.args[name] for name in ("where", "having", "qualify") if self.tree.args.get(name)
        ]
        ordered = [self.tree.args["order"]] if self.has_limit and self.tree.args.get("order") else []
        return [*joins, *clauses, *self.groups, *ordered]

    @cached_property
    def windows(self) -> list[exp.Expr]:
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

    def columns_in(self, part: str | None) -> list[Read]:
        """Return the columns that one of its outputs reads, or (None) that decide which rows there are."""
        if part not in self._read:
            sides = [side for left, right, _ in self.equalities for side in (left, right)]
            looked_at = [*self.conditions, *sides] if part is None else [self.outputs[part]]
            found = (column for each in looked_at for column in each.find_all(exp.Column))
            self._read[part] = [
                Read(column.table, column.name, is_only_order(column))
                for column in found
                if not isinstance(column.this, exp.Star)
            ]
        return self._read[part]

    @cached_property
    def sides(self) -> list[Side]:
        """The equalities, each seen from both of its sides."""
        both = (
            (own, other, asking)
            for left, right, asking in self.equalities
            for own, other in ((left, right), (right, left))
        )
        return [Side(own, other, asking, only_alias(own), only_alias(other)) for own, other, asking in both]

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
            body = body.replace(
                f"{identifier(_mark(name))} AS {identifier(name)}", f"{place} as {identifier(name)}"
            )
        return body


Relation = Leaf | Union | Select
CHANGED_SET = Leaf("changed keys", ())
"""In place of the models that say which keys a refresh looks at; every row passes."""


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
    """Say whether a join finds at most one row of a source: all that identifies its rows must be equal."""
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
        wanted = [column_of(alias, name).sql() for name in inner]
    names = {expression.sql(): name for name, expression in relation.outputs.items()}
    return {names[each] for each in wanted} if names.keys() >= set(wanted) else None


def named(name: str) -> exp.Table:
    """Return how a SELECT names a source or subquery that it reads."""
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    return exp.Table(this=exp.to_identifier(_mark(name), quoted=True), alias=alias)


def _mark(name: str) -> str:
    return f"place of {name}"


def place_of(table: str) -> str:
    """Return how SQL names a table of the version, or a file of the build that the connection has read."""
    is_file = table.startswith(("build.", "scores."))
    return f"temp.{identifier(table)}" if is_file else table_identifier(table)
