"""The models of a published version as it keeps them: SQL, key and parents, found by table or by relation.

Reads `dbt/compiled.json` of the version; another fact of a model is kept there by `dbt_runner.compiled`.
"""

import json
from dataclasses import dataclass
from functools import cached_property

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.warehouse.trace.scores import scored

KEPT = "warehouse"
"""The database that a version keeps; what lies in the other one is passed through."""

INPUT = "input."
SCORES = "scores."


@dataclass(frozen=True)
class Model:
    """One model: its table, the columns that identify a row, and the SQL that made it."""

    name: str
    table: str
    is_kept: bool
    key: tuple[str, ...]
    parents: tuple[str, ...]
    sql: str
    is_changed_set: bool
    """Whether it only says which keys a refresh looks at again."""


@dataclass(frozen=True)
class Models:
    """All models of a version, by unique id."""

    by_name: dict[str, Model]

    @cached_property
    def by_table(self) -> dict[str, Model]:
        """The models by `schema.table`."""
        return {model.table: model for model in self.by_name.values()}

    def kept(self, name: str) -> Model:
        """Return the model of a table that the version keeps, named with its schema or without."""
        kept = {model.table: model for model in self.by_name.values() if model.is_kept}
        found = [model for table, model in kept.items() if name in (table, table.partition(".")[2])]
        if not found:
            raise UserError(
                f'there is no table {name} to trace; `shopkeeper query "show all tables"` lists them'
            )
        if len(found) > 1:
            raise UserError(
                f"several schemas have a table {name}; write {' or '.join(m.table for m in found)}"
            )
        return found[0]

    @cached_property
    def heights(self) -> dict[str, int]:
        """How many tables lie below each table, scores among them, at most: the order of walking."""
        heights: dict[str, int] = {}

        def height(table: str) -> int:
            if table not in heights:
                heights[table] = 1 + max((height(parent) for parent in self.parents(table)), default=0)
            return heights[table]

        for table in self.by_table:
            height(table)
        return heights

    def parents(self, table: str) -> list[str]:
        """Return what a table is made of, transient models and scores too."""
        if table.startswith(SCORES):
            found = scored(table)
            return [each for each in (found.tables if found else ()) if each in self.by_table]
        model = self.by_table[table]
        if table.startswith(INPUT):
            return []
        return [self.by_name[parent].table for parent in model.parents if parent in self.by_name]


def read_models(home: Home, version: str) -> Models:
    """Return the models of a published version; `UserError` where it does not keep them all."""
    file = home.version(version).compiled
    if not file.exists():
        raise UserError(
            f"{version} does not keep the SQL that made it, as older versions do not; "
            "`shopkeeper refresh --full` makes one that does"
        )
    told = json.loads(file.read_text(encoding="utf-8"))
    changed = {each["changed_in"] for each in told.values()}
    return Models(
        {
            name: Model(
                name=name,
                table=each["table"],
                is_kept=each["database"] == KEPT,
                key=tuple(each["key"]),
                parents=tuple(each["parents"]),
                sql=each["sql"],
                is_changed_set=name.rpartition(".")[2] in changed,
            )
            for name, each in told.items()
        }
    )
