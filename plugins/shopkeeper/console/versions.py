"""Versions and batches: comparing versions, rolling back, holding, releasing; each change is recorded."""

from collections import defaultdict
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from shopkeeper import warehouse
from shopkeeper.console import changes, jobs, rendering
from shopkeeper.console.access import Looking, Operating
from shopkeeper.paths import Home
from shopkeeper.sentences import restored

router = APIRouter()
Why = Annotated[str, Form()]


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
def roll_back(request: Request, caller: Operating, version: str, why: Why = "") -> RedirectResponse:
    """Let readers see an earlier version."""
    changes.roll_back(request.app.state.home, caller, version, why)
    return back()


@router.post("/versions/{version}/return")
def undo_rollback(request: Request, caller: Operating, version: str, why: Why = "") -> RedirectResponse:
    """Let readers see the version that the last rollback left, and release just what that one held."""
    changes.roll_back(request.app.state.home, caller, version, why, undo=True)
    return back()


@router.post("/batches/{batch_id}/hold")
def hold(request: Request, caller: Operating, batch_id: str, why: Why = "") -> RedirectResponse:
    """Keep a batch out of every refresh from the next one on."""
    changes.hold(request.app.state.home, caller, batch_id, why)
    return back("#batches")


@router.post("/batches/{batch_id}/release")
def release(request: Request, caller: Operating, batch_id: str, why: Why = "") -> RedirectResponse:
    """Let the next refresh add a batch again."""
    changes.release(request.app.state.home, caller, batch_id, why)
    return back("#batches")


def back(place: str = "") -> RedirectResponse:
    """Return to the state of the house, by a request that changes nothing when it is repeated."""
    return RedirectResponse(f"{rendering.PREFIX}/{place}", 303)


@lru_cache(maxsize=16)
def _differences(home: Home, before: str, after: str) -> list[dict[str, Any]]:
    """Versions never change, so that their differences are asked for once."""
    found: list[dict[str, Any]] = jobs.perform(home, "compare", before=before, after=after)
    return found
