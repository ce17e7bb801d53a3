"""The pages in a version's documents: limits first, the chart as a picture, a table beside it.

Each is written in both languages. What a page shows is of groups; rows of single persons are asked of the
console, which knows who asks.
"""

import base64
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shopkeeper import words
from shopkeeper.pages.folder import SPOKEN, Folder, Statement, chart_of, folders
from shopkeeper.pages.measures import currency_of, measured
from shopkeeper.paths import PAGES, BuildPaths
from shopkeeper.sentences import restored
from shopkeeper.terminal import visible

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEMPLATE = "static.html"
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "segments": (
        "Segments",
        {
            "segment_name": "Segment",
            "customer_count": "Customers",
            "customer_rate": "Share of customers",
            "net_amount": "Net sales",
            "net_amount_rate": "Share of net sales",
            "average_net_amount": "Per customer",
            "average_transaction_count": "Purchases per customer",
            "median_recency_day_count": "Days since the last purchase, median",
        },
    ),
    "differences": (
        "What sets each segment apart",
        {
            "segment_name": "Segment",
            "feature_name": "Feature",
            "centroid": "In the segment",
            "overall_mean": "All customers",
            "standardized_difference": "Standard deviations apart",
        },
    ),
    "channels": (
        "Channels",
        {
            "channel": "Channel",
            "credited_amount": "Credited net sales, Markov",
            "credit_rate": "Share",
            "conversion_count": "Credited sales",
        },
    ),
    "models": (
        "By attribution model",
        {
            "channel": "Channel",
            "attribution_model": "Attribution model",
            "credited_amount": "Credited net sales",
            "credit_rate": "Share",
        },
    ),
}
"""Heading and columns of the table of each statement, as in the console."""

TEXTS = tuple(text for heading, columns in TABLES.values() for text in (heading, *columns.values()))
PALETTES = {
    "light": ("#1c2530", "#5a6676", "#dde2e8", "#0b62b8 #d9730d #1a7f4b #8e44ad #7a6a00 #c2255c"),
    "dark": ("#e6eaf0", "#a3aebc", "#323c49", "#6fb3f5 #f0a35e #6fd39c #c79bea #d8c95a #f58bb0"),
}
"""Colours of a chart's text, of its quiet text, of its lines and of its marks."""

WIDTH, NARROW = 760, 185
"""Pixels of a chart without its names, for a desk and for a phone."""

NARROW_LINE = {"en": 18, "zh": 9}
LINE_HEIGHT = 15
ROOM = 36
"""Pixels beside a chart, since a reader's font may be wider than that in which it was measured."""

MOST_ROWS = 200
FOUND_AGAIN = "Found again in {rate} % of resampled customers (silhouette {silhouette})."
KNOWN = "select schema_name || '.' || table_name from duckdb_tables()"

Rows = list[dict[str, Any]]


def write(build: BuildPaths, connection: "DuckDBPyConnection", as_of_date: str) -> None:
    """Write `docs/pages/<name>.html`, and `<name>.zh.html`, for each page whose tables the build has.

    `connection` reads the build. A page follows the reader's theme.
    """
    templates = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    known = {name for (name,) in connection.execute(KNOWN).fetchall()}
    build.pages.mkdir(parents=True, exist_ok=True)
    for page in folders().values():
        if page.tables <= known:
            rows = {each.name: _rows(connection, each) for each in page.shown}
            for language in get_args(words.Language):
                say = partial(words.say, language)
                text = templates.get_template(TEMPLATE).render(
                    _=say,
                    language=language,
                    title=say(page.name.capitalize()),
                    stands_for=f"{build.root.name} · {say('as of {date}', date=as_of_date)}",
                    limits=[*map(say, page.limits), *_said_of(build, page, language)],
                    pictures=_pictures(page, rows, (build.root.name, as_of_date), language),
                    tables=[(*TABLES[name], each) for name, each in rows.items() if each],
                    shown=partial(_shown, language, currency_of(rows)),
                )
                build.page(page.name, language).write_text(text, encoding="utf-8")


