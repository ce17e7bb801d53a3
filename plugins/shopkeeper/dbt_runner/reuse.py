"""Decides which models and tests of a build need not run, since nothing that they depend on has changed.

Decides only from the build, its base version and dbt's graph, so that a retried step decides alike.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shopkeeper.paths import Home
from shopkeeper.retailers import retailer
from shopkeeper.sentences import Sentence, as_json
from shopkeeper.warehouse import Reused, arrivals, describe, manifest, unchanged_scores, unchanged_tables

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

KEPT = "warehouse"
"""The database that a version keeps; each refresh builds the other one from scratch."""

KINDS = ("model", "test")


@dataclass(frozen=True)
class Plan:
    """The nodes of a selection that run, and those that are reused from the base version."""

    runs: tuple[str, ...]
    reused: dict[str, Reused]

    def as_json(self) -> dict[str, Any]:
        """Return what is reused, in the form that a build stores."""
        return {node: asdict(reused) for node, reused in self.reused.items()}


def plan(home: Home, build_id: str, project: "Manifest", selected: Callable[[], list[str]]) -> Plan:
    """Return which of the selected nodes run; names none of them if all run.

    A node is touched if its definition changed, or a raw table, a score, the as-of date or a model that it
    reads changed. Touched nodes run, and so do temporary models that a running node reads.
    """
    begun = describe(home, build_id)
    base = None if begun.extends is None else manifest(home, begun.extends)
    if base is None or "judged" not in base:
        return Plan((), {})
    nodes: dict[str, Any] = {uid: n for uid, n in project.nodes.items() if n.resource_type in KINDS}
    judged: dict[str, str] = base["judged"]
    is_source_touched = _sources(home, build_id, base)
    unchanged = unchanged_tables(home.build(build_id))

    @cache
    def is_touched(uid: str) -> bool:
        node = nodes[uid]
        table = kept_table(node)
        if table in begun.dropped:
            return True
        if table in unchanged:
            return False
        if uid not in judged or f"{node.resource_type} {node.name}" in begun.altered:
            return True
        if table is not None and table not in base["tables"]:
            return True
        return any(is_parent_touched(node, parent) for parent in node.depends_on.nodes)

    def is_parent_touched(node: Any, parent: str) -> bool:
        # Batch lists change with every build; a model that joins them to an entity reads only its batches.
        if parent.startswith("source."):
            is_of_entity = node.resource_type == "test" and parent.endswith(".build.batches")
            return not is_of_entity and is_source_touched(parent)
        return not nodes[parent].config.meta.get("is_read_by_entity") and is_touched(parent)

    running, ahead = set[str](), [uid for uid in nodes if is_touched(uid)]
    while ahead:
        uid = ahead.pop()
        if uid not in running:
            running.add(uid)
            parents = (parent for parent in nodes[uid].depends_on.nodes if parent in nodes)
            ahead += [parent for parent in parents if nodes[parent].database != KEPT]
    chosen = selected()
    return Plan(
        tuple(uid for uid in chosen if uid in running),
        {uid: _reused(uid, nodes, judged[uid]) for uid in chosen if uid not in running},
    )


def made(project: "Manifest", ran: Iterable[str]) -> list[str]:
    """Return the tables that readers keep, of the nodes that ran."""
    tables = (kept_table(project.nodes[uid]) for uid in ran if uid in project.nodes)
    return [table for table in tables if table is not None]


def _sources(home: Home, build_id: str, base: dict[str, Any]) -> Callable[[str], bool]:
    """Return a function that says whether a source differs from the one in the base version."""
    build, begun = home.build(build_id), describe(home, build_id)
    arrived, same_scores = arrivals(build), unchanged_scores(home, build_id)
    has_day_moved = begun.as_of_date != base["as_of_date"]

    @cache
    def is_touched(source: str) -> bool:
        _, _, system, table = source.split(".", 3)
        if system in retailer().systems:
            return f"{system}.{table}" in arrived
        if system == "scores":
            return f"scores.{table}" not in same_scores
        return has_day_moved if table == "refresh" else True

    return is_touched


def _reused(uid: str, nodes: dict[str, Any], judged_in: str) -> Reused:
    read = sorted(_raw(uid, nodes))
    facts = {"tables": ", ".join(read[:3]), "count": len(read) - 3}
    if read[3:]:
        why = Sentence("nothing new of {tables} and {count} more", **facts)
    elif read:
        why = Sentence("nothing new of {tables}", tables=facts["tables"])
    else:
        why = Sentence("nothing that it reads has changed")
    return Reused(judged_in, str(why), kept_table(nodes[uid]), as_json(why))


def _raw(uid: str, nodes: dict[str, Any]) -> Iterator[str]:
    seen, ahead = {uid}, [uid]
    while ahead:
        for parent in nodes[ahead.pop()].depends_on.nodes:
            if parent in nodes and parent not in seen:
                seen.add(parent)
                ahead.append(parent)
            elif parent.startswith("source.") and parent not in seen:
                seen.add(parent)
                _, _, system, table = parent.split(".", 3)
                if system in retailer().systems:
                    yield f"{system}.{table}"


def kept_table(node: Any) -> str | None:
    """Return the table that a model leaves in the version; None for a test or a temporary model."""
    return table_of(node) if node.resource_type == "model" and node.database == KEPT else None


def table_of(node: Any) -> str:
    """Return the table, `<schema>.<table>`, that a model builds."""
    return f"{node.schema}.{node.alias}"
