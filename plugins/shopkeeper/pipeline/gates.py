"""The steps that check the tables at each border against their contracts."""

from collections.abc import Iterator

import pyarrow.parquet as pq

from shopkeeper import quality, warehouse
from shopkeeper.contracts import catalog
from shopkeeper.engine import identifier
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, step


@step
def gate_sources(home: Home, build_id: str) -> Facts:
    """Check the new batches against the producers' contracts."""
    return _gate(home, build_id, "sources")


@step
def gate_features(home: Home, build_id: str) -> Facts:
    """Check the features against what the methods require."""
    return _gate(home, build_id, "features")


@step
def gate_scores(home: Home, build_id: str) -> Facts:
    """Check the scores against what a valid score looks like."""
    return _gate(home, build_id, "scores")


@step
def gate_marts(home: Home, build_id: str) -> Facts:
    """Check the marts against what their readers were promised."""
    return _gate(home, build_id, "marts")


def _gate(home: Home, build_id: str, name: str) -> Facts:
    build, begun = home.build(build_id), warehouse.describe(home, build_id)
    base = None if begun.extends is None else home.version(begun.extends)
    result = quality.gate(name, build, base, set(_unchanged(home, build_id, name)))
    warnings = [rule.rule for rule in result.rules if not rule.has_passed]
    reused = sum(rule.judged_in is not None for rule in result.rules)
    told = {"rows": _row_count(home, build_id, name), "rules": len(result.rules), "warnings": warnings}
    return {**told, **({"reused": reused} if reused else {})}


def _row_count(home: Home, build_id: str, name: str) -> int:
    """Return the rows of the tables that a gate looks at; of sources, those of the new batches."""
    build = home.build(build_id)
    if name == "sources":
        return sum(batch["row_count"] for batch in quality.batch_list(build) if batch["status"] == "new")
    tables = [contract.table for contract in getattr(catalog(), name)]
    if name == "scores":
        return sum(pq.read_metadata(build.score(table)).num_rows for table in tables)
    counts = " union all ".join(f"select count(*) as n from {name}.{identifier(table)}" for table in tables)
    with warehouse.connect_build(home, build_id) as connection:
        return int((connection.execute(f"select sum(n) from ({counts})").fetchone() or (0,))[0])


def _unchanged(home: Home, build_id: str, gate: str) -> Iterator[str]:
    """Yield the contracts of a gate whose verdict cannot have changed: same table, same rules."""
    build, begun = home.build(build_id), warehouse.describe(home, build_id)
    if gate == "sources" or "library great-expectations" in begun.altered:
        return
    same = (
        warehouse.unchanged_scores(home, build_id) if gate == "scores" else warehouse.unchanged_tables(build)
    )
    for contract in getattr(catalog(), gate):
        if f"{gate}.{contract.table}" in same and f"rules of {contract.name}" not in begun.altered:
            yield contract.name
