"""What was refused: looking at it masked, correcting a row, replaying, settling; each change is recorded."""

from typing import Any

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
        _entry(home, key)
        return Sentence("{count} rows at most", count=ROWS_SHOWN), None

    actions.record(home, caller, "reveal", key, why, work)
    return _shown(request, caller, key, why_revealed=why)


@router.post("/quarantine/{key}/replay")
def replay(request: Request, caller: Mending, key: str, why: Why) -> RedirectResponse:
    """Check refused rows or a refused file again, after a contract was corrected."""
    _replay(request.app.state.home, caller, "replay", key, why, None)
    return back("#quarantine")


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
    return back("#quarantine")


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
    return back("#quarantine")


@router.post("/quarantine/{key}/reopen")
def reopen(request: Request, caller: Mending, key: str, why: Why) -> RedirectResponse:
    """Take back that something counts as settled."""
    home: Home = request.app.state.home

    def work() -> tuple[str, tuple[str, str]]:
        quarantine.reopen(home, key)
        return Sentence("it is open again"), ("settle", key)

    actions.record(home, caller, "reopen", key, why, work)
    return back("#quarantine")


def _replay(
    home: Home, caller: Caller, verb: str, key: str, why: str, corrections: dict[str, Any] | None
) -> None:
    def work() -> tuple[str, tuple[str, str] | None]:
        _entry(home, key)
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
        return detail, ("hold", done["batch_id"])

    actions.record(home, caller, verb, key, why, work)


def _shown(request: Request, caller: Caller, key: str, why_revealed: str | None = None) -> HTMLResponse:
    home: Home = request.app.state.home
    entry = _entry(home, key)
    contract = catalog().contract(entry.system, entry.table)
    open_keys = {each.key: each for each in quarantine.refusals(home)}
    return rendering.page(
        request,
        "quarantine.html",
        entry=open_keys.get(key, entry),
        contract=contract,
        is_open=key in open_keys,
        settlement=quarantine.read_settlement(home, key),
        rows=[] if entry.is_whole_file else _rows(home, key, contract, caller, why_revealed),
        is_revealed=why_revealed is not None,
        null=NULL,
        most=ROWS_SHOWN,
    )


def _entry(home: Home, key: str) -> quarantine.Quarantined:
    """Return a refusal, open or settled; `UserError` if nothing has this key."""
    found = next((each for each in quarantine.refusals(home, with_settled=True) if each.key == key), None)
    if found is None:
        raise UserError(Sentence("nothing in quarantine has the key {key}", key=key[:12]))
    return found


def _rows(
    home: Home, key: str, contract: Contract, caller: Caller, why_revealed: str | None
) -> list[dict[str, Any]]:
    if why_revealed is None:
        rows = quarantine.masked(home, quarantine.show(home, key).slice(0, ROWS_SHOWN), contract)
    else:
        rows = quarantine.show(home, key, who=caller.name, why=why_revealed).slice(0, ROWS_SHOWN)
    shown = rows.select(["line_number", "column_name", "reason", "record"]).to_pylist()
    return [
        {**row, "detail": detail, "record": _text(row["record"])}
        for row, detail in zip(shown, quarantine.details(rows), strict=True)
    ]


def _text(record: bytes | str) -> str:
    return visible(record.decode("utf-8", "backslashreplace") if isinstance(record, bytes) else record)
