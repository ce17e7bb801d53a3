"""The pages in a version's documents: limits first, the chart as a picture, a table beside it; in English.

What a page shows is of groups; rows of single persons are asked of the console, which knows who asks.
"""

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shopkeeper.pages.folder import SPOKEN, Folder, Statement, chart_of, folders
from shopkeeper.paths import PAGES, BuildPaths
from shopkeeper.terminal import visible

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEMPLATE = "static.html"
WIDTH = 760
MOST_ROWS = 200
TABLES = "select schema_name || '.' || table_name from duckdb_tables()"

Rows = list[dict[str, Any]]


def write(build: BuildPaths, connection: "DuckDBPyConnection", as_of_date: str) -> None:
    """Write `docs/pages/<name>.html` for each page whose tables the build has; `connection` reads it."""
    templates = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    templates.filters["shown"] = _shown
    known = {name for (name,) in connection.execute(TABLES).fetchall()}
    build.pages.mkdir(parents=True, exist_ok=True)
    for page in folders().values():
        if page.tables <= known:
            rows = {each.name: _rows(connection, each) for each in page.shown}
            text = templates.get_template(TEMPLATE).render(
                title=page.name.capitalize(),
                stands_for=f"{build.root.name} · as of {as_of_date}",
                limits=(*page.limits, *_said_of(build, page)),
                picture=_picture(page, rows, (build.root.name, as_of_date)),
                tables={name.capitalize(): each for name, each in rows.items() if each},
            )
            build.page(page.name).write_text(text, encoding="utf-8")


def _said_of(build: BuildPaths, page: Folder) -> Iterator[str]:
    """Yield why there is one segment, where there is one."""
    if "marts.segment_profiles" in page.tables and build.segmentation.exists():
        why = json.loads(build.segmentation.read_text(encoding="utf-8"))["why_one_segment"]
        if why:
            yield why


def _rows(connection: "DuckDBPyConnection", statement: Statement) -> Rows:
    found = connection.execute(f"from ({statement.sql}) limit {MOST_ROWS}")
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _picture(page: Folder, rows: dict[str, Rows], stands_for: tuple[str, ...]) -> str:
    """Return the chart as an SVG in an address, where nothing in it can run."""
    import vl_convert

    spec = chart_of(page, rows, stands_for, say=str, speak=_spoken)
    drawn = vl_convert.vegalite_to_svg(json.dumps({**spec, "width": WIDTH}, default=_plain))
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def _spoken(word: Any) -> str:
    return visible(str(word)).replace("_", " ").capitalize()


def _shown(content: Any, column: str) -> str:
    if content is None:
        return "–"
    if column.endswith("_rate") and isinstance(content, int | float | Decimal):
        return f"{content * 100:,.1f} %"
    if isinstance(content, float | Decimal):
        return f"{content:,.2f}"
    return _spoken(content) if column in SPOKEN else visible(str(content))


def _plain(content: Any) -> float | str:
    return float(content) if isinstance(content, Decimal) else str(content)
