"""May this build be published? Decides from what dbt and the gates left in the build itself.

Decides only from files in the build; a missing one blocks publishing.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.contracts import GATES
from shopkeeper.errors import UserError
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.warehouse.landed_batches import Batch

SELECTORS = ("standardize", "integrate", "serve")
GOOD = {"success", "pass", "warn", "no-op"}
NEEDED = ("model.", "test.", "seed.", "snapshot.")


def require_dbt(build: BuildPaths, carried: Collection[str]) -> list[str]:
    """Return the dbt nodes that ran; `UserError` unless all of them succeeded in this build.

    `carried`: nodes whose verdict was reused.
    """
    seen: set[str] = set()
    for selector in SELECTORS:
        results = _read(build.dbt_run(selector).results, f"dbt {selector}")
        bound = results["metadata"].get("env", {}).get("BUILD_ID")
        if bound != build.root.name:
            raise UserError(
                f"the results of dbt {selector} belong to {bound}, not to {build.root.name}; run again"
            )
        for result in results["results"]:
            if result["status"] not in GOOD:
                raise UserError(
                    f"{result['unique_id']} ended as {result['status']} in dbt {selector}; "
                    "see docs/runbooks/a-gate-failed.md"
                )
            seen.add(result["unique_id"])
    manifest = _read(build.dbt_run(SELECTORS[-1]).manifest, "dbt")
    missing = {
        name
        for name, node in manifest["nodes"].items()
        if name.startswith(NEEDED)
        and node["config"].get("materialized") != "ephemeral"
        and name not in seen
        and name not in carried
        # dbt keeps the tests of a disabled model, without a model to test
        and not (name.startswith("test.") and node.get("depends_on", {}).get("nodes") == [])
    }
    if missing:
        raise UserError(f"{len(missing)} dbt nodes did not run, first {min(missing)}; run the refresh again")
    return sorted(name for name in seen if name.startswith(NEEDED))


def require_gates(build: BuildPaths) -> dict[str, Any]:
    """Return each gate's verdict in short; `UserError` unless all of them passed in this build."""
    verdicts: dict[str, Any] = {}
    for gate in GATES:
        result = _read(build.gate(gate), f"gate {gate}")
        if result["build_id"] != build.root.name:
            raise UserError(
                f"the result of gate {gate} belongs to {result['build_id']}, not to {build.root.name}"
            )
        if result["has_passed"] is not True:
            raise UserError(f"gate {gate} has failed; see docs/runbooks/a-gate-failed.md")
        failed = [rule["rule"] for rule in result["rules"] if not rule["has_passed"]]
        verdicts[gate] = {"rule_count": len(result["rules"]), "warnings": failed}
    return verdicts


def require_conservation(
    home: Home, contained: list[Batch], new: Collection[str], in_warehouse: dict[str, int]
) -> dict[str, int]:
    """Return the rows accepted and quarantined by the batches that a version contains.

    Raises `UserError` unless for each batch: records = accepted + quarantined, both files of a new batch hold
    that many rows, and the warehouse's own list (`in_warehouse`: batch to row count) agrees.
    """
    rows = {"accepted": 0, "quarantined": 0}
    for batch in contained:
        told = (batch.accepted_count, batch.quarantined_count)
        accepted, quarantined = _row_counts(home, batch) if batch.batch_id in new else told
        if (batch.record_count, *told) != (accepted + quarantined, accepted, quarantined):
            raise UserError(
                f"{batch.file_name}: {batch.record_count} records, but {accepted} accepted and {quarantined} "
                f"quarantined; batch {batch.batch_id} is damaged, see docs/runbooks/run-a-refresh-again.md"
            )
        rows["accepted"] += accepted
        rows["quarantined"] += quarantined
    expected = {batch.batch_id: batch.accepted_count for batch in contained}
    if in_warehouse != expected:
        differing = {name for name, _ in expected.items() ^ in_warehouse.items()}
        raise UserError(
            f"the warehouse does not hold the batches of its build, first {min(differing)}; "
            "run again with `shopkeeper refresh --full`"
        )
    return rows


def _row_counts(home: Home, batch: Batch) -> list[int]:
    places = home.batch(batch.system, batch.table, batch.batch_id)
    return [_row_count(file) if file.exists() else 0 for file in (places.rows, places.quarantine)]


def _row_count(file: Path) -> int:
    try:
        return int(pq.read_metadata(file).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"{file} cannot be read; restore it from a backup, see docs/runbooks/run-a-refresh-again.md"
        ) from error


def _read(file: Path, what: str) -> Any:
    if not file.exists():
        raise UserError(f"{what} has left no result in {file.parent.name}; run the refresh again")
    return json.loads(file.read_text())
