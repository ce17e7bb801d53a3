"""What is known of each table of a version: its contract where it has one, else what dbt documents.

Everything is read from the version, so that an older one is described as it was; only contracts are today's.
"""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from shopkeeper import dictionary, warehouse
from shopkeeper.contracts import Column, Contract, catalog
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.contracts.vocabulary import vocabulary
from shopkeeper.paths import Home


@dataclass(frozen=True)
class ColumnFacts:
    """One column for its reader."""

    name: str
    type: str
    description: str
    description_zh: str
    classification: str | None
    unit: str | None
    is_key: bool = False
    is_required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestFacts:
    """One dbt test of a table, and the version that judged it."""

    name: str
    status: str
    judged_in: str


@dataclass(frozen=True)
class TableFacts:
    """One table: a source, or a table that the version keeps or passed through."""

    name: str
    layer: str
    description: str
    description_zh: str
    columns: tuple[ColumnFacts, ...]
    key: tuple[str, ...]
    row_count: int | None
    contract: Contract | None = None
    parents: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    sql: str | None = None
    tests: tuple[TestFacts, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether the version holds its rows."""
        return self.row_count is not None


@lru_cache(maxsize=8)
def tables_of(home: Home, version: str) -> dict[str, TableFacts]:
    """Return every table of a version by name, sources first, in the order of the layers."""
    counts = {name: t["row_count"] for name, t in warehouse.manifest(home, version)["tables"].items()}
    models, docs = _compiled(home, version), _documented(home, version)
    contracts = {contract.name: contract for contract in catalog().all}
    found = {c.name: _of_contract(c, None) for c in catalog().sources}
    names = {unique_id: model["table"] for unique_id, model in models.items()}
    names |= docs.sources
    for unique_id, model in models.items():
        table = model["table"]
        contract = contracts.get(_contract_name(table))
        node = docs.nodes.get(unique_id, {})
        facts = (
            _of_contract(contract, counts.get(table)) if contract else _of_dbt(table, node, counts.get(table))
        )
        found[table] = replace(
            facts,
            name=table,
            key=tuple(model["key"]) or facts.key,
            parents=tuple(names[each] for each in model["parents"] if each in names),
            sql=model["sql"],
            tests=docs.tests.get(unique_id, ()),
        )
    for table, count in counts.items():
        if table not in found:
            found[table] = _of_dbt(table, {}, count)
    described = dictionary_of(home, version)
    entries = {each.name: each for each in described.tables} if described else {}
    return _with_readers({name: _completed(facts, entries.get(name)) for name, facts in found.items()})


@lru_cache(maxsize=8)
def dictionary_of(home: Home, version: str) -> dictionary.Dictionary | None:
    """Return the dictionary of a version, if it has one."""
    return dictionary.read(home.version(version).dictionary_json)


@dataclass(frozen=True)
class _Documented:
    nodes: dict[str, Any]
    sources: dict[str, str]
    tests: dict[str, tuple[TestFacts, ...]]


def _documented(home: Home, version: str) -> _Documented:
    """Return what dbt's manifest of a version says of models, sources and tests."""
    places = home.version(version)
    runs = [places.dbt_run(selector) for selector in warehouse.SELECTORS]
    file = runs[-1].manifest
    if not file.exists():
        return _Documented({}, {}, {})
    told = json.loads(file.read_bytes())
    status: dict[str, str] = {}
    for run in runs:
        if run.results.exists():
            results = json.loads(run.results.read_bytes())["results"]
            status |= {result["unique_id"]: result["status"] for result in results}
    judged = warehouse.manifest(home, version).get("judged", {})
    tests: dict[str, list[TestFacts]] = {}
    for name, node in told["nodes"].items():
        if node["resource_type"] != "test":
            continue
        facts = TestFacts(node["name"], status.get(name, "pass"), judged.get(name, version))
        parents = [node["attached_node"]] if node.get("attached_node") else node["depends_on"]["nodes"]
        for parent in parents:
            tests.setdefault(parent, []).append(facts)
    sources = {name: f"{s['source_name']}.{s['name']}" for name, s in told["sources"].items()}
    nodes = {name: node for name, node in told["nodes"].items() if node["resource_type"] == "model"}
    return _Documented(nodes, sources, {name: tuple(found) for name, found in tests.items()})


def _compiled(home: Home, version: str) -> dict[str, Any]:
    file = home.version(version).compiled
    return json.loads(file.read_bytes()) if file.exists() else {}


def _contract_name(table: str) -> str:
    """Return the name of a table's contract; `scores.scores__x` of dbt is `scores.x` in contracts."""
    layer, _, name = table.partition(".")
    return f"{layer}.{name.removeprefix(f'{layer}__')}"


def _of_contract(contract: Contract, row_count: int | None) -> TableFacts:
    return TableFacts(
        name=contract.name,
        layer=contract.layer,
        description=contract.description,
        description_zh=contract.description_zh,
        columns=tuple(map(_column, contract.columns)),
        key=contract.key,
        row_count=row_count,
        contract=contract,
    )


def _column(column: Column) -> ColumnFacts:
    return ColumnFacts(
        name=column.name,
        type=duckdb_type(column),
        description=column.description,
        description_zh=column.description_zh,
        classification=column.classification,
        unit=column.unit,
        is_key=column.is_key,
        is_required=column.is_required,
        values=column.allowed_values or column.examples,
    )


def _of_dbt(table: str, node: dict[str, Any], row_count: int | None) -> TableFacts:
    described = node.get("columns", {})
    return TableFacts(
        name=table,
        layer=table.partition(".")[0],
        description=node.get("description", ""),
        description_zh="",
        columns=tuple(_documented_column(name, column) for name, column in described.items()),
        key=(),
        row_count=row_count,
    )


def _documented_column(name: str, column: dict[str, Any]) -> ColumnFacts:
    """Return a column that only dbt documents, with what the vocabulary says of its name."""
    word = vocabulary().get(name)
    return ColumnFacts(
        name=name,
        type=column.get("data_type") or (word.type if word else ""),
        description=column.get("description") or (word.en if word else ""),
        description_zh=word.zh if word else "",
        classification=word.classification if word else None,
        unit=word.unit if word else None,
    )


def _completed(facts: TableFacts, entry: dictionary.Table | None) -> TableFacts:
    """Return a table without a contract with what the dictionary says of it, in both languages."""
    if entry is None or facts.contract is not None:
        return facts
    known = {column.name: column for column in entry.columns}
    columns = tuple(
        replace(
            column,
            type=known[column.name].type or column.type,
            description_zh=column.description_zh or _chinese(known[column.name].description),
            classification=column.classification or known[column.name].classification,
            unit=column.unit or known[column.name].unit,
        )
        if column.name in known
        else column
        for column in facts.columns
    )
    return replace(facts, description_zh=_chinese(entry.description), columns=columns)


def _chinese(described: dict[str, str]) -> str:
    """Return the Chinese of a description; nothing if there is only English."""
    return described["zh"] if described["zh"] != described["en"] else ""


def _with_readers(found: dict[str, TableFacts]) -> dict[str, TableFacts]:
    readers: dict[str, list[str]] = {}
    for table, facts in found.items():
        for parent in facts.parents:
            readers.setdefault(parent, []).append(table)
    return {name: replace(facts, readers=tuple(readers.get(name, ()))) for name, facts in found.items()}
