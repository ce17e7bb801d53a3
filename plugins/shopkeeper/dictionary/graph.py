"""What the dbt projects say of models and of who reads them; `dbt_runner` fills it.

Contracts and the lineage of columns are no matter of this module.
"""

from dataclasses import dataclass, field

from shopkeeper.dictionary.entries import Exposure
from shopkeeper.warehouse.trace import TableLineage, scored


@dataclass(frozen=True)
class Model:
    """One model: its table, whether a version keeps it, its SQL in a full rebuild, and the tables it reads.

    `columns`: type and description, each perhaps empty, of what its yml describes.
    """

    name: str
    table: str
    is_kept: bool
    description: str
    columns: dict[str, tuple[str, str]]
    key: tuple[str, ...]
    parents: tuple[str, ...]
    sql: str
    is_changed_set: bool = False


@dataclass(frozen=True)
class Graph:
    """All models, parents first, their lineage by table, and all readers.

    `fingerprints`: what each table's lineage was computed from.
    """

    models: tuple[Model, ...]
    readers: tuple[Exposure, ...]
    lineage: dict[str, TableLineage] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)


def parents_of(model: Model) -> tuple[str, ...]:
    """Return what a model reads; of a score what its step reads."""
    by = scored(model.table)
    return tuple(by.tables) if by else tuple(each.removeprefix("landed.") for each in model.parents)


def in_order(graph: Graph) -> list[Model]:
    """Return the models, each after all that it is made of, also by way of a step in Python."""
    models = {model.table: model for model in graph.models}
    found: dict[str, Model] = {}

    def visit(table: str) -> None:
        if table in models and table not in found:
            for parent in parents_of(models[table]):
                visit(parent)
            found[table] = models[table]

    for table in models:
        visit(table)
    return list(found.values())
