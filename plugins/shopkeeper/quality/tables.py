"""The tables that each gate checks: a contract, and the SQL that selects its rows in this build.

Copies nothing: Parquet is read in place, the warehouse file is attached read-only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow.parquet as pq

from shopkeeper.contracts import Contract, catalog
from shopkeeper.contracts.casts import cast_sql, typed_cast_sql
from shopkeeper.engine import file_literal, identifier, scan
from shopkeeper.paths import BuildPaths


@dataclass(frozen=True)
class GatedTable:
    """One table at a gate: `view` is its name in the gate's database, `sql` selects its rows."""

    contract: Contract
    view: str
    sql: str


def gated_tables(name: str, build: BuildPaths) -> list[GatedTable]:
    """Return the tables of one gate; for the gate of sources, those with new batches."""
    if name == "sources":
        return list(_sources(build))
    if name == "scores":
        return [
            GatedTable(c, c.table, f"select * from {scan(build.score(c.table))}") for c in catalog().scores
        ]
    contracts = catalog().features if name == "features" else catalog().marts
    return [
        GatedTable(c, c.table, f"select * from warehouse.{name}.{identifier(c.table)}") for c in contracts
    ]


def batch_list(build: BuildPaths) -> list[dict[str, Any]]:
    """Return the rows of `batches.parquet` in landing order."""
    rows: list[dict[str, Any]] = pq.read_table(build.batches).to_pylist()
    return sorted(rows, key=lambda row: row["landed_sequence"])


def as_of_date(build: BuildPaths) -> date | None:
    """Return the build's as-of date."""
    rows = pq.read_table(build.refresh).to_pylist()
    return rows[0]["as_of_date"] if rows else None


def _sources(build: BuildPaths) -> Iterator[GatedTable]:
    arrived = {
        (batch["system"], batch["table_name"]) for batch in batch_list(build) if batch["status"] == "new"
    }
    for contract in catalog().sources:
        if (contract.system, contract.table) in arrived:
            folder = file_literal(build.landed_table(contract.system, contract.table))
            sql = typed_sql(contract, f"{folder} || '/*.parquet'")
            yield GatedTable(contract, f"{contract.system}__{contract.table}", sql)


def typed_sql(contract: Contract, files: str) -> str:
    """Return SQL for rows of a source in the contract's types, with the batch and line of each.

    `files`: SQL that names raw files.
    """
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    cast = typed_cast_sql if is_parquet else cast_sql
    columns = [f"{cast(c, identifier(c.name))} as {identifier(c.name)}" for c in contract.columns]
    line = "file_row_number + 1" if is_parquet else "_line_number"
    columns += ["parse_filename(filename, true) as batch_id", f"{line} as source_line_number"]
    # By name: a batch that landed before a column was added lacks it.
    options = "union_by_name = true, hive_partitioning = false"
    return f"select {', '.join(columns)} from read_parquet({files}, {options})"
