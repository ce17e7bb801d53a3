"""Makes the dictionary of a version from the contracts, the vocabulary, dbt's graph and what has landed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from shopkeeper.contracts import Catalog, Contract
from shopkeeper.contracts.vocabulary import OWNER
from shopkeeper.dictionary.describing import described, documented, in_both, meaning
from shopkeeper.dictionary.entries import Dictionary, Entry, Freshness, Table, Words
from shopkeeper.dictionary.graph import Graph, Model, in_order, parents_of
from shopkeeper.dictionary.handling import (
    UNLIMITED,
    WITH_THE_VERSION,
    Handling,
    after_landing,
    derived,
    strictest,
)
from shopkeeper.dictionary.lineage import Lineage, of_version
from shopkeeper.retailers import retailer
from shopkeeper.warehouse.trace import Columns, scored

LAYERS = ("sources", "staging", "input", "intermediate", "core", "features", "scores", "marts", "meta")
OF_THE_WAREHOUSE = Handling((OWNER,), ("running the warehouse",), WITH_THE_VERSION)
"""Of tables that no source fills: what a refresh keeps of itself, and what nobody delivers."""

ENDS = ("marts.", "meta.")
"""Where values end."""


def make(
    version: str,
    as_of_date: str,
    contracts: Catalog,
    graph: Graph,
    last_dates: Mapping[str, date],
    types: Mapping[tuple[str, str], str],
) -> Dictionary:
    """Return the dictionary of a version.

    `last_dates`: the last business date of each source; `types`: of each table and column that is kept.
    """
    as_of = date.fromisoformat(as_of_date)
    freshness = {each.name: _freshness(each, last_dates.get(each.name), as_of) for each in contracts.sources}
    return _Making(contracts, graph, freshness, types).dictionary(version, as_of_date)


def _freshness(contract: Contract, last: date | None, as_of: date) -> Freshness:
    limit = contract.file.maximum_age_days if contract.file else None
    has_dates = contract.file is not None and contract.file.business_date_column is not None
    age = max(0, (as_of - last).days) if last and has_dates else None
    return Freshness(contract.name, str(last) if last else None, age, limit)


class _Making:
    def __init__(
        self,
        contracts: Catalog,
        graph: Graph,
        freshness: dict[str, Freshness],
        types: Mapping[tuple[str, str], str],
    ) -> None:
        self.contracts, self.graph, self.freshness, self.types = contracts, graph, freshness, types
        self.lineage: Lineage = of_version(graph, contracts)
        self.takers, self.deciders = self.lineage.takers(), self.lineage.deciders()
        self.readers: dict[str, list[str]] = defaultdict(list)
        for reader in graph.readers:
            for table in reader.tables:
                self.readers[table].append(reader.name)
        self.made: dict[str, Table] = {}
        self.handling: dict[str, Handling] = {}
        self.classes: dict[tuple[str, str], str | None] = {}
        self.words: dict[tuple[str, str], Words] = {}
        self._ends: dict[tuple[str, str], Columns] = {}

    def dictionary(self, version: str, as_of_date: str) -> Dictionary:
        by_name = {contract.name: contract for contract in self.contracts.all}
        for contract in self.contracts.sources:
            self._source(contract)
        for model in in_order(self.graph):
            self._model(model, by_name.get(_contract_name(model.table)))
        taken_by: dict[str, list[str]] = defaultdict(list)
        for table in self.made.values():
            for parent in table.parents:
                taken_by[parent].append(table.name)
        tables = sorted(self.made.values(), key=lambda table: LAYERS.index(table.layer))
        return Dictionary(
            version=version,
            retailer=retailer().name,
            title=retailer().title,
            as_of_date=as_of_date,
            tables=tuple(replace(table, taken_by=tuple(taken_by[table.name])) for table in tables),
            readers=self.graph.readers,
        )

    def _source(self, contract: Contract) -> None:
        name = contract.name
        self.handling[name] = _own(contract)
        for column in contract.raw_columns:
            self.classes[name, column.name] = after_landing(column.classification)
            self.words[name, column.name] = in_both(column.description, column.description_zh)
        entries = [self._entry(name, described(column)) for column in contract.raw_columns]
        self.made[name] = Table(
            name=name,
            layer="sources",
            description=in_both(contract.description, contract.description_zh),
            columns=tuple(entries),
            key=contract.key,
            owners=self.handling[name].owners,
            classification=strictest(entry.classification for entry in entries),
            purposes=self.handling[name].purposes,
            retention=self.handling[name].retention,
            freshness=self.freshness.get(name),
            readers=tuple(self.readers[name]),
            made_by="land",
            version=contract.version,
        )

    def _model(self, model: Model, contract: Contract | None) -> None:
        name, layer = model.table, model.table.partition(".")[0]
        by = scored(name)
        parents = tuple(parent for parent in parents_of(model) if parent in self.made)
        made_of = [self.handling[each] for each in parents] or [OF_THE_WAREHOUSE]
        self.handling[name] = derived(_own(contract) if contract else Handling(), made_of)
        sources = dict.fromkeys(
            each
            for parent in parents
            for each in (
                self.made[parent].sources or ((parent,) if self.made[parent].layer == "sources" else ())
            )
        )
        columns = self._columns(model, contract)
        for entry in columns:
            self.classes[name, entry.name] = entry.classification or strictest(
                ["internal", *self._classes_behind(name, entry.name)]
            )
            self.words[name, entry.name] = entry.description
        entries = tuple(self._entry(name, entry) for entry in columns)
        lineage = self.lineage.tables.get(name)
        self.made[name] = Table(
            name=name,
            layer=layer,
            description=meaning(model, contract, parents, self.contracts.input),
            columns=entries,
            key=model.key or (contract.key if contract else ()),
            owners=self.handling[name].owners,
            classification=strictest(entry.classification for entry in entries),
            purposes=self.handling[name].purposes,
            retention=self.handling[name].retention,
            freshness=self._oldest(sources),
            parents=parents,
            sources=tuple(sources),
            readers=tuple(self.readers[name]),
            made_by=by.step if by else model.name,
            is_kept=model.is_kept,
            version=contract.version if contract else None,
            decided_by=lineage.conditions if lineage else {},
            unread=lineage.unread if lineage else None,
        )

    def _classes_behind(self, table: str, column: str) -> Iterator[str | None]:
        for parent, names in self.lineage.parents(table, column).items():
            for name in names:
                yield self.classes.get((parent, name))

    def _columns(self, model: Model, contract: Contract | None) -> list[Entry]:
        if contract is not None:
            return [described(column) for column in contract.columns]
        lineage = self.lineage.tables.get(model.table)
        names = lineage.columns if lineage and lineage.columns else model.columns
        return [documented(model, name, self._copied(model.table, name)) for name in names]

    def _copied(self, table: str, name: str) -> Words | None:
        parents = self.lineage.parents(table, name)
        return next(
            (
                self.words[parent, name]
                for parent, names in parents.items()
                if name in names and (parent, name) in self.words
            ),
            None,
        )

    def _entry(self, table: str, column: Entry) -> Entry:
        place = table, column.name
        is_source = table in self.freshness
        gives_to = self.takers.get(place, {})
        return Entry(
            name=column.name,
            type=self.types.get(place, column.type),
            description=column.description,
            classification=column.classification if is_source else self.classes[place],
            unit=column.unit,
            is_key=column.is_key,
            is_required=column.is_required,
            values=column.values,
            made_of=self.lineage.parents(*place),
            sources={} if is_source else self.lineage.sources(*place),
            gives_to=gives_to,
            reaches=self._reaches(place),
            constants=self.lineage.constants(*place),
            decides=place in self.deciders,
            is_read=not is_source or bool(gives_to) or place in self.deciders,
        )

    def _reaches(self, place: tuple[str, str]) -> Columns:
        if place not in self._ends:
            self._ends[place] = {}
            found: dict[str, dict[str, None]] = defaultdict(dict)
            for table, names in self.takers.get(place, {}).items():
                for name in names:
                    if table.startswith(ENDS):
                        found[table][name] = None
                    for end, ended in self._reaches((table, name)).items():
                        found[end].update(dict.fromkeys(ended))
            self._ends[place] = {table: tuple(names) for table, names in found.items()}
        return self._ends[place]

    def _oldest(self, sources: Iterable[str]) -> Freshness | None:
        known = [self.freshness[each] for each in sources if each in self.freshness]
        return max(known, key=lambda each: each.age_days if each.age_days is not None else -1, default=None)


def _own(contract: Contract) -> Handling:
    purposes = dict.fromkeys(
        each for each in (contract.purpose, *(column.purpose for column in contract.columns)) if each
    )
    kept = str(contract.retention or UNLIMITED) if contract.layer == "sources" else WITH_THE_VERSION
    return Handling((contract.owner,) if contract.owner else (), tuple(purposes), kept)


def _contract_name(table: str) -> str:
    layer, _, name = table.partition(".")
    return f"{layer}.{name.removeprefix(f'{layer}__')}"
