"""What was refused: looking at it masked, correcting a row, replaying, settling; each change is recorded."""

from typing import Any

import pyarrow as pa
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from shopkeeper.console import actions, jobs, rendering
from shopkeeper.console.access import Caller, Looking, Mending, Revealing
from shopkeeper.console.versions import Why, back
from shopkeeper.contracts import Contract, catalog
from shopkeeper.errors import UserError
from shopkeeper.landing import quarantine
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, joined, restored
from shopkeeper.terminal import visible

router = APIRouter()
ROWS_SHOWN = 50
NULL = "\\N"
"""What a person writes to empty a field; a field left empty stays as it arrived."""


@router.get("/quarantine/{key}")
def look(request: Request, caller: Looking, key: str) -> HTMLResponse:
    """Show what is open of a refusal, persons masked."""
    return _shown(request, caller, key)


@router.post("/quarantine/{key}/reveal")
def reveal(request: Request, caller: Revealing, key: str, why: Why) -> HTMLResponse:
    """Show a refusal's rows as they arrived; who looked, and why, is recorded."""
    home: Home = request.app.state.home

    def work() -> tuple[str, None]:
        quarantine.find_key(home, key)
        return Sentence("{count} rows at most", count=ROWS_SHOWN), None

    actions.record(home, caller, "reveal", key, why, work)
    return _shown(request, caller, key, why_revealed=why)


@router.post("/quarantine/{key}/replay")
def replay(request: Request, caller: Mending, key: str, why: Why) -> RedirectResponse:
    """Check refused rows or a refused file again, after a contract was corrected."""
    _replay(request.app.state.home, caller, "replay", key, why, None)
    return _back_to(key)


@router.post("/quarantine/{key}/lines/{line}")
async def correct(request: Request, caller: Mending, key: str, line: int, why: Why) -> RedirectResponse:
    """Check one refused row again with the values that a person gives."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form()
    given = {
        name.removeprefix("column."): str(content)
        for name, content in form.items()
        if name.startswith("column.") and str(content)
    }
    changes = {name: None if content == NULL else content for name, content in given.items()}
    if not changes:
        raise UserError(Sentence("give at least one column a new value"))
    home: Home = request.app.state.home
    await run_in_threadpool(_replay, home, caller, "correct", key, why, {str(line): changes})
    return _back_to(key)


@router.post("/quarantine/{key}/settle")
def settle(request: Request, caller: Mending, key: str, why: Why) -> RedirectResponse:
    """Decide that what is open will not come in."""
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str]]:
        return Sentence("it counts as settled"), (
            "reopen",
            quarantine.settle(home, key, f"{caller.name}: {why}"),
        )

    actions.record(home, caller, "settle", key, why, work)
    return _back_to(key)


@router.post("/quarantine/{key}/reopen")
def reopen(request: Request, caller: Mending, key: str, why: Why) -> RedirectResponse:
    """Take back that something counts as settled."""
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str]]:
        quarantine.reopen(home, key)
        return Sentence("it is open again"), ("settle", key)

    actions.record(home, caller, "reopen", key, why, work)
    return _back_to(key)


@router.post("/replays/{batch_id}/take-back")
def take_back(request: Request, caller: Mending, batch_id: str, why: Why) -> RedirectResponse:
    """Take back what a correction or a replay landed: it counts no more, and its rows are open again."""
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str]]:
        quarantine.take_back(home, batch_id, f"{caller.name}: {why}")
        return Sentence("its rows are open again, and the next refresh leaves it out"), ("put back", batch_id)

    actions.record(home, caller, "take back", batch_id, why, work)
    return _back_to(actions.refusal_behind(home, batch_id))


@router.post("/replays/{batch_id}/put-back")
def put_back(request: Request, caller: Mending, batch_id: str, why: Why) -> RedirectResponse:
    """Let a replay that was taken back count again."""
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str]]:
        quarantine.put_back(home, batch_id)
        return Sentence("the next refresh takes it in"), ("take back", batch_id)

    actions.record(home, caller, "put back", batch_id, why, work)
    return _back_to(actions.refusal_behind(home, batch_id))


def _back_to(key: str | None) -> RedirectResponse:
    """Return to what was done to a refusal, with how to undo it."""
    return back(f"quarantine/{key}#actions" if key else "#actions")


def _replay(
    home: Home, caller: Caller, verb: str, key: str, why: str, corrections: dict[str, Any] | None
) -> None:
    def work() -> tuple[str, tuple[str, str] | None]:
        quarantine.find_key(home, key)
        done = jobs.perform(home, "replay", key=key, corrections=corrections)
        still = sum(done["still_refused"].values())
        detail = Sentence(
            "rows accepted: {accepted:,}, still refused: {refused:,}",
            accepted=done["accepted_count"],
            refused=still,
        )
        if corrections:
            (line, changes), *_ = corrections.items()
            columns = ", ".join(sorted(changes))
            detail = Sentence("line {line}, {columns}: {done}", line=line, columns=columns, done=detail)
        if not done["accepted_count"]:
            raise UserError(joined([detail, restored(done["detail"], done["said"])]))
        return detail, ("take back", done["batch_id"])

    actions.record(home, caller, verb, key, why, work)


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
        null=NULL,
        most=ROWS_SHOWN,
    )


def _head(
    home: Home, entry: quarantine.Quarantined, contract: Contract, **seen: str
) -> quarantine.Head | None:
    """Return what the beginning of a file refused whole tells; None where it cannot be read to be masked."""
    if not entry.is_whole_file:
        return None
    try:
        return quarantine.read_head(home, entry.key, contract, is_masked=not seen, **seen)
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
