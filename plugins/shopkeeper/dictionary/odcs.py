"""Tables of a version as contracts of the Open Data Contract Standard 3.2, also those without a contract.

What follows from lineage is in it: owner, purposes, retention, and the columns that each column is made of.
"""

from collections.abc import Iterator
from typing import Any

from shopkeeper.contracts import Catalog, Contract
from shopkeeper.dictionary.entries import Dictionary, Entry, Table

LOGICAL = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
UNITS = {"days": "d", "years": "y"}


def contracts_of(dictionary: Dictionary, contracts: Catalog) -> Iterator[dict[str, Any]]:
    """Yield the contract of each source and of each table that the version keeps, in a refresh's order."""
    known = {contract.name: contract for contract in contracts.all}
    for table in dictionary.tables:
        if table.is_kept or table.layer == "sources":
            yield _contract(dictionary, table, known.get(table.name))


def _contract(dictionary: Dictionary, table: Table, contract: Contract | None) -> dict[str, Any]:
    schema, _, name = table.name.partition(".")
    readers = [each for each in dictionary.readers if each.name in table.readers]
    return _said(
        {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": f"{schema}-{name}",
            "name": table.name,
            "version": table.version or "1.0.0",
            "status": "active",
            "tenant": dictionary.retailer,
            "description": _said({"purpose": "; ".join(table.purposes), "usage": table.description["en"]}),
            "team": {"name": ", ".join(table.owners)} if table.owners else None,
            "servers": [
                {"server": "version", "type": "duckdb", "database": "warehouse.duckdb", "schema": schema}
                if table.is_kept
                else {"server": "inbox", "type": "local", "path": f"raw/{schema}/{name}", "format": "parquet"}
            ],
            "schema": [_schema(table, name, contract)],
            "slaProperties": [*_promises(table)],
            "customProperties": [
                {"property": "dictionaryVersion", "value": dictionary.version},
                {"property": "classification", "value": table.classification},
                {"property": "purposes", "value": list(table.purposes)},
                {"property": "owners", "value": list(table.owners)},
                {"property": "readers", "value": [f"{each.label} ({each.owner})" for each in readers]},
            ],
        }
    )


def _schema(table: Table, name: str, contract: Contract | None) -> dict[str, Any]:
    rules = contract.rules if contract else ()
    return _said(
        {
            "name": name,
            "physicalName": table.name,
            "physicalType": "table" if table.is_kept else "file",
            "description": table.description["en"],
            "dataGranularityDescription": " and ".join(table.key),
            "customProperties": [{"property": "descriptionZh", "value": table.description["zh"]}],
            "properties": [_property(table, column) for column in table.columns],
            "quality": [
                _said(
                    {
                        "name": rule.name,
                        "type": "custom",
                        "engine": "greatExpectations",
                        "severity": rule.severity,
                        "description": rule.reason,
                        "implementation": {"type": rule.expectation, "kwargs": rule.kwargs},
                    }
                )
                for rule in rules
            ],
        }
    )


def _property(table: Table, column: Entry) -> dict[str, Any]:
    is_key = column.name in table.key
    made_of = [f"{parent}.{name}" for parent, names in column.made_of.items() for name in names]
    sources = [f"{source}.{name}" for source, names in column.sources.items() for name in names]
    facts = {"descriptionZh": column.description["zh"], "unit": column.unit, "sources": sources or None}
    return _said(
        {
            "name": column.name,
            "logicalType": LOGICAL.get(
                column.type, "number" if column.type.startswith("DECIMAL") else "string"
            ),
            "physicalType": column.type or None,
            "description": column.description["en"],
            "required": column.is_required or None,
            "primaryKey": is_key or None,
            "primaryKeyPosition": table.key.index(column.name) + 1 if is_key else None,
            "classification": column.classification,
            "transformSourceObjects": made_of,
            "transformLogic": ", ".join(column.constants),
            "examples": list(column.values),
            "customProperties": [{"property": k, "value": v} for k, v in facts.items() if v],
        }
    )


def _promises(table: Table) -> Iterator[dict[str, Any]]:
    count, _, unit = (table.retention or "").partition(" ")
    if unit in UNITS and count.isdigit():
        yield {"property": "retention", "value": int(count), "unit": UNITS[unit]}
    elif table.retention:
        yield {"property": "retention", "value": table.retention}
    if table.freshness and table.freshness.limit_days is not None:
        yield {"property": "latency", "value": table.freshness.limit_days, "unit": "d"}


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what says something."""
    return {name: value for name, value in facts.items() if value not in (None, "", [], {})}
