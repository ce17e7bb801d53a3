"""dbt's source files, generated from the contracts and committed beside the staging models that read them.

A column's ``meta.cast`` is the compiled cast, so that no staging model writes one. A test finds stale files.
"""

from pathlib import Path

import yaml

from shopkeeper.contracts.casts import cast_sql, duckdb_type, local_date_sql, offset_sql, typed_cast_sql
from shopkeeper.contracts.model import Column, Contract
from shopkeeper.contracts.registry import Catalog, catalog
from shopkeeper.settings import PROJECT_ROOT

STAGING = PROJECT_ROOT / "dbt_project" / "models" / "staging"
_HEADER = (
    "# Generated from expectations/ by `shopkeeper contracts compile`: change the contract, not this file.\n"
)


def source_files(contracts: Catalog) -> dict[str, str]:
    """Return the text of every source file by its path below the staging models."""
    by_system: dict[str, list[Contract]] = {}
    for contract in contracts.sources + contracts.models:
        by_system.setdefault(contract.system, []).append(contract)
    return {f"{system}/_{system}__sources.yml": _text(system, tables) for system, tables in by_system.items()}


def stale_files(folder: Path = STAGING) -> list[str]:
    """Return the paths whose text is not what the contracts say now."""
    wanted = source_files(catalog())
    return [path for path, text in wanted.items() if not _says(folder / path, text)]


def write(folder: Path = STAGING) -> list[str]:
    """Write the source files that are stale and return their paths."""
    stale = stale_files(folder)
    wanted = source_files(catalog())
    for path in stale:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(wanted[path], encoding="utf-8")
    return stale


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _text(system: str, tables: list[Contract]) -> str:
    is_model = system == "models"
    # A folder such as `day=1` in the home's path would add a column.
    model = "read_parquet('models/{name}.parquet', hive_partitioning = false)"
    location = model if is_model else f"landed/{system}/{{name}}/*.parquet"
    source = {
        "name": system,
        "description": "What the Python steps of this build computed."
        if is_model
        else f"Batches of {system}.",
        "config": {"meta": {"external_location": location}},
        "tables": [_table(contract) for contract in tables],
    }
    document = {"version": 2, "sources": [source]}
    return _HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def _table(contract: Contract) -> dict[str, object]:
    return {
        "name": contract.table,
        "description": f"{contract.description} {contract.description_zh}",
        "config": {"meta": {"contract_version": contract.version, "key": list(contract.key)}},
        "columns": [_column(contract, column) for column in contract.columns],
    }


def _column(contract: Contract, column: Column) -> dict[str, object]:
    is_text = contract.file is not None and contract.file.format != "parquet"
    meta: dict[str, object] = {"classification": column.classification}
    if column.unit:
        meta["unit"] = column.unit
    meta["cast"] = cast_sql(column, column.name) if is_text else typed_cast_sql(column, column.name)
    if is_text and column.type in ("date", "timestamp"):
        meta["local_date"] = local_date_sql(column, column.name)
    if is_text and column.has_offset:
        meta["offset"] = offset_sql(column.name)
    return {
        "name": column.name,
        "description": f"{column.description} {column.description_zh}",
        "data_type": "VARCHAR" if is_text else duckdb_type(column),
        "config": {"meta": meta},
    }
