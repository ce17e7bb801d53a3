"""The grocer in miniature: files as landing leaves them, builds as `begin` lays them out, dbt in process."""

import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from tests.shop.batches import Row, till_line

from shopkeeper import contracts, warehouse
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.contracts.contract import Contract
from shopkeeper.dbt_runner import runs as dbt_runs
from shopkeeper.identity import link_identifiers
from shopkeeper.retailers import retailer
from shopkeeper.warehouse.builds import BATCHES

QUIET = (
    "--quiet",
    "--log-level",
    "error",
    "--log-level-file",
    "none",
    "--no-version-check",
    "--no-use-colors",
)
HOUSEHOLDS = ["transaction_lines", "households", "campaign_mailings", "coupon_redemptions"]

MONDAY, NEXT_MONDAY = "2017-01-02", "2017-01-09"


@dataclass(frozen=True)
class File:
    """One accepted file: rows by source column, values as landing keeps them (text, but for promotions)."""

    table: str
    name: str
    rows: tuple[tuple[tuple[str, Any], ...], ...]

    @property
    def batch_id(self) -> str:
        """Say what the sha256 of its bytes would be."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def file(table: str, name: str, rows: Sequence[Row]) -> File:
    """Return a file of these rows."""
    return File(table, name, tuple(tuple(sorted(row.items(), key=lambda item: item[0])) for row in rows))


def line(
    basket: str, product: str, sales: str, day: str = MONDAY, household: str = "1042", **more: str
) -> Row:
    """Return one till line, of one piece unless `more` says otherwise."""
    week = "2" if day < NEXT_MONDAY else "3"
    return till_line(basket, product, sales, day, household, **{"week": week, **more})


@dataclass(frozen=True)
class Build:
    """One finished build and the files that it contains, in order of landing."""

    folder: Path
    files: tuple[File, ...]
    as_of: date

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the warehouse, which sees the build's own files too."""
        config = {"file_search_path": str(self.folder)}
        with duckdb.connect(
            str(self.folder / "warehouse.duckdb"), read_only=True, config=config
        ) as connection:
            return connection.sql(sql).fetchall()

    def contents(self, *schemas: str, ignored: Sequence[str] = ()) -> dict[str, str]:
        """Return the content hash of each table of these schemas, of all that stay by default."""
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            return {
                name: f"{content.row_count} rows, {content.content_hash}"
                for name, content in warehouse.contents(connection, ignored).items()
                if not schemas or name.split(".")[0] in schemas
            }


@dataclass
class Grocer:
    """Refreshes builds below one folder; `order` is the order in which files have landed."""

    folder: Path
    order: list[File] = field(default_factory=list)
    count: int = 0

    def refresh(
        self,
        *files: File,
        base: Build | None = None,
        command: str = "run",
        merged: tuple[str, str] | None = None,
        as_of: date | None = None,
    ) -> Build:
        """Return a build that contains just these files, on top of `base` or from nothing; dbt must succeed.

        `merged`: two households that are found to be one customer, the second. `as_of`: the last complete day,
        the last one of the tills by default.
        """
        self.order += [each for each in files if each not in self.order]
        self.count += 1
        folder = self.folder / f"v{self.count:06}"
        contained = tuple(sorted(files, key=self.order.index))
        day = as_of or last_day(contained)
        self._lay_out(folder, contained, base, day)
        write_scores(folder / "scores", contained, merged)
        result = run_dbt(folder, command)
        failed = [f"{r.node.name}: {r.message}" for r in result.result or [] if r.status in ("error", "fail")]
        assert result.success, failed or result.exception
        return Build(folder, contained, day)

    def _lay_out(self, folder: Path, contained: tuple[File, ...], base: Build | None, day: date) -> None:
        before = base.files if base else ()
        folder.mkdir(parents=True)
        if base:
            shutil.copy(base.folder / "warehouse.duckdb", folder / "warehouse.duckdb")
        rows = []
        for contract in contracts.catalog().sources:
            landed = folder / "landed" / contract.system / contract.table
            landed.mkdir(parents=True)
            pq.write_table(_raw(contract, ()), landed / "_none.parquet")
            for each in self.order:
                if each.table != contract.table or each not in {*contained, *before}:
                    continue
                is_new = each not in before
                if is_new:
                    pq.write_table(_raw(contract, each.rows), landed / f"{each.batch_id}.parquet")
                rows.append(
                    {
                        "batch_id": each.batch_id,
                        "system": contract.system,
                        "table_name": each.table,
                        "file_name": each.name,
                        "row_count": len(each.rows),
                        "landed_sequence": self.order.index(each) + 1,
                        "replay_of": None,
                        "status": "new" if is_new else "kept" if each in contained else "withdrawn",
                        "delivery": contract.file.delivery if contract.file else "events",
                        "stated_date": date(2017, 1, 1),
                    }
                )
        pq.write_table(pa.Table.from_pylist(rows, BATCHES), folder / "batches.parquet")
        days = {"as_of_date": [day], "settled_date": [min(day, base.as_of) if base else day]}
        pq.write_table(pa.table(days), folder / "refresh.parquet")


