"""What the dbt projects say of every model, with the lineage of its columns, and of every reader.

Follows from the code alone, so that a refresh reads what is kept; only changed models are read anew.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shopkeeper.contracts import catalog
from shopkeeper.dbt_runner.compiled import keys_of
from shopkeeper.dbt_runner.definitions import compiled_sql, definitions
from shopkeeper.dbt_runner.remembering import keep_with_environment, kept_before, remembered
from shopkeeper.dbt_runner.reuse import KEPT, table_of
from shopkeeper.dbt_runner.runs import SELECTIONS, named, parsed
from shopkeeper.dbt_runner.templates import compile_macros
from shopkeeper.dictionary import Exposure, Graph, Model, compute
from shopkeeper.paths import PARSED_PROJECT, Home
from shopkeeper.retailers import retailer


def remember_project() -> None:
    """Parse and compile the project, and keep what follows from it with the environment."""
    PARSED_PROJECT.parent.mkdir(parents=True, exist_ok=True)
    for file in PARSED_PROJECT.parent.iterdir():
        file.unlink()
    with TemporaryDirectory(dir=PARSED_PROJECT.parent) as folder:
        home = Home(Path(folder))
        compile_macros(parsed(home).macros.values())
        definitions(home)
        graph(home)
        for selector in SELECTIONS:
            named(home, selector)
        keep_with_environment(home)


def graph(home: Home) -> Graph:
    """Return the models of the project with their lineage, parents first, and its readers."""
    return remembered(home, "graph", partial(_graph, home))


def _graph(home: Home) -> Graph:
    manifest, sql = parsed(home), compiled_sql(home)
    nodes: dict[str, Any] = {
        uid: node for uid, node in manifest.nodes.items() if node.resource_type == "model" and uid in sql
    }
    tables = {uid: table_of(node) for uid, node in nodes.items()}
    tables |= {uid: _source(source) for uid, source in manifest.sources.items()}
    keys = keys_of(manifest.nodes)
    changed = {node.config.get("changed_in") for node in nodes.values()}
    models = [
        Model(
            name=node.name,
            table=tables[uid],
            is_kept=node.database == KEPT,
            description=node.description,
            columns={c.name: (c.data_type or "", c.description) for c in node.columns.values()},
            key=tuple(keys.get(uid, ())),
            parents=tuple(tables[each] for each in node.depends_on.nodes if each in tables),
            sql=sql[uid],
            is_changed_set=node.name in changed,
        )
        for uid, node in _in_order(nodes)
    ]
    before = kept_before(home, "graph")
    lineage, fingerprints = compute(models, catalog(), before if isinstance(before, Graph) else None)
    readers = [
        Exposure(
            name=exposure.name,
            label=exposure.label or exposure.name,
            kind=str(exposure.type.value),
            owner=exposure.owner.name or "",
            description=exposure.description,
            tables=tuple(tables[each] for each in exposure.depends_on.nodes if each in tables),
        )
        for exposure in manifest.exposures.values()
    ]
    return Graph(tuple(models), tuple(readers), lineage, fingerprints)


def _source(source: Any) -> str:
    is_landed = source.source_name in retailer().systems
    return f"{'landed.' if is_landed else ''}{source.source_name}.{source.name}"


def _in_order(nodes: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the models, each after all that it reads."""
    found: dict[str, Any] = {}

    def visit(uid: str) -> None:
        if uid in nodes and uid not in found:
            for parent in nodes[uid].depends_on.nodes:
                visit(parent)
            found[uid] = nodes[uid]

    for uid in nodes:
        visit(uid)
    return list(found.items())
