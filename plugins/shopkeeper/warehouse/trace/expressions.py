"""What single SQL expressions say: their columns, and the sources that those are of."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlglot import exp

RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)


class Read(NamedTuple):
    """A column that a SELECT reads, and the source's alias; `only_orders`: no value of it passes on."""

    table: str
    name: str
    only_orders: bool


class Side(NamedTuple):
    """One side of an equality and the other, who asks for it, and of which one source each is (or '')."""

    own: exp.Expr
    other: exp.Expr
    asking: str | None
    alias: str
    other_alias: str


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """Return the conditions that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, exp.Paren):
        return conjuncts(condition.this)
    if isinstance(condition, exp.And):
        return conjuncts(condition.left) + conjuncts(condition.right)
    return [condition]


def is_only_order(column: exp.Expr) -> bool:
    """Say whether a column only decides which rows a window or an aggregate looks at."""
    window = column.find_ancestor(exp.Window)
    if window is None:
        return False
    inside = window.this
    return isinstance(inside, RANKS) or inside not in (column, *_ancestors(column))


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def only_alias(expression: exp.Expr) -> str:
    """Return the one source whose columns an expression reads; an empty name unless it is one."""
    found = aliases(expression)
    return found.pop() if len(found) == 1 else ""


def aliases(expression: exp.Expr) -> set[str]:
    """Return the sources whose columns an expression reads; an empty name where one is not resolved."""
    return {column.table for column in expression.find_all(exp.Column)}


def column_of(alias: str, name: str) -> exp.Column:
    """Return a column of a source."""
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True))