def last_day(files: Sequence[File]) -> date:
    """Return the last local day on which a till line was written."""
    days = [
        dict(row)["transaction_timestamp"][:10]
        for each in files
        if each.table == "transaction_lines"
        for row in each.rows
    ]
    return date.fromisoformat(max(days))


def run_dbt(build: Path, *command: str) -> Any:
    """Run one dbt command on a build with the project as it was parsed first."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    manifest = None if command[0] == "parse" else parsed_project()
    os.environ["SHOPKEEPER_BUILD"] = str(build)
    try:
        return dbtRunner(manifest=manifest).invoke([*QUIET, *command, *places(build / "dbt")])
    finally:
        DuckDBConnectionManager.close_all_connections()
        gc.collect()


def places(target: Path) -> tuple[str, ...]:
    """Return the arguments that point dbt to both projects, and Shopkeeper's variables."""
    dbt_runs.install_package(retailer().dbt)
    return (
        *("--project-dir", str(retailer().dbt), "--profiles-dir", str(dbt_runs.DBT_PROJECT)),
        *("--vars", json.dumps(dbt_runs.project_variables(), sort_keys=True), "--target-path", str(target)),
    )


@lru_cache(maxsize=1)
def parsed_project() -> Any:
    """Return the manifest, parsed once per process: no build is named in it."""
    with tempfile.TemporaryDirectory() as folder:
        return run_dbt(Path(folder), "parse").result


def _raw(contract: Contract, rows: Sequence[tuple[tuple[str, Any], ...]]) -> pa.Table:
    """Return rows as raw keeps them: text with a line number, or a Parquet file's own types."""
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    types = {"BIGINT": pa.int64(), "VARCHAR": pa.string()}
    columns = {
        column.name: pa.array(
            [dict(row).get(column.name) for row in rows],
            types[duckdb_type(column)] if is_parquet else pa.string(),
        )
        for column in contract.columns
    }
    if not is_parquet:
        columns["_line_number"] = pa.array(range(2, len(rows) + 2), pa.int64())
    return pa.table(columns)


def write_scores(folder: Path, files: Sequence[File], merged: tuple[str, str] | None) -> None:
    """Write what Python steps would: linked identities, and scores of nobody."""
    folder.mkdir()
    known = {dict(row)["household_id"] for each in files if each.table in HOUSEHOLDS for row in each.rows}
    mentioned = pa.table(
        {"identifier_type": ["household_id"] * len(known), "identifier_value": sorted(known)}
    )
    one, other = ([merged[0]], [merged[1]]) if merged else ([], [])
    links = {
        "identifier_type": ["household_id"] * len(one),
        "identifier_value": one,
        "linked_identifier_type": ["household_id"] * len(one),
        "linked_identifier_value": other,
    }
    linked = pa.table({name: pa.array(values, pa.string()) for name, values in links.items()})
    pq.write_table(
        link_identifiers(mentioned, linked, ["household_id"]), folder / "customer_identities.parquet"
    )
    with duckdb.connect() as connection:
        for contract in contracts.catalog().scores:
            if contract.table != "customer_identities":
                columns = ", ".join(
                    f"null::{duckdb_type(column)} as {column.name}" for column in contract.columns
                )
                connection.sql(f"select {columns} limit 0").write_parquet(
                    str(folder / f"{contract.table}.parquet")
                )
