"""Keeping the compiled SQL of every model and test with the version that it made.

A number is traced by it, and a verdict shows it. What the SQL means is no matter of this module.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shopkeeper.dbt_runner.reuse import table_of
from shopkeeper.files import write_json
from shopkeeper.paths import BuildPaths


def keep_compiled(
    build: BuildPaths, base: BuildPaths | None, nodes: Mapping[str, Any], results: Iterable[Mapping[str, Any]]
) -> None:
    """Add what one run of dbt has compiled to the build's `dbt/compiled.json`.

    `nodes`: the parsed project's nodes by unique id; `results`: those of `run_results.json`. A model
    that did not run says what it says in `base`, the version that the build extends; one that the project
    no longer has is left out.
    """
    models = {name: node for name, node in nodes.items() if node.resource_type == "model"}
    ran = {result["unique_id"]: result["compiled_code"] for result in results if result.get("compiled_code")}
    keys = keys_of(nodes)
    known = {**(_read(base.compiled) if base else {}), **_read(build.compiled)}
    for name in models.keys() & ran.keys():
        known[name] = _told(models[name], keys.get(name, []), ran[name])
    folders = {name: {"folder": folder_of(node.fqn)} for name, node in models.items()}
    kept = sorted(known.keys() & models.keys())
    write_json(build.compiled, {name: {**known[name], **folders[name]} for name in kept})


def folder_of(fqn: Sequence[str]) -> str:
    """Return the folder of a model below `models/`, such as `core_sales`, from dbt's full name of it."""
    return "_".join(fqn[1:-1]) or "models"


def keep_tests(
    build: BuildPaths, base: BuildPaths | None, nodes: Mapping[str, Any], results: Iterable[Mapping[str, Any]]
) -> None:
    """Add the tests that one run of dbt has asked to the build's `dbt/tests.json`, like `keep_compiled`."""
    tests = {name: node for name, node in nodes.items() if node.resource_type == "test"}
    known = {**(_read(base.tests) if base else {}), **_read(build.tests)}
    for result in results:
        if result["unique_id"] in tests and result.get("compiled_code"):
            node = tests[result["unique_id"]]
            attached, told = getattr(node, "attached_node", None), getattr(node, "test_metadata", None)
            known[result["unique_id"]] = {
                "name": node.name,
                "models": [attached] if attached else sorted(node.depends_on.nodes),
                "kind": told.name if told else None,
                "columns": list(told.kwargs.get("columns", ())) if told else [],
                "sql": result["compiled_code"],
            }
    write_json(build.tests, {name: known[name] for name in sorted(known.keys() & tests.keys())})


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _told(node: Any, key: list[str], sql: str) -> dict[str, Any]:
    return {
        "relation": node.relation_name,
        "database": node.database,
        "table": table_of(node),
        "key": key,
        "changed_in": node.config.get("changed_in"),
        "parents": sorted(node.depends_on.nodes),
        "sql": sql,
    }


def keys_of(nodes: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the columns that identify a row of each model, as its test `unique_columns` says."""
    told = ((node, getattr(node, "test_metadata", None)) for node in nodes.values())
    return {
        node.attached_node: list(test.kwargs["columns"])
        for node, test in told
        if test is not None and test.name == "unique_columns"
    }
