"""Completes a contract with what it leaves out: the standard's constants, and columns from the vocabulary.

Never overrides what a contract says itself.
"""

from functools import lru_cache
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from shopkeeper.errors import UserError
from shopkeeper.paths import VOCABULARY

MONEY = {"logicalType": "number", "physicalType": "DECIMAL(18,2)"}
TYPES: dict[str, dict[str, str]] = {
    "string": {"logicalType": "string", "physicalType": "VARCHAR"},
    "integer": {"logicalType": "integer", "physicalType": "BIGINT"},
    "number": {"logicalType": "number", "physicalType": "DOUBLE"},
    "boolean": {"logicalType": "boolean", "physicalType": "BOOLEAN"},
    "date": {"logicalType": "date", "physicalType": "DATE"},
    "timestamp": {"logicalType": "timestamp", "physicalType": "TIMESTAMP"},
    "money": MONEY,
    "quantity": {"logicalType": "number", "physicalType": "DECIMAL(18,3)"},
    "rate": {"logicalType": "number", "physicalType": "DECIMAL(18,9)"},
}

OWNER = "data team"
"""Who answers for what the canonical project makes, unless a contract names somebody else."""


class Word(BaseModel):
    """One column of the vocabulary."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    classification: str
    en: str
    zh: str
    unit: str | None = None
    enum: tuple[str, ...] = ()


@lru_cache
def vocabulary() -> dict[str, Word]:
    """Return the recurring columns by name; `UserError` if one has no known type."""
    entries = yaml.safe_load(VOCABULARY.read_text(encoding="utf-8"))
    for name, entry in entries.items():
        if entry["type"] not in TYPES:
            raise UserError(
                f"{VOCABULARY.name}: {name} has the type {entry['type']!r}; choose one of {', '.join(TYPES)}"
            )
    return {name: Word(**entry) for name, entry in entries.items()}


def complete(document: Any, layer: str, system: str) -> Any:
    """Return a contract's document with omitted parts filled in."""
    if not isinstance(document, dict) or not isinstance(document.get("schema"), list):
        return document
    tables = [_complete_table(table) for table in document["schema"]]
    name = tables[0].get("name") if tables and isinstance(tables[0], dict) else None
    constants: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{system}-{name}",
        "status": "active",
    }
    if layer != "sources":
        server = {"server": "build", "type": "duckdb", "database": "warehouse.duckdb", "schema": layer}
        constants["servers"] = [server]
        constants["team"] = {"name": OWNER}
    return {**constants, **document, "schema": tables}


def _complete_table(table: Any) -> Any:
    if not isinstance(table, dict) or not isinstance(table.get("properties"), list):
        return table
    return {
        "physicalType": "table",
        **table,
        "properties": [_complete_column(c) for c in table["properties"]],
    }


def _complete_column(column: Any) -> Any:
    name = column.get("name") if isinstance(column, dict) else None
    word = vocabulary().get(name) if isinstance(name, str) else None
    told = column.get("customProperties", []) if word else None
    if word is None or not isinstance(told, list) or not all(isinstance(fact, dict) for fact in told):
        return column
    facts = [{"property": "descriptionZh", "value": word.zh}]
    if word.unit:
        facts.append({"property": "unit", "value": word.unit})
    said = [fact.get("property") for fact in told]
    filled: dict[str, Any] = {
        **TYPES[word.type],
        "classification": word.classification,
        "description": word.en,
        **column,
        "customProperties": [
            *told,
            *(fact for fact in facts if fact["property"] not in said),
        ],
    }
    if word.enum and "enum" not in column:
        filled["enum"] = [{"value": value} for value in word.enum]
    return filled
