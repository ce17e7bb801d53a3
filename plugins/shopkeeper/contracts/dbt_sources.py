"""Generates dbt's source files from the contracts, committed next to the staging models that read them.

A column's `meta.cast` holds the compiled cast for each engine, so that no staging model writes casts. A test
finds stale files.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from shopkeeper.contracts.casts import (
    cast_sql,
    duckdb_type,
    local_date_sql,
    offset_sql,
    typed_cast_sql,
    unmarked_sql,
)
from shopkeeper.contracts.contract import Column, Contract
from shopkeeper.contracts.dbt_models import HEADER, model_files
from shopkeeper.contracts.entities_page import entities_page
from shopkeeper.contracts.registry import Catalog, all_contracts, read_catalog
from shopkeeper.contracts.spark_casts import spark_cast_sql, spark_identifier, spark_typed_cast_sql
from shopkeeper.engine import connect, identifier
from shopkeeper.paths import DBT_PROJECT, ENTITIES_PAGE, EXPECTATIONS, SCORES, RetailerPaths, sources_file
from shopkeeper.retailers import retailer


def compiled_files(contracts: Catalog) -> dict[Path, str]:
    """Return the text of every file that is compiled from the contracts, by its path."""
    by_system: dict[str, list[Contract]] = {}
    for contract in contracts.sources + contracts.scores:
        by_system.setdefault(contract.system, []).append(contract)
    sources = {_place(system): _text(system, tables) for system, tables in by_system.items()}
    page = {ENTITIES_PAGE: entities_page(read_catalog(EXPECTATIONS))} if ENTITIES_PAGE.parent.is_dir() else {}
    return sources | page | model_files(contracts, (DBT_PROJECT, retailer().dbt))


def stale_files() -> list[Path]:
    """Return the files whose text differs from what the contracts generate now."""
    return [path for path, text in compiled_files(all_contracts()).items() if not _says(path, text)]


def write() -> list[Path]:
    """Write the compiled files that are stale and return their paths."""
    stale = stale_files()
    wanted = compiled_files(all_contracts())
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    return stale


def _place(system: str) -> Path:
    staging = RetailerPaths(retailer().folder).staging
    return (SCORES if system == "scores" else staging / system) / sources_file(system)


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _text(system: str, tables: list[Contract]) -> str:
    is_score = system == "scores"
    # By name: a batch that landed before a column was added lacks it. A folder such as `day=1` in the
    # home's path adds none.
    location = "read_parquet('scores/{name}.parquet', hive_partitioning = false)"
    if not is_score:
        files = f"'landed/{system}/{{name}}/*.parquet'"
        location = f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"
    source = {
        "name": system,
        "description": "What the Python steps of this build computed."
        if is_score
        else f"Batches of {system}.",
        "config": {"meta": {"external_location": location}},
        "tables": [_table(contract) for contract in tables],
    }
    document = _unrendered({"version": 2, "sources": [source]})
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def _table(contract: Contract) -> dict[str, object]:
    return {
        "name": contract.table,
        "description": f"{contract.description} {contract.description_zh}",
        "config": {"meta": _table_meta(contract)},
        "columns": [_column(contract, column) for column in contract.raw_columns],
    }


def _table_meta(contract: Contract) -> dict[str, object]:
    is_text = contract.file is not None and contract.file.format != "parquet"
    currency = contract.file.currency_code if contract.file else None
    meta = {"contract_version": contract.version, "key": list(contract.key), "is_text": is_text}
    return meta | ({"currency_code": currency} if currency else {})


def _column(contract: Contract, column: Column) -> dict[str, object]:
    is_text = contract.file is not None and contract.file.format != "parquet"
    meta: dict[str, object] = {"classification": column.classification}
    if column.unit:
        meta["unit"] = column.unit
    name = _reference(column.name)
    quoted = name if name == column.name else spark_identifier(column.name)
    meta["cast"] = {
        "duckdb": cast_sql(column, name) if is_text else typed_cast_sql(column, name),
        "spark": spark_cast_sql(column, quoted) if is_text else spark_typed_cast_sql(column, quoted),
    }
    if is_text and column.type in ("date", "timestamp"):
        meta["local_date"] = local_date_sql(column, name)
    if is_text and column.has_offset:
        meta["offset"] = offset_sql(column, unmarked_sql(column, name))
    return {
        "name": column.name,
        "description": f"{column.description} {column.description_zh}",
        "data_type": "VARCHAR" if is_text else duckdb_type(column),
        "config": {"meta": meta},
    }


def _unrendered(value: Any) -> Any:
    """Protect text from dbt, which renders every text as a Jinja template."""
    if isinstance(value, dict):
        return {key: _unrendered(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_unrendered(each) for each in value]
    is_template = isinstance(value, str) and re.search("{[{%#]", value)
    return f"{{% raw %}}{value}{{% endraw %}}" if is_template else value


def is_bare(name: str) -> bool:
    """Whether a column's name needs no quotes in SQL, which differ between engines."""
    return re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) is not None and name.lower() not in _keywords()


def _reference(name: str) -> str:
    return name if is_bare(name) else identifier(name)


@lru_cache
def _keywords() -> frozenset[str]:
    with connect() as connection:
        found = connection.execute(
            "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
        )
        return frozenset(name for (name,) in found.fetchall())
