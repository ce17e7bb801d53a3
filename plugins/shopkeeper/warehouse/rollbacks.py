"""What a rollback holds; undoing it gives back just that.

`state/last_rollback.json` has the holds that the last one changed, as they were before it.
"""

import json
from collections.abc import Mapping
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.files import write_json
from shopkeeper.landing import Arrival, read_receipt
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence
from shopkeeper.warehouse.batch_list import chosen_batches
from shopkeeper.warehouse.holds import Hold, as_stored, hold_from, read_holds, remove_hold, write_hold


def hold_later(home: Home, version: str, left: str) -> None:
    """Hold everything that landed after a version: later batches, and later arrivals of its own batches.

    Lifts what an earlier rollback held if it landed before the version; what a person held stays held. A
    batch with a damaged receipt is held unless the version contains it. `left`: the version shown until now.
    """
    why = Sentence("rolled back from {left} to {version}", left=left, version=version)
    then = {batch_id: _names_then(row) for batch_id, row in chosen_batches(home, version).items()}
    last = max((came.number for names in then.values() for came in names.values()), default=0)
    numbers = _arrival_numbers(home)
    until = max(filter(None, numbers.values()), default=0)
    wanted: dict[str, Hold | None] = {}
    for batch_id, number in numbers.items():
        is_later = batch_id not in then if number is None else number > last
        if is_later:
            wanted[batch_id] = Hold(why, then[batch_id], until) if batch_id in then else Hold(why)
        else:
            wanted[batch_id] = None
    _change(home, left, wanted)


def hold_as_before(home: Home, version: str, left: str) -> None:
    """Hold what was held before the last rollback, which left this version: what it held is held no more.

    What landed after the rollback is not touched, nor what a person has held since. `UserError` if the last
    rollback left another version.
    """
    try:
        told = json.loads(home.last_rollback.read_bytes())
        before = {name: hold_from(hold) if hold else None for name, hold in told["before"].items()}
        is_of_this = told["left"] == version
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        before, is_of_this = {}, False
    if not is_of_this:
        why = "the last rollback did not leave {version}; roll back to {version} instead"
        raise UserError(Sentence(why, version=version))
    _change(home, left, before)


def _change(home: Home, left: str, wanted: Mapping[str, Hold | None]) -> None:
    """Hold batches, or no more (None), except those that a person holds; first record what was held."""
    holds = read_holds(home)
    changed = {
        batch_id: hold
        for batch_id, hold in wanted.items()
        if holds.get(batch_id) != hold and (batch_id not in holds or holds[batch_id].is_of_a_rollback)
    }
    before = {name: as_stored(holds[name]) if name in holds else None for name in changed}
    write_json(home.last_rollback, {"left": left, "before": before})
    for batch_id, hold in changed.items():
        if hold:
            write_hold(home, batch_id, hold)
        else:
            remove_hold(home, batch_id)


def _names_then(row: dict[str, Any]) -> dict[str, Arrival]:
    """Return a batch's names from a version's list; older versions knew one name and no numbers."""
    if row.get("names") is None:
        return {row["file_name"]: Arrival(row["landed_sequence"], row["landed_sequence"])}
    return {name: Arrival(*came) for name, came in json.loads(row["names"]).items()}


def _arrival_numbers(home: Home) -> dict[str, int | None]:
    """Return the number of each batch's last arrival; None if its receipt is damaged."""
    numbers: dict[str, int | None] = {}
    for path in sorted(home.raw.glob("*/*/*.json")):
        try:
            numbers[path.stem] = max(came.number for came in read_receipt(path).names.values())
        except UserError:
            numbers[path.stem] = None
    return numbers
