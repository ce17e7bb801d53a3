"""Which batches are kept out of every refresh, and why: ``state/held/<batch_id>``, one JSON file each.

Whether a batch counts otherwise is decided in `batch_list`.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from shopkeeper.paths import Home
from shopkeeper.warehouse.durable import sync, write_json


@dataclass(frozen=True)
class Hold:
    """Why a batch is held. Names under which its content came up to arrival number ``after`` still count."""

    why: str
    after: int = 0

    @property
    def is_of_a_rollback(self) -> bool:
        """Whether a rollback made it, not a person."""
        return self.why.startswith("rolled back")


def read_holds(home: Home) -> dict[str, Hold]:
    """Return what is held, by batch id; a batch whose file says nothing sensible is held whole."""
    folder = home.state / "held"
    holds = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            told = json.loads(path.read_bytes())
            holds[path.name] = Hold(str(told["why"]), int(told.get("after", 0)))
        except (ValueError, KeyError, TypeError, AttributeError):
            holds[path.name] = Hold("for a reason that is lost")
    return holds


def write_hold(home: Home, batch_id: str, hold: Hold) -> None:
    """Hold one batch from now on."""
    write_json(_file(home, batch_id), asdict(hold))


def remove_hold(home: Home, batch_id: str) -> None:
    """Let one batch count again."""
    file = _file(home, batch_id)
    if file.exists():
        file.unlink()
        sync(file.parent)


def trust(home: Home, batch_id: str) -> None:
    """Remember that a person has released a batch: no rule holds it again."""
    file = _trusted(home, batch_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def is_trusted(home: Home, batch_id: str) -> bool:
    """Say whether a person has released a batch."""
    return _trusted(home, batch_id).exists()


def _trusted(home: Home, batch_id: str) -> Path:
    return home.state / "trusted" / batch_id


def _file(home: Home, batch_id: str) -> Path:
    return home.state / "held" / batch_id
