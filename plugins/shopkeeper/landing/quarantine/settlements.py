"""The records of what a person settled without a replay (`quarantine/settled/<key>.json`), and of the replays
that a person took back (`quarantine/taken_back/<batch_id>.json`).

Nothing that was kept is altered.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from shopkeeper.files import sync, write_json
from shopkeeper.paths import Home


@dataclass(frozen=True)
class Settlement:
    """Why a refusal counts as settled: all of a file (`lines` is None), or these lines of a batch."""

    why: str
    lines: tuple[int, ...] | None = None


def read_settlement(home: Home, key: str) -> Settlement | None:
    """Return how a refusal was settled; a record that cannot be read settles nothing."""
    try:
        kept = json.loads(home.settlement(key).read_bytes())
        lines = kept.get("lines")
        return Settlement(str(kept["why"]), None if lines is None else tuple(map(int, lines)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_settlement(home: Home, key: str, settlement: Settlement) -> None:
    """Settle a refusal, with what was settled of it before."""
    before = read_settlement(home, key)
    if before is not None and before.lines is not None and settlement.lines is not None:
        lines = tuple(sorted({*before.lines, *settlement.lines}))
        settlement = Settlement(settlement.why, lines)
    write_json(home.settlement(key), asdict(settlement))


def remove_settlement(home: Home, key: str) -> bool:
    """Take a settlement back, and say whether there was one."""
    return _remove(home.settlement(key))


def read_taken_back(home: Home) -> dict[str, str]:
    """Return why each replay was taken back, by batch id; one whose record is damaged stays taken back."""
    return {path.stem: _why(path) for path in home.taken_back.glob("*.json")}


def write_taken_back(home: Home, batch_id: str, why: str) -> None:
    """Take a replay back: nothing counts of it."""
    write_json(home.taking_back(batch_id), {"why": why})


def remove_taken_back(home: Home, batch_id: str) -> bool:
    """Let a replay count again, and say whether it was taken back."""
    return _remove(home.taking_back(batch_id))


def _why(record: Path) -> str:
    try:
        return str(json.loads(record.read_bytes())["why"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _remove(record: Path) -> bool:
    if not record.exists():
        return False
    record.unlink()
    sync(record.parent)
    return True
