"""Publishes a build, and rolls back to an earlier version.

The only module that moves `published/current`. A build is checked and sealed first, then shown in one step.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import shopkeeper
from shopkeeper.contracts import off
from shopkeeper.errors import UserError
from shopkeeper.files import exclusive, sync, sync_tree
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.retailers import retailer
from shopkeeper.sentences import Sentence
from shopkeeper.settings import settings
from shopkeeper.warehouse import learned, published, tokens, verdicts
from shopkeeper.warehouse.builds import LOCK_SECONDS, Build, describe
from shopkeeper.warehouse.connection import connect, telling_damage
from shopkeeper.warehouse.landed_batches import landed
from shopkeeper.warehouse.reuse import carried_nodes, require_carried_rules
from shopkeeper.warehouse.rollbacks import hold_as_before, hold_later
from shopkeeper.warehouse.table_contents import contents


def publish(home: Home, build_id: str) -> dict[str, Any]:
    """Show a build to readers and return its manifest; resumes after a crash when called again.

    Raises `Fenced` if a newer refresh has begun, `UserError` if a verdict is missing or bad; readers then
    keep the version that they see.
    """
    if published.current(home) == build_id:
        return published.manifest(home)
    tokens.require_newest(home, build_id)
    build = home.build(build_id)
    if not (home.versions / build_id).exists():
        try:
            seal(home, build)
        except (OSError, UserError):
            if published.current(home) == build_id:  # another attempt at this publish finished first
                return published.manifest(home)
            tokens.require_newest(home, build_id)
            raise
    with exclusive(home.publish_lock, LOCK_SECONDS):
        tokens.require_newest(home, build_id)
        if not home.versions.exists():
            home.versions.mkdir()
            sync(home.root)
        published.swap_in(home, build.root)
        published.prune(home, settings().versions_kept)
    return published.manifest(home)


def seal(home: Home, build: BuildPaths) -> None:
    """Check a build, write its manifest and flush it to disk, so that it may be shown."""
    begun = describe(home, build.root.name)
    gates = verdicts.require_gates(build)
    if build.warehouse.with_suffix(".duckdb.wal").exists():
        raise UserError(
            f"dbt had no room to finish {build.warehouse}, its last changes are still in a log; "
            "free some and run again, the published version is untouched"
        )
    with connect(build.warehouse) as connection, telling_damage(build.warehouse):
        tables = contents(connection)
        in_warehouse = dict(connection.sql("select batch_id, row_count from meta.batches").fetchall())
        chosen = connection.read_parquet(str(build.batches))
        statuses = dict(chosen.project("batch_id, status").fetchall())
    told = {name: asdict(content) for name, content in tables.items()}
    carried = carried_nodes(home, build, begun, told)
    require_carried_rules(home, build, begun, told)
    ran = verdicts.require_dbt(build, carried)
    listed = {batch.batch_id: batch for batch in landed(home)}
    contained = sorted(name for name, status in statuses.items() if status != "withdrawn")
    new = sorted(name for name, status in statuses.items() if status == "new")
    rows = verdicts.require_conservation(home, [listed[name] for name in contained], {*new}, in_warehouse)
    for left in (build.landed, build.temp):
        shutil.rmtree(left, ignore_errors=True)
    build.staging.unlink(missing_ok=True)
    published.write_manifest(
        build,
        {
            "version": begun.build_id,
            "release": shopkeeper.__version__,
            "retailer": retailer().name,
            "base_version": begun.base_version,
            "token": begun.token,
            "as_of_date": begun.as_of_date,
            "code_version": begun.code_version,
            "definitions": begun.definitions,
            "changed": begun.changed,
            "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "batches": {
                "new": new,
                "withdrawn": sorted(name for name, status in statuses.items() if status == "withdrawn"),
                "contained": contained,
            },
            "rows": rows,
            "tables": told,
            "files": published.file_hashes(build),
            "gates": gates,
            "learned": {**_learned(home, begun), **learned.keep(home, build)},
            "judged": {**dict.fromkeys(ran, begun.build_id), **carried},
            "off": off(),
            "steps": {path.stem: json.loads(path.read_text()) for path in sorted(build.steps.glob("*.json"))},
        },
    )
    sync_tree(build.root)


def _learned(home: Home, begun: Build) -> dict[str, str]:
    """Return the batches that the base version left; a full rebuild performs every step anyway."""
    if begun.extends is None:
        return {}
    left: dict[str, str] = published.manifest(home, begun.extends).get("learned", {})
    return left


def changed_tables(home: Home, manifest: dict[str, Any]) -> list[str]:
    """Return the tables of a version that differ from its manifest; reads every table whole."""
    file = home.version(manifest["version"]).warehouse
    with connect(file) as connection, telling_damage(file):
        found = {name: asdict(content) for name, content in contents(connection).items()}
    recorded = manifest["tables"]
    return sorted(name for name in found | recorded if found.get(name) != recorded.get(name))


def roll_back(home: Home, version: str) -> None:
    """Show readers a version that was published before, and hold everything that landed after it.

    Works in any state of the link. Raises `UserError` unless every table still matches what was recorded when
    the version was published.
    """
    _show(home, version, hold_later)


def undo_rollback(home: Home, version: str) -> None:
    """Show readers again the version that the last rollback left, and release just what that one held.

    What landed after the rollback waits for the next refresh. Raises `UserError` as `roll_back` does, and if
    the last rollback left another version.
    """
    _show(home, version, hold_as_before)


def _show(home: Home, version: str, change_holds: Callable[[Home, str, str], None]) -> None:
    """Move the link to an earlier version; `change_holds` gets that version and the one shown until now."""
    with exclusive(home.publish_lock, LOCK_SECONDS):
        published.recover(home)
        told = published.manifest(home, version)
        if home.current.is_symlink() and str(home.current.readlink()) == version:
            raise UserError(Sentence("{version} is already the version that readers see", version=version))
        changed = changed_tables(home, told)
        if changed:
            facts = {"version": version, "tables": ", ".join(changed[:3])}
            raise UserError(
                Sentence("{version} is not what was published ({tables}); choose another version", **facts)
            )
        tokens.take(home)
        change_holds(home, version, published.linked(home) or "–")
        published.swap_back(home, version)
