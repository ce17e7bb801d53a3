"""What was refused: looking at it masked, correcting a row, replaying, settling; each change is recorded."""

from typing import Any

import pyarrow as pa
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from shopkeeper.console import actions, changes, rendering
from shopkeeper.console.access import Caller, Looking, Mending, Revealing
from shopkeeper.console.versions import Why, back
from shopkeeper.contracts import Contract, catalog
from shopkeeper.errors import UserError
from shopkeeper.landing import quarantine
from shopkeeper.paths import Home
from shopkeeper.terminal import visible

router = APIRouter()
ROWS_SHOWN = 50


@router.get("/quarantine/{key}")
def look(request: Request, caller: Looking, key: str) -> HTMLResponse:
    """Show what is open of a refusal, persons masked."""
    return _shown(request, caller, key)


@router.post("/quarantine/{key}/reveal")
def reveal(request: Request, caller: Revealing, key: str, why: Why = "") -> HTMLResponse:
    """Show a refusal's rows as they arrived; who looked, and why, is recorded."""
    changes.reveal(request.app.state.home, caller, key, why, ROWS_SHOWN)
    return _shown(request, caller, key, why_revealed=why)


@router.post("/quarantine/{key}/replay")
def replay(request: Request, caller: Mending, key: str, why: Why = "") -> RedirectResponse:
    """Check refused rows or a refused file again, after a contract was corrected."""
    changes.replay(request.app.state.home, caller, key, why)
    return _back_to(key)


@router.post("/quarantine/{key}/lines/{line}")
async def correct(request: Request, caller: Mending, key: str, line: int, why: Why = "") -> RedirectResponse:
    """Check one refused row again with the values that a person gives."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form()
    given = {
        name.removeprefix("column."): str(content)
        for name, content in form.items()
        if name.startswith("column.") and str(content)
    }
    values = {name: None if content == changes.NULL else content for name, content in given.items()}
    await run_in_threadpool(changes.correct, request.app.state.home, caller, key, line, values, why)
    return _back_to(key)


@router.post("/quarantine/{key}/settle")
def settle(request: Request, caller: Mending, key: str, why: Why = "") -> RedirectResponse:
    """Decide that what is open will not come in."""
    changes.settle(request.app.state.home, caller, key, why)
    return _back_to(key)


@router.post("/quarantine/{key}/reopen")
def reopen(request: Request, caller: Mending, key: str, why: Why = "") -> RedirectResponse:
    """Take back that something counts as settled."""
    changes.reopen(request.app.state.home, caller, key, why)
    return _back_to(key)


@router.post("/replays/{batch_id}/take-back")
def take_back(request: Request, caller: Mending, batch_id: str, why: Why = "") -> RedirectResponse:
    """Take back what a correction or a replay landed: it counts no more, and its rows are open again."""
    home: Home = request.app.state.home
    changes.take_back(home, caller, batch_id, why)
    return _back_to(actions.refusal_behind(home, batch_id))


@router.post("/replays/{batch_id}/put-back")
def put_back(request: Request, caller: Mending, batch_id: str, why: Why = "") -> RedirectResponse:
    """Let what was taken back count again."""
    home: Home = request.app.state.home
    changes.put_back(home, caller, batch_id, why)
    return _back_to(actions.refusal_behind(home, batch_id))


def _back_to(key: str | None) -> RedirectResponse:
    """Return to what was done to a refusal, with how to undo it."""
    return back(f"quarantine/{key}#actions" if key else "#actions")


def _shown(request: Request, caller: Caller, key: str, why_revealed: str | None = None) -> HTMLResponse:
    home: Home = request.app.state.home
    seen = {"who": caller.name, "why": why_revealed} if why_revealed else {}
    found = quarantine.inspect(home, key, **seen)
    entry = found.entry
    contract = catalog().contract(entry.system, entry.table)
    done = actions.actions_on(home, entry.key)
    head = _head(home, entry, contract, **seen)
    rows = [] if found.rows is None else _rows(home, found.rows, contract, is_masked=why_revealed is None)
    return rendering.page(
        request,
        "quarantine.html",
        entry=entry,
        contract=contract,
        is_open=found.is_open,
        settlement=quarantine.read_settlement(home, entry.key),
        head=head,
        rows=[{**row, "record": visible(row["record"])} for row in head.lines] if head else rows,
        is_revealed=why_revealed is not None,
        actions=done,
        undoable=actions.undoable(done),
        null=changes.NULL,
        most=ROWS_SHOWN,
    )


def _head(
    home: Home, entry: quarantine.Quarantined, contract: Contract, **seen: str
) -> quarantine.Head | None:
    """Return what the beginning of a file refused whole tells; None where it cannot be read to be masked."""
    if not entry.is_whole_file:
        return None
    try:
        return quarantine.read_head(home, entry.key, contract, **seen)
    except (UserError, OSError):
        if seen:
            raise
        return None


def _rows(home: Home, rows: pa.Table, contract: Contract, is_masked: bool) -> list[dict[str, Any]]:
    first = rows.slice(0, ROWS_SHOWN)
    if is_masked:
        first = quarantine.masked(home, first, contract)
    shown = first.select(["line_number", "column_name", "reason", "record"]).to_pylist()
    return [
        {**row, "detail": detail, "record": _text(row["record"])}
        for row, detail in zip(shown, quarantine.details(first), strict=True)
    ]


def _text(record: bytes | str) -> str:
    return visible(record.decode("utf-8", "backslashreplace") if isinstance(record, bytes) else record)
