"""The routes of all pages: the page, the rows behind a number, and both as CSV with what they stand for."""

from collections.abc import Mapping
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
from shopkeeper.pages import (
    CHOICES,
    MOST,
    SPOKEN,
    Folder,
    Statement,
    chart_of,
    currency_of,
    folders,
    label,
    measured,
    moved,
)
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence

router = APIRouter()
ROWS_SHOWN = 200
ROWS_EXPORTED = 100_000
KEYS = ("segment_id", "feature_name", "channel", "attribution_model")
"""Columns by which a row is found again in the version before."""


@router.get("/pages/{name}")
def show(request: Request, caller: Looking, name: str, version: str | None = None) -> HTMLResponse:
    """Show a page, each of its tables beside that of the version before."""
    home: Home = request.app.state.home
    page, at = _page(name), chosen(home, version)
    told = warehouse.manifest(home, at)
    base = _base(home, told, page)
    language = rendering.language_of(request)
    filters = _given(request, (page.filter,) if page.filter else ())
    missing = sorted(page.tables - told["tables"].keys())
    rows = {} if missing else _tables(request, caller, at, page, filters)
    before = _tables(request, caller, base, page, filters) if base else {}
    is_asked = page.filter and not missing
    choices = _rows(request, caller, at, page.statements[CHOICES], {}) if is_asked else Rows((), [])
    stands_for = (at, told["as_of_date"], *_in_words(language, filters, choices))
    speak = partial(words.spoken, language)
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
        was=partial(_was, before),
        filter=page.filter,
        filters=filters,
        filtered=stands_for[2:],
        asked={**filters, "version": at},
        choices={each[page.filter]: _choice(language, each) for each in choices if page.filter},
        label=partial(label, language),
        limits=page.limits,
        measured=partial(measured, language, currency_of(rows)),
        moved=partial(moved, language),
        chart=chart_of(page, rows, stands_for, partial(words.say, language), speak),
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
    filters = _given(request, (*asked.parameters, *asked.optional))
    if any(each not in filters for each in asked.parameters):
        raise HTTPException(422, Sentence("name {what}", what=", ".join(asked.parameters)))
    as_of = warehouse.manifest(home, at)["as_of_date"]
    if statement.endswith(".csv"):
        table = request.app.state.reader.table(at, *_limited(asked, filters, ROWS_EXPORTED))
        table = masking.columns_shown_to(home, caller, table)
        return _as_csv(
            f"{name}-{asked.name}-{at}.csv", table, {**filters, "version": at, "as_of_date": as_of}
        )
    language = rendering.language_of(request)
    rows = _rows(request, caller, at, asked, filters, ROWS_SHOWN + 1)
    return rendering.page(
        request,
        "rows.html",
        name=name,
        statement=asked,
        version=at,
        as_of_date=as_of,
        filters=filters,
        filtered=_in_words(language, filters, rows),
        rows=Rows(rows.columns, rows.rows[:ROWS_SHOWN]),
        columns=[each for each in rows.columns if each != "currency_code" or not _has_amounts(rows)],
        label=partial(label, language),
        told=partial(_told, language),
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
    filters: Mapping[str, Any],
    most: int = ROWS_SHOWN,
) -> Rows:
    reader: Reader = request.app.state.reader
    rows = reader.rows(version, *_limited(statement, filters, most))
    return masking.shown_to(request.app.state.home, caller, rows)


def _limited(statement: Statement, filters: Mapping[str, Any], most: int) -> tuple[str, dict[str, Any]]:
    return f"from ({statement.sql}) limit {most}", {**filters, MOST: most}


def _tables(
    request: Request, caller: Caller, version: str, page: Folder, filters: dict[str, str]
) -> dict[str, Rows]:
    return {each.name: _rows(request, caller, version, each, filters) for each in page.shown}


def _given(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters that the address names; an empty one asks for all."""
    return {name: given for name in names if (given := request.query_params.get(name))}


def _was(before: Mapping[str, Rows], table: str, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return a row as it was in the version before, if it was there."""
    keys = {name: row[name] for name in KEYS if name in row}
    found = (old for old in before.get(table, ()) if all(old.get(name) == row[name] for name in keys))
    return next(found, None)


def _choice(language: words.Language, row: Mapping[str, Any]) -> str:
    return " ".join(words.spoken(language, each) for each in row.values())


def _in_words(language: words.Language, filters: Mapping[str, str], rows: Rows) -> list[str]:
    """Return the filters for people, such as "Channel: No touch"; a segment with its name."""
    told = []
    for name, content in filters.items():
        spoken = (
            words.feature(language, content) if name == "feature_name" else words.spoken(language, content)
        )
        names = {row.get("segment_name") for row in rows if row.get("segment_id", content) == content}
        if name == "segment_id" and len(names) == 1:
            spoken = f"{spoken} {words.spoken(language, names.pop())}"
        told.append(f"{label(language, name)}: {spoken}")
    return told


def _has_amounts(rows: Rows) -> bool:
    return any(column.endswith("_amount") for column in rows.columns)


def _told(language: words.Language, row: Mapping[str, Any], column: str) -> str:
    """Return a value of a row for people, with its unit."""
    content = row[column]
    if column in SPOKEN and content is not None:
        return words.spoken(language, content)
    if content is None or isinstance(content, str):
        return rendering.value(content)
    if column.endswith("_rate"):
        return measured(language, "", row, column)
    if column.endswith("_amount"):
        return f"{rendering.number(content, 2)} {row.get('currency_code') or ''}".rstrip()
    unit = words.say(language, "days") if column.endswith("_day_count") else ""
    return f"{rendering.value(content)} {unit}".rstrip()


def _as_csv(name: str, table: pa.Table, facts: dict[str, Any]) -> Response:
    """Return a table as CSV; each row says its version, as-of date and filters in columns of its own."""
    for column in (each for each in facts if each not in table.column_names):
        table = table.append_column(column, pa.repeat(str(facts[column]), len(table)))
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(csv_parts(table), media_type="text/csv; charset=utf-8", headers=headers)
