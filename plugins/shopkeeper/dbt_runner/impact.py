"""Which tables and steps a change of definitions reaches, before anything is built."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shopkeeper.dbt_runner.reuse import kept_table, table_of
from shopkeeper.dbt_runner.runs import parsed
from shopkeeper.paths import Home


@dataclass(frozen=True)
class Impact:
    """The tables of a version, `<schema>.<table>`, and the Python steps that a change reaches."""

    tables: tuple[str, ...]
    steps: tuple[str, ...]


def impact(
    home: Home, altered: Collection[str], steps: Mapping[str, tuple[Iterable[str], Iterable[str]]]
) -> Impact:
    """Follow altered definitions (`model x`, `rules of system.table`, `step x`) through dbt's graph.

    `steps`: the tables that each Python step reads and the scores, `scores.<name>`, that it writes.
    """
    models: dict[str, Any] = {
        uid: node for uid, node in parsed(home).nodes.items() if node.resource_type == "model"
    }
    reached = {uid for uid, node in models.items() if f"model {node.name}" in altered}
    performed = {name for name in steps if f"step {name}" in altered}
    sources = {name.removeprefix("rules of ") for name in altered if name.startswith("rules of ")}
    size = -1
    while size != len(reached) + len(performed):
        size = len(reached) + len(performed)
        sources |= {score for name in performed for score in steps[name][1]}
        reached |= {
            uid
            for uid, node in models.items()
            if any(_is_reached(parent, reached, sources) for parent in node.depends_on.nodes)
        }
        tables = {table_of(models[uid]) for uid in reached}
        performed |= {name for name, (reads, _) in steps.items() if tables.intersection(reads)}
    kept = {table for uid in reached if (table := kept_table(models[uid]))}
    return Impact(tuple(sorted(kept)), tuple(name for name in steps if name in performed))


def _is_reached(parent: str, reached: Collection[str], sources: Collection[str]) -> bool:
    if parent.startswith("source."):
        return parent.split(".", 2)[2] in sources
    return parent in reached