def _said_of(build: BuildPaths, page: Folder, language: words.Language) -> Iterator[str]:
    """Yield why there is one segment, where there is one, and how surely the segments are found again."""
    if "marts.segment_profiles" in page.tables and build.segmentation.exists():
        told = json.loads(build.segmentation.read_text(encoding="utf-8"))
        if told["why_one_segment"]:
            why = restored(told["why_one_segment"], told.get("said", {}).get("why_one_segment"))
            yield words.said(language, why)
        if told.get("resampling_stability") is not None:
            rate, silhouette = f"{told['resampling_stability'] * 100:.0f}", told["silhouette"]
            shown = "–" if silhouette is None else f"{silhouette:.2f}"
            yield words.say(language, FOUND_AGAIN, rate=rate, silhouette=shown)


def _rows(connection: "DuckDBPyConnection", statement: Statement) -> Rows:
    found = connection.execute(f"from ({statement.sql}) limit {MOST_ROWS}", dict.fromkeys(statement.optional))
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _pictures(
    page: Folder, rows: dict[str, Rows], stands_for: tuple[str, ...], language: words.Language
) -> dict[str, str]:
    """Return the chart in each theme for a desk and a phone, as SVGs in addresses, where nothing can run.

    It is drawn once for each width, which takes most of a page's time; the other theme is the same in other
    colours.
    """
    import vl_convert

    say, speak = partial(words.say, language), partial(words.spoken, language)
    chart = chart_of(page, rows, stands_for, say, speak)
    light, dark = (" ".join(PALETTES[theme]).split() for theme in ("light", "dark"))
    colours = dict(zip(light, dark, strict=True))
    pictures: dict[str, str] = {}
    for size, spec in (("desk", {**chart, "width": WIDTH}), ("phone", _narrow(chart, language))):
        spec |= {"padding": {"left": ROOM, "right": ROOM // 2, "top": 5, "bottom": 5}, "config": _look(size)}
        drawn = vl_convert.vegalite_to_svg(json.dumps(spec, default=_plain))
        darkened = re.sub("|".join(colours), lambda found: colours[found[0]], drawn)
        pictures |= {f"{size}_light": _address(drawn), f"{size}_dark": _address(darkened)}
    return pictures


def _narrow(chart: dict[str, Any], language: words.Language) -> dict[str, Any]:
    """Return a chart for a phone: names break into short lines, and each row is as high as its lines."""
    line = NARROW_LINE[language]
    rows = chart["datasets"][chart["data"]["name"]]
    texts = [f"0 {each}" for row in rows for each in row.values() if isinstance(each, str)]
    breaks = re.compile(rf".{{1,{line}}}(?: +|$)|.{{{line}}}")
    most = max((len(breaks.findall(text)) for text in texts), default=1)
    bars = 2 if "yOffset" in chart["encoding"] else 1
    return {
        **chart,
        "width": NARROW,
        "height": {"step": max(chart["height"]["step"], (most * LINE_HEIGHT + 6) / bars)},
        "params": [{**each, "value": line} if each["name"] == "line" else each for each in chart["params"]],
    }


def _address(drawn: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def _look(size: str) -> dict[str, Any]:
    text, quiet, line, marks = PALETTES["light"]
    lines = {"gridColor": line, "domainColor": line, "tickColor": line}
    return {
        "background": "transparent",
        "title": {"color": text, "subtitleColor": quiet, "anchor": "start"},
        "axis": {"labelColor": text, "titleColor": quiet, **lines},
        "axisY": {"labelLimit": WIDTH // 2},
        "legend": {"labelColor": text, "titleColor": quiet, "columns": 2 if size == "phone" else 6},
        "view": {"stroke": None},
        "rule": {"color": quiet},
        "range": {"category": marks.split()},
    }


def _shown(language: words.Language, currency: str, row: dict[str, Any], column: str) -> tuple[str, bool]:
    """Return the text of a cell, and whether it is a number."""
    if column == "segment_name":
        return f"{row['segment_id']} {words.spoken(language, row[column])}", False
    if column == "feature_name":
        return words.feature(language, visible(str(row[column]))), False
    if column in SPOKEN:
        return words.spoken(language, row[column]), False
    return measured(language, currency, row, column), True


def _plain(content: Any) -> float | str:
    return float(content) if isinstance(content, Decimal) else str(content)
