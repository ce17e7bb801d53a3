"""Fingerprints every model and test of the dbt projects by its compiled SQL.

Equal SQL has equal fingerprints, independent of layout and comments, since DuckDB's parser reads it. Macros,
variables and contracts count if they change the compiled SQL.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shopkeeper.dbt_runner.remembering import remembered
from shopkeeper.dbt_runner.reuse import KEPT, table_of
from shopkeeper.dbt_runner.runs import SELECTIONS, invoke, parsed
from shopkeeper.engine import connect
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.warehouse import Definitions, Increment

_PLACE = re.compile(r'"query_location":\d+,?')
_FAILED_MODEL = re.compile(r"Error in model (\w+)")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_SHAPELESS = {"access", "docs", "group", "tags", "unique_key"}


class NotCompiled(UserError):
    """A model cannot be compiled; `model` is its name, if dbt says it."""

    def __init__(self, said: str) -> None:
        found = _FAILED_MODEL.search(said)
        self.model = found[1] if found else None
        super().__init__(f"the dbt project cannot be compiled: {said}")


def definitions(home: Home) -> Definitions:
    """Return the fingerprint of each model and test."""
    return remembered(home, "definitions", partial(compiled_definitions, home))


def compiled_sql(home: Home) -> dict[str, str]:
    """Return the SQL of each model and test by unique id, as a full rebuild runs it."""
    return remembered(home, "sql", partial(_compile, home))


def _compile(home: Home) -> dict[str, str]:
    manifest = parsed(home)
    words = " ".join(chosen for chosen, _ in SELECTIONS.values())
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # threads of a failed run still write
        compiled = invoke(
            home, "v000000", Path(folder), manifest,
            "--no-write-json", "compile", "--select", words, "--exclude", "resource_type:unit_test",
            "--indirect-selection", "buildable", "--no-introspect", "--no-populate-cache",
        )  # fmt: skip
    if not compiled.success:
        raise NotCompiled(str(compiled.exception))
    return {result.node.unique_id: result.node.compiled_code for result in compiled.result}  # type: ignore[union-attr]


def compiled_definitions(home: Home) -> Definitions:
    """Compile the dbt projects and return the fingerprint of each model and test."""
    sql, manifest = compiled_sql(home), parsed(home)
    nodes = {uid: manifest.nodes[uid] for uid in sql}
    macros = {macro.name: macro.macro_sql for macro in manifest.macros.values()}
    with connect() as connection:

        def tree(written: str) -> str:
            asked = "select json_serialize_sql(?, skip_default := true)"
            found = connection.execute(asked, [written]).fetchone()
            assert found is not None
            return written if '"error":true' in found[0][:20] else _PLACE.sub("", found[0])

        fingerprints = {
            _name(node): _hash(tree(sql[uid]), _shape(node), *_strategy(node, macros))
            for uid, node in nodes.items()
        }
    models = {uid: node for uid, node in nodes.items() if node.resource_type == "model"}
    kept = [node for node in models.values() if node.database == KEPT]
    return Definitions(
        fingerprints,
        frozenset(table_of(node) for node in kept),
        {
            table_of(node): _made_of(node.unique_id, models)
            for node in kept
            if node.config.materialized == "incremental"
        },
    )


def _name(node: Any) -> str:
    return f"{node.resource_type} {node.name}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _shape(node: Any) -> str:
    """Return what else decides how a node is built: its configuration and its columns' types."""
    config = {name: value for name, value in node.config.to_dict().items() if name not in _SHAPELESS}
    columns = [(column.name, column.data_type) for column in node.columns.values()]
    return json.dumps([config, columns], sort_keys=True, default=str)


def _strategy(node: Any, macros: dict[str, str]) -> Iterator[str]:
    """Yield the macros that run around a model's SQL: its hooks, and its incremental strategy."""
    if node.resource_type == "model" and node.config.materialized == "incremental":
        called = {f"get_incremental_{node.config.incremental_strategy}_sql"}
        called |= {word for hook in node.config.pre_hook for word in re.findall(r"\w+", hook.sql)}
        for name in sorted(called & macros.keys()):
            yield " ".join(_COMMENT.sub("", macros[name]).split())


def _made_of(unique_id: str, models: dict[str, Any]) -> Increment:
    systems, seen, raw, ahead = retailer().systems, set[str](), set[str](), [unique_id]
    while ahead:
        node = models[ahead.pop()]
        for parent in node.depends_on.nodes:
            source, _, table = parent.removeprefix("source.").partition(".")[2].partition(".")
            if parent.startswith("source.") and source in systems:
                raw.add(f"{source}.{table}")
            elif parent in models and parent not in seen:
                seen.add(parent)
                ahead.append(parent)
    return Increment(frozenset(_name(models[uid]) for uid in {unique_id, *seen}), frozenset(raw))
