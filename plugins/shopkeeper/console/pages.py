"""The routes of all pages: the page, the rows behind a number, and both as CSV with what they stand for."""

from functools import partial
from typing import Any

import pyarrow as pa
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from shopkeeper import warehouse, words
from shopkeeper.console import masking, rendering
from shopkeeper.console.access import Caller, Looking
from shopkeeper.console.exports import csv_parts
from shopkeeper.console.reader import Reader, Rows
from shopkeeper.console.tables import chosen
from shopkeeper.pages import MOST, Folder, Statement, chart_of, currency_of, folders, measured
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence

router = APIRouter()
ROWS_SHOWN = 200
ROWS_EXPORTED = 100_000


@router.get("/pages/{name}")
def show(request: Request, caller: Looking, name: str, version: str | None = None) -> HTMLResponse:
    """Show a page, each of its tables beside that of the version before."""
    home: Home = request.app.state.home
    page, at = _page(name), chosen(home, version)
    told = warehouse.manifest(home, at)
    base = _base(home, told, page)
    missing = sorted(page.tables - told["tables"].keys())
    rows = {} if missing else {each.name: _rows(request, caller, at, each, {}) for each in page.shown}
    before = {each.name: _rows(request, caller, base, each, {}) for each in page.shown} if base else {}
    return rendering.page(
        request,
        f"{name}/page.html",
        name=name,
        version=at,
        as_of_date=told["as_of_date"],
        base=base,
        versions=warehouse.version_names(home)[::-1],
        missing=missing,
        off=told.get("off", {}),
        rows=rows,
        before=before,
        limits=page.limits,
        measured=partial(measured, rendering.language_of(request), currency_of(rows)),
        chart=_chart(request, page, rows, at, told["as_of_date"]),
        steps=told.get("steps", {}),
    )


@router.get("/pages/{name}/{statement}")
def behind(
    request: Request, caller: Looking, name: str, statement: str, version: str | None = None
) -> Response:
    """Show the rows behind a number; with `.csv` at its end, any table of a page as a file."""
    home: Home = request.app.state.home
    page, at = _page(name), chosen(home, version)
    asked = page.statements.get(statement.removesuffix(".csv"))
    if asked is None:
        raise HTTPException(
            404, Sentence("the page {name} has no {statement}", name=name, statement=statement)
        )
    filters = {each: request.query_params.get(each) for each in asked.parameters}
    if any(content is None for content in filters.values()):
        raise HTTPException(422, Sentence("name {what}", what=", ".join(asked.parameters)))
    as_of = warehouse.manifest(home, at)["as_of_date"]
    if statement.endswith(".csv"):
        table = request.app.state.reader.table(at, *_limited(asked, filters, ROWS_EXPORTED))
        table = masking.columns_shown_to(home, caller, table)
        return _as_csv(
            f"{name}-{asked.name}-{at}.csv", table, {**filters, "version": at, "as_of_date": as_of}
        )
    rows = _rows(request, caller, at, asked, filters, ROWS_SHOWN + 1)
    return rendering.page(
        request,
        "rows.html",
        name=name,
        statement=asked,
        version=at,
        as_of_date=as_of,
        filters=filters,
        rows=Rows(rows.columns, rows.rows[:ROWS_SHOWN]),
        has_more=len(rows) > ROWS_SHOWN,
    )


def _page(name: str) -> Folder:
    if name not in folders():
        raise HTTPException(404, Sentence("there is no page {name}", name=name))
    return folders()[name]


def _base(home: Home, told: dict[str, Any], page: Folder) -> str | None:
    """Return the version before, if it is still there and has the page's tables."""
    base = told["base_version"]
    if base not in warehouse.version_names(home):
        return None
    return str(base) if page.tables <= warehouse.manifest(home, base)["tables"].keys() else None


def _rows(
    request: Request,
    caller: Caller,
    version: str,
    statement: Statement,
    filters: dict[str, Any],
    most: int = ROWS_SHOWN,
) -> Rows:
    reader: Reader = request.app.state.reader
    rows = reader.rows(version, *_limited(statement, filters, most))
    return masking.shown_to(request.app.state.home, caller, rows)


def _limited(statement: Statement, filters: dict[str, Any], most: int) -> tuple[str, dict[str, Any]]:
    return f"from ({statement.sql}) limit {most}", {**filters, MOST: most}


def _chart(request: Request, page: Folder, rows: dict[str, Rows], version: str, as_of: str) -> dict[str, Any]:
    """Return the page's chart in the reader's language."""
    language = rendering.language_of(request)
    speak = partial(words.spoken, language)
    return chart_of(page, rows, (version, as_of), partial(words.say, language), speak)


def _as_csv(name: str, table: pa.Table, facts: dict[str, Any]) -> Response:
    """Return a table as CSV; each row says its version, as-of date and filters in columns of its own."""
    for column in (each for each in facts if each not in table.column_names):
        table = table.append_column(column, pa.repeat(str(facts[column]), len(table)))
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(csv_parts(table), media_type="text/csv; charset=utf-8", headers=headers)
