"""Which batches are kept out of every refresh, and why: one JSON file each in `state/held/<batch_id>`.

All other rules about which batches count are in `batch_list`.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from shopkeeper.files import sync, write_json
from shopkeeper.landing import Arrival, quarantine
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, as_json, restored


@dataclass(frozen=True)
class Hold:
    """Why a batch is held, completely or in part.

    In part: its content still counts under `names`, as in the version that a rollback went back to, and under
    the names of arrivals after number `until`, which came later.
    """

    why: str
    names: dict[str, Arrival] = field(default_factory=dict)
    until: int | None = None

    @property
    def is_of_a_rollback(self) -> bool:
        """Whether a rollback made the hold, not a person."""
        return self.why.startswith("rolled back")

    def counting(self, names: dict[str, Arrival]) -> dict[str, Arrival]:
        """Return the names of a batch under which it counts in spite of the hold."""
        if self.until is None:
            return {}
        return self.names | {name: came for name, came in names.items() if came.number > self.until}


def read_holds(home: Home) -> dict[str, Hold]:
    """Return what is held, by batch id; a batch with an unreadable hold file is held completely.

    A replay that a person took back is held like what a person held.
    """
    folder = home.held
    holds = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            holds[path.name] = hold_from(json.loads(path.read_bytes()))
        except (ValueError, KeyError, TypeError, AttributeError):
            holds[path.name] = Hold(Sentence("for a reason that is lost"))
    for batch_id, why in quarantine.read_taken_back(home).items():
        holds[batch_id] = Hold(Sentence("its replay was taken back: {why}", why=why))
    return holds


def as_stored(hold: Hold) -> dict[str, Any]:
    """Return a hold as JSON keeps it."""
    return {**asdict(hold), "said": as_json(hold.why)}


def hold_from(stored: dict[str, Any]) -> Hold:
    """Return a hold that JSON kept."""
    names = {name: Arrival(*came) for name, came in stored.get("names", {}).items()}
    return Hold(restored(str(stored["why"]), stored.get("said")), names, stored.get("until"))


def write_hold(home: Home, batch_id: str, hold: Hold) -> None:
    """Hold one batch from now on."""
    write_json(_file(home, batch_id), as_stored(hold))


def remove_hold(home: Home, batch_id: str) -> None:
    """Let one batch count again."""
    file = _file(home, batch_id)
    if file.exists():
        file.unlink()
        sync(file.parent)


def trust(home: Home, batch_id: str) -> None:
    """Record that a person has released a batch, so that no rule holds it again."""
    file = _trusted(home, batch_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def is_trusted(home: Home, batch_id: str) -> bool:
    """Whether a person has released a batch."""
    return _trusted(home, batch_id).exists()


def _trusted(home: Home, batch_id: str) -> Path:
    return home.trusted / batch_id


def _file(home: Home, batch_id: str) -> Path:
    return home.held / batch_id
