"""The receipts of erasures: lines that are only added, each with the sha256 of the one before.

No line names a person.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from shopkeeper.errors import UserError
from shopkeeper.files import append_line
from shopkeeper.paths import Home, PrivacyPaths

_FIRST = "0" * 64


@dataclass(frozen=True)
class Erasure:
    """One erasure: when, by whom and why, how many persons, and what was replaced in each place."""

    number: int
    at: str
    who: str
    why: str
    person_count: int
    places: dict[str, int]
    before: str = _FIRST


def read_erasures(home: Home) -> list[Erasure]:
    """Return all erasures, oldest first. Raises `UserError` if a line was altered, removed or moved."""
    file = PrivacyPaths(home.privacy).erasures
    found: list[Erasure] = []
    last = _FIRST
    for number, line in enumerate(_lines(file), 1):
        try:
            erasure = Erasure(**json.loads(line))
        except (ValueError, TypeError):
            raise _altered(file, number) from None
        if (erasure.number, erasure.before) != (number, last):
            raise _altered(file, number)
        found.append(erasure)
        last = hashlib.sha256(line).hexdigest()
    return found


def append(home: Home, erasure: Erasure) -> None:
    """Add a receipt, chained to the one before; one that is there is not added again."""
    file = PrivacyPaths(home.privacy).erasures
    known = read_erasures(home)
    if len(known) >= erasure.number:
        return
    lines = _lines(file)
    before = hashlib.sha256(lines[-1]).hexdigest() if lines else _FIRST
    line = json.dumps({**asdict(erasure), "before": before}, ensure_ascii=False).encode() + b"\n"
    append_line(file, line, sum(map(len, lines)))


def _lines(file: Path) -> list[bytes]:
    if not file.exists():
        return []
    return [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def _altered(file: Path, number: int) -> UserError:
    return UserError(
        f"line {number} of {file}, or the one before it, is not what was written; "
        "put the file back from the backup of the home"
    )
