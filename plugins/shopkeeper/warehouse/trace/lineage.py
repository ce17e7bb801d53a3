"""Which columns of which tables a column's values come from: what the SQL says, without asking the data."""

from collections.abc import Mapping

import pyarrow.parquet as pq

from shopkeeper.paths import BuildPaths, Home
from shopkeeper.warehouse.trace.models import INPUT, Models, read_models
from shopkeeper.warehouse.trace.needs import Needs
from shopkeeper.warehouse.trace.relations import Leaf, Unreadable
from shopkeeper.warehouse.trace.scores import scored
from shopkeeper.warehouse.trace.walking import Walk

Lineage = dict[str, dict[str, tuple[str, ...]]]
"""Of each column: the tables that the version keeps, and the columns of them whose values it takes."""


def column_lineage(home: Home, version: str, table: str, columns: Mapping[str, tuple[str, ...]]) -> Lineage:
    """Return where each column of a table comes from; a column whose SQL cannot be followed is left out.

    `columns`: those of each table that the version keeps.
    """
    outline = _Outline(read_models(home, version), home.version(version), columns)
    if table.startswith(INPUT) or table not in outline.models.by_table:
        return {}
    try:
        relation = outline.tree(table)
    except Unreadable:
        return {}
    found: Lineage = {}
    for column in relation.columns:
        try:
            leaves = Needs(relation, (column,), ()).leaves
        except Unreadable:
            continue
        sources = {leaf: tuple(passing) for leaf, passing in leaves.items() if passing}
        found[column] = _of_scores(sources)
    return found


def _of_scores(sources: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return sources with the tables from which a score was computed in the place of the score."""
    found: dict[str, tuple[str, ...]] = {}
    for table, columns in sources.items():
        by = scored(table)
        for source, used in (by.tables if by else {table: columns}).items():
            found[source] = tuple(dict.fromkeys((*found.get(source, ()), *used)))
    return found


class _Outline(Walk):
    """A walk over a version that knows only which columns there are."""

    def __init__(self, models: Models, version: BuildPaths, columns: Mapping[str, tuple[str, ...]]) -> None:
        self.models, self.version, self._known = models, version, columns
        self._passed = {}

    def columns(self, table: str) -> tuple[str, ...]:
        if table not in self._known:
            raise Unreadable(f"reading {table}")
        return self._known[table]

    def _file(self, path: str) -> Leaf:
        folder, _, name = path.removesuffix(".parquet").rpartition("/")
        if folder not in ("", "scores"):
            raise Unreadable("reading files")
        file = self.version.score(name) if folder else getattr(self.version, name)
        return Leaf(f"{folder or 'build'}.{name}", tuple(pq.read_schema(file).names))
