"""Versions and batches: comparing versions, rolling back, holding, releasing; each change is recorded."""

from collections import defaultdict
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from shopkeeper import warehouse
from shopkeeper.console import actions, jobs, rendering
from shopkeeper.console.access import Caller, Looking, Operating
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, restored

router = APIRouter()
Why = Annotated[str, Form(max_length=2000)]


@router.get("/versions/compare")
def compare(request: Request, caller: Looking, before: str, after: str) -> HTMLResponse:
    """Show what differs between two versions, table by table, largest first."""
    home: Home = request.app.state.home
    known = warehouse.require_version(home, before)
    warehouse.require_version(home, after)
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in _differences(home, before, after):
        sides = {side: None if each[side] is None else Decimal(each[side]) for side in ("before", "after")}
        by_table[each["table"]].append({**sides, "what": restored(each["what"], each["said"])})
    return rendering.page(request, "compare.html", before=before, after=after, tables=by_table, names=known)


@router.post("/versions/{version}/rollback")
def roll_back(request: Request, caller: Operating, version: str, why: Why) -> RedirectResponse:
    """Let readers see an earlier version."""
    return _show(request, caller, version, why, "roll back to", "roll_back")


@router.post("/versions/{version}/return")
def undo_rollback(request: Request, caller: Operating, version: str, why: Why) -> RedirectResponse:
    """Let readers see the version that the last rollback left, and release just what that one held."""
    return _show(request, caller, version, why, "return to", "undo_rollback")


def _show(request: Request, caller: Caller, version: str, why: str, verb: str, job: str) -> RedirectResponse:
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str] | None]:
        warehouse.require_version(home, version)
        done = jobs.perform(home, job, version=version)
        counts = done["batches"]
        detail = Sentence("batches held now: {held:,}, waiting for the next refresh: {new:,}", **counts)
        return detail, ("return to", done["left"]) if done["left"] else None

    actions.record(home, caller, verb, version, why, work)
    return back()


@router.post("/batches/{batch_id}/hold")
def hold(request: Request, caller: Operating, batch_id: str, why: Why) -> RedirectResponse:
    """Keep a batch out of every refresh from the next one on."""
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str]]:
        warehouse.hold(home, batch_id, why=_authored(caller, why))
        return Sentence("the next refresh leaves it out"), ("release", batch_id)

    actions.record(home, caller, "hold", batch_id, why, work)
    return back("#batches")


@router.post("/batches/{batch_id}/release")
def release(request: Request, caller: Operating, batch_id: str, why: Why) -> RedirectResponse:
    """Let the next refresh add a batch again."""
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str]]:
        warehouse.release(home, batch_id)
        return Sentence("the next refresh takes it in"), ("hold", batch_id)

    actions.record(home, caller, "release", batch_id, why, work)
    return back("#batches")


def back(place: str = "") -> RedirectResponse:
    """Return to the state of the house, by a request that changes nothing when it is repeated."""
    return RedirectResponse(f"{rendering.PREFIX}/{place}", 303)


def _authored(caller: Caller, why: str) -> str:
    """Return a reason with its author in front, so that it is never taken for a rollback's."""
    return f"{caller.name}: {' '.join(why.split())[: actions.MOST_REASON]}"


@lru_cache(maxsize=16)
def _differences(home: Home, before: str, after: str) -> list[dict[str, Any]]:
    """Versions never change, so that their differences are asked for once."""
    found: list[dict[str, Any]] = jobs.perform(home, "compare", before=before, after=after)
    return found
