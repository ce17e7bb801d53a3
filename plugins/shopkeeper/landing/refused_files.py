"""Files refused whole: kept as they arrived, each under its own key, with the reason next to it.

The same content under another name or from another system is a separate refusal.
"""

import errno
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.landing.receipts import Arrival, put, put_text
from shopkeeper.paths import Home
from shopkeeper.sentences import restored

REFUSAL = "refusal.json"
_REQUIRED = {"batch_id", "system", "table", "file_name", "reason", "detail"}
_NAMELESS = "file"
"""Replaces a file name that is too long once its bytes are escaped as text."""


def refusal_id(system: str, file_name: str, batch_id: str) -> str:
    """Return the key of a refusal: 64 hex digits, like a batch id."""
    return hashlib.sha256(json.dumps([system, file_name, batch_id]).encode()).hexdigest()


def commit_refusal(home: Home, refusal: Mapping[str, object], file: Path) -> None:
    """Keep a file that was refused whole, and the reason next to it."""
    name = str(refusal["file_name"])
    folder = home.quarantined_files / refusal_id(str(refusal["system"]), name, str(refusal["batch_id"]))
    try:
        put([(file, folder / (_NAMELESS if name == REFUSAL else name))])
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        put([(file, folder / _NAMELESS)])
    put_text(json.dumps(refusal, indent=1, ensure_ascii=False), folder / REFUSAL, file.parent)


def refusal_ids(home: Home) -> list[str]:
    """Return the key of every refusal; refusals kept by older versions have a batch id as their key."""
    return sorted(path.parent.name for path in home.quarantined_files.glob(f"*/{REFUSAL}"))


def find_refusal(home: Home, key: str) -> dict[str, Any] | None:
    """Return why a file was refused whole; `None` if there is no such key, or the refusal is damaged."""
    if not (home.quarantined_files / key / REFUSAL).exists():
        return None
    try:
        return read_refusal(home, key)
    except UserError:
        return None


def read_refusal(home: Home, key: str) -> dict[str, Any]:
    """Return why a file was refused whole; `UserError` if the refusal is lost or damaged."""
    path = home.quarantined_files / key / REFUSAL
    try:
        refusal: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not refusal.keys() >= _REQUIRED:
            raise ValueError("it does not say what was refused")
        refusal["detail"] = restored(refusal["detail"], refusal.pop("said", None))
    except (FileNotFoundError, ValueError, AttributeError):
        raise UserError(
            f"{path} is lost or damaged; restore it from a backup, or delete its folder"
        ) from None
    return refusal


def arrival_of(refusal: Mapping[str, Any]) -> Arrival | None:
    """Return when a refused file arrived; `None` if an older version refused it."""
    if "arrival_number" not in refusal:
        return None
    return Arrival(refusal["landed_sequence"], refusal["arrival_number"], refusal.get("mark", ""))


def refused_file(home: Home, key: str, file_name: str) -> Path:
    """Return the path of the refused file; `UserError` if it is lost."""
    folder = home.quarantined_files / key
    names = (file_name, _NAMELESS, f"_{REFUSAL}")
    found = [path for path in folder.iterdir() if path.name in names and path.name != REFUSAL]
    if not found:
        raise UserError(f"{folder} has lost its file; drop {file_name} into the inbox again")
    return found[0]
