"""Requests of persons, from files: each is honoured once, and its outcome is kept.

`<home>/privacy/requests/*.csv` in UTF-8, with a header. A file names persons, so it is removed once all of it
is done.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from shopkeeper.errors import UserError
from shopkeeper.files import write_json
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.privacy.erasing import Named, erase, finish, replay
from shopkeeper.privacy.erasures import read_erasures
from shopkeeper.privacy.exporting import export
from shopkeeper.privacy.suppressed import renew_columns

COLUMNS = ("request_id", "kind", "system", "number", "token", "requested_at", "reason")
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
    result: Literal["erased", "exported", "refused"]
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

    Also erases again whoever is found in columns that are new since the last erasure.
    """
    finish(home)
    if renew_columns(home):
        replay(home)
    paths, files = PrivacyPaths(home.privacy), _files(PrivacyPaths(home.privacy))
    outcomes = []
    for request in waiting(home):
        outcome = _honour(home, request, who)
        write_json(paths.outcome(request.request_id), asdict(outcome))
        outcomes.append(outcome)
    for file in files:
        file.unlink()
    return outcomes


def _honour(home: Home, request: Request, who: str) -> Outcome:
    why = f"request {request.request_id}: {request.reason}"
    result: Literal["erased", "exported", "refused"]
    number, detail = None, ""
    try:
        if request.kind == "erase":
            # A kill between the receipt and the outcome leaves the receipt.
            done = [each for each in read_erasures(home) if each.why == why]
            number = (done[0] if done else erase(home, request.named, who, why)).number
            result = "erased"
        else:
            detail, result = str(export(home, request.named, who, why, request.request_id)), "exported"
    except UserError as error:
        if error.exit_status != UserError.exit_status:
            raise
        detail, result = str(error), "refused"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Outcome(request.request_id, request.kind, request.requested_at, now, result, number, detail)


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
