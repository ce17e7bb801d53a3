"""Which rows of a relation count, and what that asks of the relations that it reads.

It may ask less than it could: what a restriction lets pass too much, computing leaves out again.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass

from sqlglot import exp

from shopkeeper.engine import identifier
from shopkeeper.warehouse.trace.expressions import aliases
from shopkeeper.warehouse.trace.relations import Select

Pairs = list[tuple[exp.Expr, exp.Expr]]
"""A source's own side of equalities, and the other one."""


@dataclass(frozen=True)
class Restriction:
    """A row counts if the values of these terms, in the columns of a relation, are a row of a table."""

    table: str
    terms: tuple[tuple[str, exp.Expr], ...]
    """Column of the table, and what must be equal to it."""

    def condition(self) -> str:
        """Return it as SQL on the relation's columns."""
        equal = (f"allowed.{identifier(name)} = {term.sql('duckdb')}" for name, term in self.terms)
        return f"exists (select 1 from {self.table} as allowed where {' and '.join(equal)})"


def renamed(restriction: Restriction, names: dict[str, str]) -> Restriction:
    """Return what a restriction asks of a relation that calls the same columns by other names."""
    terms = (
        (name, _replaced(term, lambda read: column(names[read.name]))) for name, term in restriction.terms
    )
    return Restriction(restriction.table, tuple(terms))


def pushed(select: Select, alias: str, restrictions: Sequence[Restriction]) -> Iterable[Restriction]:
    """Yield what restrictions on a SELECT's columns ask of one of its sources."""
    if select.has_limit:
        return
    for restriction in restrictions:
        terms = []
        for name, term in restriction.terms:
            inner = _replaced(term, lambda read: select.outputs[read.name])
            if inner is not None and _passes(select, inner):
                own = _of_source(select, inner, alias)
                if own is not None:
                    terms.append((name, own))
        if terms:
            yield Restriction(restriction.table, tuple(terms))


def is_required(select: Select, alias: str, restrictions: Sequence[Restriction]) -> bool:
    """Say whether rows that pass have a row of this source, since a value of its own is asked for."""
    terms = (term for each in restrictions for _, term in each.terms)
    inner = (_replaced(term, lambda read: select.outputs[read.name]) for term in terms)
    return any(isinstance(each, exp.Column) and each.table == alias for each in inner)


def _passes(select: Select, term: exp.Expr) -> bool:
    """Say whether a term can be asked of single rows before they are grouped or looked at by a window."""
    if term.find(exp.AggFunc, exp.Window, exp.Select, exp.Unnest, exp.Explode):
        return False
    if select.is_grouped and term not in select.groups:
        return False
    return all(term in (window.args.get("partition_by") or []) for window in select.windows)


def _of_source(select: Select, term: exp.Expr, alias: str) -> exp.Expr | None:
    """Return a term as a source's own, also where it is the first known of two that a join has equal."""
    if aliases(term) == {alias}:
        return bare(term)
    if isinstance(term, exp.Coalesce):
        sides = [term.this, *term.expressions]
        for left, right, asking in select.equalities:
            if asking is not None and len(sides) == 2 and left in sides and right in sides:
                return next((bare(side) for side in sides if aliases(side) == {alias}), None)
    return None


def links_of(select: Select, alias: str, known: Set[str], starts: Set[str]) -> dict[str, Pairs]:
    """Return what rows of a source must have equal to sources of which few rows are known, by those."""
    found: dict[str, Pairs] = {}
    for side in select.sides:
        sibling = side.other_alias
        if side.alias == alias and sibling in known and _binds(select, alias, sibling, side.asking, starts):
            found.setdefault(sibling, []).append((side.own, side.other))
    return found


def _binds(select: Select, alias: str, sibling: str, asking: str | None, starts: Set[str]) -> bool:
    """Say whether rows of a source that equal none of a sibling's can never be part of the answer."""
    if asking is None:
        return True
    if asking == alias:
        return select.sources[alias].kind not in ("right", "full") or sibling in starts
    return asking == sibling and (select.sources[sibling].kind in ("inner", "semi") or sibling in starts)


def column(name: str) -> exp.Column:
    """Return a column of whatever relation a term is about."""
    return exp.column(exp.to_identifier(name, quoted=True))


def bare(term: exp.Expr) -> exp.Expr:
    """Return a term on the columns of its one source, without the source's alias."""
    return _replaced(term, lambda read: column(read.name))


def _replaced(term: exp.Expr, by: Callable[[exp.Column], exp.Expr]) -> exp.Expr:
    return term.copy().transform(lambda node: by(node).copy() if isinstance(node, exp.Column) else node)
