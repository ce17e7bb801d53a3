"""A page's folder, read once: its statements, its limits, its chart, and what it needs of a version.

Statements are named `-- name: x`. Those that need no parameter are the page, `coalesce($p, …)` its filter, of
which `choices` lists the values; those that need `$p` list the rows behind one of its numbers.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shopkeeper.paths import PAGES, PagePaths

PARAMETER = re.compile(r"\$(\w+)")
OPTIONAL = re.compile(r"\bcoalesce\(\$(\w+)")
MOST = "most"
"""How many rows are asked for: a statement may take it, to join no more than it shows."""

CHOICES = "choices"
SPOKEN = ("segment_name", "channel", "attribution_model")
"""Columns whose values are words."""

NAMED = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
TABLE = re.compile(r"\b(core|features|marts)\.(\w+)")


@dataclass(frozen=True)
class Statement:
    """One named query, and the parameters that it needs or may have."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    """The parameters without which it cannot be asked."""

    optional: tuple[str, ...]
    is_personal: bool
    """Whether its rows are single persons."""


@dataclass(frozen=True)
class Folder:
    """One page."""

    name: str
    statements: dict[str, Statement]
    chart: dict[str, Any]
    limits: tuple[str, ...]
    """What the page cannot say, which is said first."""

    @property
    def tables(self) -> set[str]:
        """The tables that it reads."""
        found = (TABLE.findall(each.sql) for each in self.statements.values())
        return {f"{schema}.{table}" for tables in found for schema, table in tables}

    @property
    def shown(self) -> list[Statement]:
        """The statements of the page itself."""
        return [each for each in self.statements.values() if not each.parameters and each.name != CHOICES]

    @property
    def filter(self) -> str | None:
        """The parameter by which the page is filtered, if there is one."""
        return next((name for each in self.shown for name in each.optional), None)


@lru_cache(maxsize=1)
def folders() -> dict[str, Folder]:
    """Return every page by name."""
    places = sorted(path for path in PAGES.iterdir() if PagePaths(path).queries.exists())
    return {path.name: _read(path.name, PagePaths(path)) for path in places}


def _read(name: str, places: PagePaths) -> Folder:
    parts = NAMED.split(places.queries.read_text(encoding="utf-8"))
    statements = {
        name: Statement(name, sql.strip(), *_parameters(sql), "customer_id" in sql)
        for name, sql in zip(parts[1::2], parts[2::2], strict=True)
    }
    limits = tuple(places.limits.read_text(encoding="utf-8").splitlines())
    return Folder(name, statements, json.loads(places.chart.read_text(encoding="utf-8")), limits)


def _parameters(sql: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the parameters that a query needs, and those that it may have."""
    optional = tuple(dict.fromkeys(OPTIONAL.findall(sql)))
    named = dict.fromkeys(PARAMETER.findall(sql))
    return tuple(name for name in named if name not in (MOST, *optional)), optional


def chart_of(
    page: Folder,
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    stands_for: tuple[str, ...],
    say: Callable[[str], str],
    speak: Callable[[Any], str],
) -> dict[str, Any]:
    """Return a page's chart with its rows and what they stand for, such as a version and its day.

    `say` puts a title into the reader's language, `speak` a value that is a word.
    """
    table = page.chart["data"]["name"]
    data = list(rows.get(table, ()))
    shown = [{name: speak(each) if name in SPOKEN else each for name, each in row.items()} for row in data]
    spec: dict[str, Any] = _worded(page.chart, say)
    units = sorted({row["currency_code"] for row in data if row.get("currency_code")})
    title = {"text": spec["title"], "subtitle": " · ".join([*stands_for, *units])}
    return {**spec, "title": title, "datasets": {table: shown}}


def _worded(spec: Any, say: Callable[[str], str]) -> Any:
    """Return a chart with its titles in a language."""
    if isinstance(spec, dict):
        return {
            name: say(each) if name in ("title", "value") and isinstance(each, str) else _worded(each, say)
            for name, each in spec.items()
        }
    if isinstance(spec, list):
        return [_worded(each, say) for each in spec]
    return spec
