"""The lineage of every column of a version, from source columns to marts and back.

The SQL of each model is read once; what Python computes says in its contract which columns it takes.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shopkeeper.contracts import Catalog, Contract
from shopkeeper.dictionary.graph import Graph, Model
from shopkeeper.warehouse.trace import Columns, Origins, TableLineage, scored, table_lineage

LANDED = ("filename", "_line_number", "file_row_number")
"""What DuckDB and landing add to the columns of a source."""

OF_THE_REFRESH: Columns = {
    "build.batches": (
        *("batch_id", "system", "table_name", "file_name", "row_count", "landed_sequence", "names"),
        *("replay_of", "status", "delivery", "stated_date", "is_contained"),
    ),
    "build.refresh": ("as_of_date", "settled_date"),
}
"""The tables that a refresh is begun with: its settings."""

FORM = 2
"""Raise it when what `table_lineage` finds changes, so that nothing older is taken over."""


def compute(
    models: Iterable[Model], contracts: Catalog, known: Graph | None = None
) -> tuple[dict[str, TableLineage], dict[str, str]]:
    """Return the lineage of each model's table, and the fingerprints by which a later graph may take it over.

    `models`: parents first. `known`: an earlier graph.
    """
    columns = _leaves(contracts)
    ordered = tuple(models)
    changed = frozenset(model.table for model in ordered if model.is_changed_set)
    before = {known.fingerprints[table]: each for table, each in known.lineage.items()} if known else {}
    found: dict[str, TableLineage] = {}
    fingerprints: dict[str, str] = {}
    for model in ordered:
        if model.table.startswith("scores."):
            continue
        read = {table: columns[table] for table in model.parents if table in columns}
        read |= {table: names for table, names in columns.items() if table in OF_THE_REFRESH}
        mark = _fingerprint(model.sql, read, sorted(changed))
        lineage = before.get(mark) or table_lineage(model.sql, read, changed)
        columns[model.table] = tuple(lineage.columns) or tuple(model.columns)
        found[model.table], fingerprints[model.table] = lineage, mark
    return found, fingerprints


def _leaves(contracts: Catalog) -> Columns:
    sources = {
        f"landed.{c.name}": (*(column.name for column in c.raw_columns), *LANDED) for c in contracts.sources
    }
    scores = {c.name: tuple(column.name for column in c.columns) for c in contracts.scores}
    return {**OF_THE_REFRESH, **sources, **scores}


def _fingerprint(*parts: object) -> str:
    return hashlib.sha256(json.dumps([FORM, *parts]).encode()).hexdigest()[:16]


def of_score(contract: Contract) -> TableLineage:
    """Return what a score's columns are made of: what its contract says, else all that its step reads."""
    whole = scored(contract.name)
    found = {}
    for column in contract.columns:
        if column.takes is None:
            found[column.name] = Origins(whole.tables if whole else {})
            continue
        values: dict[str, list[str]] = defaultdict(list)
        for name in column.takes:
            table, _, taken = name.rpartition(".")
            values[table].append(taken)
        constants = (whole.step,) if whole and not values else ()
        found[column.name] = Origins({t: tuple(names) for t, names in values.items()}, (), constants)
    return TableLineage(found)


@dataclass
class Lineage:
    """The lineage of all tables: `tables` by name, sources without the word `landed`."""

    tables: dict[str, TableLineage]
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _ends: dict[tuple[str, str], Columns] = field(default_factory=dict)

    def parents(self, table: str, column: str) -> Columns:
        """Return the columns that a column is made of directly; of counted rows those that identify them."""
        lineage = self.tables.get(table)
        if lineage is None or column not in lineage.columns:
            return {}
        origins = lineage.columns[column]
        counted = {each: self.keys[each] for each in origins.counts if self.keys.get(each)}
        return {**counted, **origins.values}

    def sources(self, table: str, column: str) -> Columns:
        """Return the columns of sources, and of what a refresh is begun with, that a column leads back to."""
        place = table, column
        if place not in self._ends:
            self._ends[place] = {}
            parents = self.parents(table, column)
            found: dict[str, dict[str, None]] = defaultdict(dict)
            for parent, names in parents.items():
                for name in names:
                    is_end = parent not in self.tables
                    ends = {parent: (name,)} if is_end else self.sources(parent, name)
                    for source, ended in ends.items():
                        found[source].update(dict.fromkeys(ended))
            self._ends[place] = {source: tuple(names) for source, names in found.items()}
        return self._ends[place]

    def constants(self, table: str, column: str) -> tuple[str, ...]:
        """Return what a column that leads to no source is instead, as SQL; of others what some rows have."""
        lineage = self.tables.get(table)
        if lineage is None or column not in lineage.columns:
            return ()
        own = lineage.columns[column].constants
        if self.sources(table, column):
            return tuple(each for each in own if each != "NULL")
        found = dict.fromkeys(own)
        for parent, names in self.parents(table, column).items():
            for name in names:
                found.update(dict.fromkeys(self.constants(parent, name)))
        return tuple(found)

    def takers(self) -> dict[tuple[str, str], Columns]:
        """Return the columns that take the values of each column directly."""
        found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for table, lineage in self.tables.items():
            for column in lineage.columns:
                for parent, names in self.parents(table, column).items():
                    for name in names:
                        found[parent, name][table].append(column)
        return {place: {t: tuple(names) for t, names in takers.items()} for place, takers in found.items()}

    def deciders(self) -> set[tuple[str, str]]:
        """Return the columns that decide which rows there are, whether or not their values pass on."""
        return {
            (table, name)
            for lineage in self.tables.values()
            for table, names in lineage.conditions.items()
            for name in names
        }


def of_version(graph: Graph, contracts: Catalog) -> Lineage:
    """Return the lineage of all tables of a version."""
    tables = {table: _without_landed(each) for table, each in graph.lineage.items()}
    tables |= {contract.name: of_score(contract) for contract in contracts.scores}
    keys = {model.table: model.key for model in graph.models}
    keys |= {
        contract.name: contract.key or tuple(c.name for c in contract.columns) for contract in contracts.all
    }
    keys |= {"build.batches": ("batch_id",), "build.refresh": ("as_of_date",)}
    return Lineage(tables, keys)


def _without_landed(lineage: TableLineage) -> TableLineage:
    def named(columns: Columns) -> Columns:
        return {table.removeprefix("landed."): names for table, names in columns.items()}

    return TableLineage(
        {
            column: Origins(
                named(origins.values),
                tuple(table.removeprefix("landed.") for table in origins.counts),
                origins.constants,
            )
            for column, origins in lineage.columns.items()
        },
        named(lineage.conditions),
        lineage.unread,
    )
