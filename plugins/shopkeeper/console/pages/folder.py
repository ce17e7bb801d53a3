"""A page's folder, read once: its statements, its chart, and what it needs of a version."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shopkeeper.console.reader import PARAMETER
from shopkeeper.paths import ConsolePaths, PagePaths

NAMED = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
TABLE = re.compile(r"\b(core|features|marts)\.(\w+)")


@dataclass(frozen=True)
class Statement:
    """One named query, and the parameters that it needs."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    is_personal: bool
    """Whether its rows are single persons."""


@dataclass(frozen=True)
class Folder:
    """One page."""

    name: str
    statements: dict[str, Statement]
    chart: dict[str, Any]

    @property
    def tables(self) -> set[str]:
        """The tables that it reads."""
        found = (TABLE.findall(each.sql) for each in self.statements.values())
        return {f"{schema}.{table}" for tables in found for schema, table in tables}

    @property
    def shown(self) -> list[Statement]:
        """The statements of the page itself."""
        return [each for each in self.statements.values() if not each.parameters]


@lru_cache(maxsize=1)
def folders() -> dict[str, Folder]:
    """Return every page by name."""
    places = sorted(path for path in ConsolePaths().pages.iterdir() if PagePaths(path).queries.exists())
    return {path.name: _read(path.name, PagePaths(path)) for path in places}


def _read(name: str, places: PagePaths) -> Folder:
    parts = NAMED.split(places.queries.read_text(encoding="utf-8"))
    statements = {
        name: Statement(name, sql.strip(), tuple(dict.fromkeys(PARAMETER.findall(sql))), "customer_id" in sql)
        for name, sql in zip(parts[1::2], parts[2::2], strict=True)
    }
    return Folder(name, statements, json.loads(places.chart.read_text(encoding="utf-8")))
