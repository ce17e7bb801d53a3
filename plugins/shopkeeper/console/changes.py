"""What people may change, each as a recorded action: the pages and the commands both call these.

Add a change here, with its undo. Looking belongs to the pages; the work itself to `warehouse` and `landing`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shopkeeper import warehouse
from shopkeeper.console.actions import Action, AtCommandLine, Author, authored, record
from shopkeeper.console.jobs import perform, perform_here
from shopkeeper.errors import UserError
from shopkeeper.landing import quarantine
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, joined, restored

__all__ = ["Action", "AtCommandLine", "perform_here"]
NULL = "\\N"
"""What a person writes to empty a field; a field left empty stays as it arrived."""

Undo = tuple[str, str] | None
Do = Callable[..., Any]
"""How heavy work is done: `perform`, in a process of its own, or `perform_here`."""


def roll_back(
    home: Home, by: Author, version: str, why: str, *, undo: bool = False, do: Do = perform
) -> Action:
    """Let readers see an earlier version; `undo`: the one that the last rollback left."""

    def work() -> tuple[str, Undo]:
        done = do(home, "undo_rollback" if undo else "roll_back", version=version)
        counts, back = done["batches"], done["left"]
        detail = Sentence("readers see it again")
        if counts is not None:
            detail = Sentence("batches held now: {held:,}, waiting for the next refresh: {new:,}", **counts)
        return detail, ("return to", back) if back else None

    return record(home, by, "return to" if undo else "roll back to", version, why, work)


def hold(home: Home, by: Author, batch_id: str, why: str) -> Action:
    """Keep a batch out of every refresh from the next one on."""

    def work() -> tuple[str, Undo]:
        warehouse.hold(home, batch_id, why=authored(by, why))
        return Sentence("the next refresh leaves it out"), ("release", batch_id)

    return record(home, by, "hold", batch_id, why, work)


def release(home: Home, by: Author, batch_id: str, why: str) -> Action:
    """Let the next refresh add a batch again."""

    def work() -> tuple[str, Undo]:
        warehouse.release(home, batch_id)
        return Sentence("the next refresh takes it in"), ("hold", batch_id)

    return record(home, by, "release", batch_id, why, work)


def replay(home: Home, by: Author, key: str, why: str, *, do: Do = perform, **how: Any) -> Action:
    """Check refused rows or a refused file again; `how`: arguments of the job."""
    return record(home, by, "replay", key, why, lambda: _replayed(do(home, "replay", key=key, **how)))


def correct(
    home: Home,
    by: Author,
    key: str,
    line: int,
    changes: Mapping[str, str | None],
    why: str,
    *,
    do: Do = perform,
) -> Action:
    """Check one refused row again with the values that a person gives; None empties a column."""

    def work() -> tuple[str, Undo]:
        if not changes:
            raise UserError(Sentence("give at least one column a new value"))
        done = do(home, "replay", key=key, corrections={str(line): dict(changes)})
        return _replayed(done, line=line, columns=", ".join(sorted(changes)))

    return record(home, by, "correct", key, why, work)


def settle(home: Home, by: Author, key: str, why: str) -> Action:
    """Decide that what is open of a refusal will not come in."""

    def work() -> tuple[str, Undo]:
        return Sentence("it counts as settled"), ("reopen", quarantine.settle(home, key, authored(by, why)))

    return record(home, by, "settle", key, why, work)


def reopen(home: Home, by: Author, key: str, why: str) -> Action:
    """Take back that something counts as settled."""

    def work() -> tuple[str, Undo]:
        quarantine.reopen(home, key)
        return Sentence("it is open again"), ("settle", key)

    return record(home, by, "reopen", key, why, work)


def take_back(home: Home, by: Author, batch_id: str, why: str) -> Action:
    """Take back what a correction or a replay landed: it counts no more, and its rows are open again."""

    def work() -> tuple[str, Undo]:
        quarantine.take_back(home, batch_id, authored(by, why))
        return Sentence("its rows are open again, and the next refresh leaves it out"), ("put back", batch_id)

    return record(home, by, "take back", batch_id, why, work)


def put_back(home: Home, by: Author, batch_id: str, why: str) -> Action:
    """Let what was taken back count again, unless its rows were corrected or settled since."""

    def work() -> tuple[str, Undo]:
        quarantine.put_back(home, batch_id)
        return Sentence("the next refresh takes it in"), ("take back", batch_id)

    return record(home, by, "put back", batch_id, why, work)


def reveal(home: Home, by: Author, key: str, why: str, count: int) -> Action:
    """Record that a person looks at a refusal's rows as they arrived."""

    def work() -> tuple[str, Undo]:
        quarantine.find_key(home, key)
        return Sentence("{count} rows at most", count=count), None

    return record(home, by, "reveal", key, why, work)


def _replayed(done: Mapping[str, Any], **corrected: Any) -> tuple[str, Undo]:
    """Return what came of a replay and its undo; `UserError` if nothing passed."""
    still = sum(done["still_refused"].values())
    facts = {"accepted": done["accepted_count"], "refused": still}
    detail = Sentence("rows accepted: {accepted:,}, still refused: {refused:,}", **facts)
    if corrected:
        detail = Sentence("line {line}, {columns}: {done}", **corrected, done=detail)
    said = restored(done["detail"], done["said"])
    told = joined([detail, said]) if said else detail
    if not done["accepted_count"]:
        raise UserError(told)
    return told, ("take back", done["batch_id"])
