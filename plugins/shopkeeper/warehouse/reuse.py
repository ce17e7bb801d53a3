"""Reuses tables, scores and verdicts of the base version that no new batch or definition touches.

A reused verdict names the version that reached it. Publishing checks that the base version recorded the same
verdict, and that the table still has the same content hash.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.parquet as pq

from shopkeeper.contracts import GATES
from shopkeeper.errors import UserError
from shopkeeper.files import copy, sha256_of, write_json
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.warehouse import published
from shopkeeper.warehouse.builds import Build, describe
from shopkeeper.warehouse.connection import connect
from shopkeeper.warehouse.table_contents import contents
from shopkeeper.warehouse.verdicts import SELECTORS

SHAPE_STEPS = ("retailer's ", "library ")
"""Definitions that can change the result of any Python step."""

SIZES = (
    "select schema_name || '.' || table_name, estimated_size from duckdb_tables() "
    "where database_name = current_database()"
)


@dataclass(frozen=True)
class Reused:
    """A model or test that did not run: the version that judged it, why, and its table if it has one.

    `said`: the parts of `why`.
    """

    judged_in: str
    why: str
    table: str | None = None
    said: dict[str, Any] | None = None


def arrivals(build: BuildPaths) -> set[str]:
    """Return the raw tables, `<system>.<table>`, to which this build adds a batch or from which it removes
    one.
    """
    rows = pq.ParquetFile(build.batches).read(["system", "table_name", "status"]).to_pylist()
    return {f"{row['system']}.{row['table_name']}" for row in rows if row["status"] != "kept"}


def reused_nodes(build: BuildPaths) -> dict[str, Reused]:
    """Return what dbt has reused so far, by unique id."""
    files = (build.dbt_run(selector).reused for selector in SELECTORS)
    told = [json.loads(file.read_text()) for file in files if file.exists()]
    return {node: Reused(**reused) for nodes in told for node, reused in nodes.items()}


def note_unchanged(home: Home, build_id: str, selector: str, made: Collection[str]) -> None:
    """Note which tables, made by this run of dbt, have the content that they have in the base version."""
    build, begun = home.build(build_id), describe(home, build_id)
    same: list[str] = []
    if begun.extends is not None:
        known = published.manifest(home, begun.extends)["tables"]
        with connect(build.warehouse) as connection:
            sizes = dict(connection.execute(SIZES).fetchall())
            alike = [table for table in made if table in known and known[table]["row_count"] == sizes[table]]
            found = contents(connection, only=alike)
        same = sorted(table for table in alike if known[table] == asdict(found[table]))
    write_json(build.dbt_run(selector).unchanged, same)


def unchanged_tables(build: BuildPaths) -> frozenset[str]:
    """Return the tables, `<schema>.<table>`, that dbt has taken over so far or made the same again."""
    files = (build.dbt_run(selector).unchanged for selector in SELECTORS)
    same = {table for file in files if file.exists() for table in json.loads(file.read_text())}
    return frozenset(reused.table for reused in reused_nodes(build).values() if reused.table) | same


def unchanged_scores(home: Home, build_id: str) -> frozenset[str]:
    """Return the scores, `scores.<name>`, that are the same in this build and its base version."""
    build, begun = home.build(build_id), describe(home, build_id)
    if begun.extends is None:
        return frozenset()
    known = published.manifest(home, begun.extends).get("files", {})
    return frozenset(
        f"scores.{file.stem}"
        for file in build.scores.glob("*.parquet")
        if sha256_of(file) == known.get(file.relative_to(build.root).as_posix())
    )


def reuse_step(
    home: Home, build_id: str, name: str, reads: Iterable[str], writes: Iterable[str], is_dated: bool
) -> dict[str, Any] | None:
    """Copy a step's scores from the base version and return its facts; None if the step must run.

    `reads`: its tables, `<schema>.<table>`; `writes`: its files below `scores/`; `is_dated`: it depends on
    the as-of date.
    """
    build, begun = home.build(build_id), describe(home, build_id)
    if begun.extends is None:
        return None
    base = home.version(begun.extends)
    is_altered = f"step {name}" in begun.altered or any(x.startswith(SHAPE_STEPS) for x in begun.altered)
    if is_altered or not unchanged_tables(build).issuperset(reads) or not base.step(name).exists():
        return None
    if is_dated and begun.as_of_date != published.manifest(home, begun.extends)["as_of_date"]:
        return None
    for file in writes:
        if (base.scores / file).exists():
            copy(base.scores / file, build.scores / file)
    facts: dict[str, Any] = json.loads(base.step(name).read_text())
    return {**facts, "reused": facts.get("reused", begun.extends)}


def carried_nodes(home: Home, build: BuildPaths, begun: Build, tables: dict[str, Any]) -> dict[str, str]:
    """Return the version that judged each reused node.

    `tables`: the contents of the build. Raises `UserError` if the base version disagrees, or a table is not
    the one that was judged.
    """
    reused = reused_nodes(build)
    if not reused:
        return {}
    told = published.manifest(home, begun.base_version)
    for node, each in reused.items():
        is_same = each.table is None or told["tables"].get(each.table) == tables.get(each.table)
        if told.get("judged", {}).get(node) != each.judged_in or not is_same:
            raise UserError(
                f"{node} was taken over from {begun.base_version}, which does not bear that out; "
                "run again with `shopkeeper refresh --full`"
            )
    return {node: each.judged_in for node, each in reused.items()}


def require_carried_rules(home: Home, build: BuildPaths, begun: Build, tables: dict[str, Any]) -> None:
    """Check the gates' rules whose verdict was reused.

    `tables`: the contents of the build. Raises `UserError` unless the base version bears the same verdict of
    the same version, and what was judged is still the same: the table, or the source without a new batch.
    """
    reused = [rule for rule in _rules(build) if rule["judged_in"]]
    if not reused:
        return
    base = home.version(str(begun.base_version))
    told = published.manifest(home, base.root.name)["tables"]
    judged = {_verdict(rule, base.root.name) for rule in _rules(base)}
    moved = arrivals(build)
    for rule in reused:
        name = rule["contract"]
        if _verdict(rule) not in judged or name in moved or told.get(name) != tables.get(name):
            raise UserError(
                f"{name}: {rule['rule']} was taken over from {base.root.name}, which does not bear that out; "
                "run again with `shopkeeper refresh --full`"
            )


def _rules(build: BuildPaths) -> list[dict[str, Any]]:
    return [rule for gate in GATES for rule in json.loads(build.gate(gate).read_text())["rules"]]


def _verdict(rule: dict[str, Any], judged_in: str | None = None) -> tuple[Any, ...]:
    facts = (rule[name] for name in ("contract", "rule", "severity", "has_passed", "observed"))
    return (*facts, rule["judged_in"] or judged_in)
