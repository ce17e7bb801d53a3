"""Runs dbt on a build in this process, documents it, and finds which models a selector names.

Only dbt writes a warehouse file. What a model means belongs to dbt itself.
"""

from shopkeeper.dbt_runner.compiled import folder_of
from shopkeeper.dbt_runner.definitions import NotCompiled, definitions
from shopkeeper.dbt_runner.graph import graph, remember_project
from shopkeeper.dbt_runner.impact import Impact, impact
from shopkeeper.dbt_runner.runs import (
    SELECTIONS,
    document,
    named,
    parse_manifest,
    run,
)

__all__ = [
    "SELECTIONS",
    "Impact",
    "NotCompiled",
    "definitions",
    "document",
    "folder_of",
    "graph",
    "impact",
    "named",
    "parse_manifest",
    "remember_project",
    "run",
]
