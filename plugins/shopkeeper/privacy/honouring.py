"""Requests of persons, from files: each is honoured once, and its outcome is kept.

`<home>/privacy/requests/*.csv` in UTF-8, with a header. A file names persons, so it is removed once all of it
is done.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal

from shopkeeper.errors import UserError
from shopkeeper.files import write_json
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.privacy.erasing import Named, erase_all, finish, replay
from shopkeeper.privacy.erasures import Erasure, read_erasures
from shopkeeper.privacy.exporting import export
from shopkeeper.privacy.suppressed import renew_columns

COLUMNS = ("request_id", "kind", "system", "number", "token", "requested_at", "reason")
Result = Literal["erased", "exported", "refused"]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Request:
    """What a person asks for. `place`: file and line."""

    request_id: str
    kind: Literal["erase", "export"]
    named: Named
    requested_at: str
    reason: str
    place: str


@dataclass(frozen=True)
class Outcome:
    """What became of a request; names nobody. `erasure`: the number of the receipt."""

    request_id: str
    kind: str
    requested_at: str
    done_at: str
    result: Result
    erasure: int | None = None
    detail: str = ""


def waiting(home: Home) -> list[Request]:
    """Return the requests that are not done, in the order of files and lines.

    Raises `UserError` if a line is no request; then none of any file is done.
    """
    paths = PrivacyPaths(home.privacy)
    found = [request for file in _files(paths) for request in _requests(file)]
    return [request for request in found if not paths.outcome(request.request_id).exists()]


def honour(home: Home, who: str) -> list[Outcome]:
    """Do each waiting request, and return the outcomes. What cannot be done is refused with the reason.

    Erasures that follow each other are one erasure, since each writes every version anew. Also erases again
    whoever is found in columns that are new since the last erasure.
    """
    finish(home)
    if renew_columns(home):
        replay(home)
    paths, files = PrivacyPaths(home.privacy), _files(PrivacyPaths(home.privacy))
    outcomes = []
    for kind, requests in groupby(waiting(home), lambda request: request.kind):
        for outcome in (_erase if kind == "erase" else _export)(home, list(requests), who):
            write_json(paths.outcome(outcome.request_id), asdict(outcome))
            outcomes.append(outcome)
    for file in files:
        file.unlink()
    return outcomes


def _erase(home: Home, requests: Sequence[Request], who: str) -> Iterator[Outcome]:
    # A kill between the receipt and the outcomes leaves the receipt.
    told = [(each.number, f"; {each.why}") for each in read_erasures(home)]
    done: dict[str, Erasure | UserError | int] = {}
    for request in requests:
        if numbers := [number for number, why in told if f"; {_named(request)}" in why]:
            done[request.request_id] = numbers[0]
    left = [request for request in requests if request.request_id not in done]
    if left:
        asked = [(request.named, f"{_named(request)}{request.reason}") for request in left]
        try:
            erased = erase_all(home, asked, who)
        except UserError as error:
            _require_refusal(error)
            erased = [error] * len(left)
        done |= dict(zip((request.request_id for request in left), erased, strict=True))
    for request in requests:
        result = done[request.request_id]
        if isinstance(result, UserError):
            yield _outcome(request, "refused", detail=str(result))
        else:
            yield _outcome(request, "erased", result if isinstance(result, int) else result.number)


def _export(home: Home, requests: Sequence[Request], who: str) -> Iterator[Outcome]:
    for request in requests:
        why = f"{_named(request)}{request.reason}"
        try:
            folder = export(home, request.named, who, why, request.request_id)
            yield _outcome(request, "exported", detail=str(folder))
        except UserError as error:
            _require_refusal(error)
            yield _outcome(request, "refused", detail=str(error))


def _named(request: Request) -> str:
    return f"request {request.request_id}: "


def _require_refusal(error: UserError) -> None:
    """Raise again what says nothing about a request, such as another process at work."""
    if error.exit_status != UserError.exit_status:
        raise error


def _outcome(request: Request, result: Result, erasure: int | None = None, detail: str = "") -> Outcome:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Outcome(request.request_id, request.kind, request.requested_at, now, result, erasure, detail)


def _files(paths: PrivacyPaths) -> list[Path]:
    return sorted(paths.requests.glob("*.csv"))


def _requests(file: Path) -> Iterator[Request]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        lacking = {"request_id", "kind", "reason"} - set(reader.fieldnames or ())
        if lacking:
            raise UserError(
                f"{file} lacks the column {min(lacking)}; a file of requests has {', '.join(COLUMNS)}"
            )
        for number, row in enumerate(reader, 2):
            place = f"line {number} of {file}"
            text = {name: (row.get(name) or "").strip() for name in COLUMNS}
            if not _ID.fullmatch(text["request_id"]):
                raise UserError(f"{place}: request_id has letters, digits, dots, _ and -, 64 at most")
            if text["kind"] not in ("erase", "export") or not text["reason"]:
                raise UserError(f"{place}: kind is erase or export, and a reason is needed")
            try:
                named = Named(text["token"] or None, text["system"] or None, text["number"] or None)
            except UserError:
                raise UserError(f"{place}: give a token, or a system and a number") from None
            kind: Literal["erase", "export"] = "erase" if text["kind"] == "erase" else "export"
            yield Request(text["request_id"], kind, named, text["requested_at"], text["reason"], place)
