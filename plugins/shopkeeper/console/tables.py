"""The pages of tables: a search over tables and columns, and one page for each table of a version."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from shopkeeper import quality, warehouse
from shopkeeper.console import catalogue, masking, profiles, rendering
from shopkeeper.console.access import Looking
from shopkeeper.console.histories import judged_builds, past_verdicts
from shopkeeper.console.reader import Reader
from shopkeeper.contracts import Contract, Rule, catalog, suites
from shopkeeper.engine import table_identifier
from shopkeeper.errors import UserError
from shopkeeper.notices import Feed, feeds_of, sources_behind
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence

router = APIRouter()
SAMPLE_ROWS = 10
LAYERS = ("sources", "staging", "input", "intermediate", "core", "features", "scores", "marts", "meta")


@router.get("/tables")
def tables(request: Request, caller: Looking, q: str = "", version: str | None = None) -> HTMLResponse:
    """List the tables of a version, or those that a word finds in names, columns and meanings."""
    home: Home = request.app.state.home
    name = chosen(home, version)
    found = find(catalogue.tables_of(home, name), q)
    by_layer = {layer: [hit for hit in found if hit[0].layer == layer] for layer in LAYERS}
    return rendering.page(
        request, "tables.html", q=q, version=name, layers={k: v for k, v in by_layer.items() if v}
    )


@router.get("/tables/{table}")
def table(request: Request, caller: Looking, table: str, version: str | None = None) -> HTMLResponse:
    """Show one table: meaning, freshness, columns, sample, rules, lineage, SQL and readers."""
    home: Home = request.app.state.home
    name = chosen(home, version)
    known = catalogue.tables_of(home, name)
    facts = known.get(table)
    if facts is None:
        raise HTTPException(404, Sentence("{version} has no table {table}", version=name, table=table))
    reader: Reader = request.app.state.reader
    described = catalogue.dictionary_of(home, name)
    sample = None
    if facts.is_kept:
        sql = f"select * from {table_identifier(table)} limit {SAMPLE_ROWS}"
        sample = masking.shown_to(home, caller, reader.rows(name, sql))
    return rendering.page(
        request,
        "table.html",
        table=facts,
        version=name,
        versions=warehouse.version_names(home)[::-1],
        sample=sample,
        rules=_rules(facts.contract) if facts.contract else [],
        builds=judged_builds(home) if facts.contract else [],
        past_verdicts=past_verdicts,
        entry=described.table(table) if described else None,
        exposures=described.readers if described else (),
        feeds=_feeds(home, name, known, table),
        is_personal=masking.is_personal,
    )


@router.get("/tables/{table}/profile")
def profile(request: Request, caller: Looking, table: str, version: str | None = None) -> HTMLResponse:
    """Show the profile of a table's columns beside the version before; it takes longer than the page."""
    home: Home = request.app.state.home
    name = chosen(home, version)
    facts = catalogue.tables_of(home, name).get(table)
    if facts is None or not facts.is_kept:
        raise HTTPException(404, Sentence("{version} keeps no table {table}", version=name, table=table))
    base = warehouse.manifest(home, name)["base_version"]
    known = warehouse.manifest(home, base)["tables"] if base in warehouse.version_names(home) else {}
    old = known.get(table)
    reader: Reader = request.app.state.reader
    found = profiles.profile(reader, name, table)
    before = profiles.profile(reader, base, table) if old and found and found.is_whole else None
    return rendering.page(
        request,
        "profile.html",
        profile=found,
        compared=before if before and before.is_whole else None,
        base=base if old else None,
        rows_before=old["row_count"] if old else None,
        is_personal=masking.is_personal,
    )


def _rules(contract: Contract) -> list[Rule | quality.FeedRule]:
    """Return the rules of a contract, and those that are asked of a source as a feed."""
    return [*suites.rules(contract), *quality.feed_rules(contract)]


def _feeds(home: Home, version: str, known: dict[str, catalogue.TableFacts], table: str) -> list[Feed]:
    """Return the feeds that a table is made of, late ones first."""
    behind = sources_behind(table, {name: facts.parents for name, facts in known.items()})
    contracts = [contract for contract in catalog().sources if contract.name in behind]
    as_of = warehouse.manifest(home, version)["as_of_date"]
    return feeds_of(contracts, warehouse.batches(home), as_of, {}) if contracts else []


def chosen(home: Home, version: str | None) -> str:
    """Return the version that is asked for, by default the one that readers see."""
    if version is None:
        current = warehouse.current(home)
        if current is None:
            raise UserError(Sentence("nothing is published yet; run `shopkeeper refresh`"))
        return current
    warehouse.manifest(home, version)
    return version


def find(tables: dict[str, catalogue.TableFacts], asked: str) -> list[tuple[catalogue.TableFacts, list[Any]]]:
    """Return the tables in which every word is found, each with the columns that have one of them."""
    words = asked.lower().split()
    found = []
    for facts in tables.values():
        columns = [c for c in facts.columns if words and any(word in _text(c) for word in words)]
        whole = " ".join([facts.name, facts.description, facts.description_zh, *map(_text, facts.columns)])
        if all(word in whole.lower() for word in words):
            found.append((facts, columns))
    return found


def _text(column: catalogue.ColumnFacts) -> str:
    return f"{column.name} {column.description} {column.description_zh}".lower()
