"""The steps of a refresh, declared once and in order.

The DAG, the run in one process, the imports before workers fork, the progress display and the kill test
derive from it. A new step is a module of this room and one line here.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from shopkeeper.pipeline.summaries import summary

Kind = Literal["start", "gate", "dbt", "python", "publish"]
"""How a step is shown and killed: a gate has a verdict, dbt has a task for each model."""

_DBT = ("dbt.cli.main", "dbt.adapters.duckdb.impl", "shopkeeper.dbt_runner")
_GATE = (
    "shopkeeper.quality.duckdb_source",
    "great_expectations.render.renderer",
    "great_expectations.render.view",
)


@dataclass(frozen=True)
class Step:
    """One step: the function of its name in a module of this room.

    `announces`: the asset that DAGs may wait for; `imports`: modules that take seconds to import.
    """

    name: str
    module: str
    kind: Kind = "python"
    announces: str | None = None
    imports: tuple[str, ...] = ()

    def perform(self, *arguments: Any, **options: Any) -> dict[str, Any] | None:
        """Perform the step on a home and, if it has one, a build; returns small, plain facts."""
        facts: dict[str, Any] | None = getattr(import_module(self.place), self.name)(*arguments, **options)
        return facts

    def summary(self, facts: dict[str, Any]) -> str | None:
        """Return what it did in one sentence; None for a step that tells it itself."""
        return summary(self.name, facts)

    @property
    def place(self) -> str:
        """The module that holds the step."""
        return f"{__package__}.{self.module}"


STAGES: tuple[tuple[Step, ...], ...] = (
    (Step("land", "landed", "start", imports=("shopkeeper.landing",)),),
    (Step("begin", "builds", "start"),),
    (Step("gate_sources", "gates", "gate", "sources", _GATE),),
    (Step("standardize", "models", "dbt", imports=_DBT),),
    (Step("resolve", "identities"),),
    (Step("integrate", "models", "dbt", imports=_DBT),),
    (Step("gate_features", "gates", "gate", "features", _GATE),),
    (Step("segment_customers", "segmentation"), Step("attribute_sales", "attribution")),
    (Step("gate_scores", "gates", "gate", "scores", _GATE),),
    (Step("serve", "models", "dbt", imports=_DBT),),
    (Step("gate_marts", "gates", "gate", "marts", _GATE),),
    (Step("document", "documents"),),
    (Step("publish", "builds", "publish", "published"),),
)
"""Steps of one stage do not wait for each other."""

STEPS: dict[str, Step] = {step.name: step for stage in STAGES for step in stage}


def stages_of_a_build() -> list[tuple[Step, ...]]:
    """Return the stages that are performed on a build: all after `land` and `begin`."""
    return [stage for stage in STAGES if all(step.kind != "start" for step in stage)]


def modules() -> list[str]:
    """Return what to import, in this order, before the processes that perform steps are forked."""
    return list(dict.fromkeys(module for step in STEPS.values() for module in (*step.imports, step.place)))
