"""What people change, in the console or by a command: one record each, with who, when, why and its undo.

A record is written before the work begins and completed when it ends, so that a change without a record
cannot exist. Doing the work belongs to the rooms below.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from shopkeeper.errors import UserError
from shopkeeper.files import exclusive, write_json
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, as_json, restored

NAME = re.compile(r"\d{6}")
MOST_REASON = 500
MOST_READ = 1000
_NUMBERING = Lock()
_OF_READERS = {"roll back to", "return to"}
"""Verbs that change what all readers see: only the last one can be undone."""


class Author(Protocol):
    """Who changes something: a caller of the console, or who runs a command."""

    @property
    def name(self) -> str:
        """The name that is recorded."""

    @property
    def role(self) -> str:
        """What allows it: the roles as text."""


@dataclass(frozen=True)
class AtCommandLine:
    """Who runs a command of `shopkeeper`, or asked for it."""

    name: str
    role: str = "command line"


@dataclass(frozen=True)
class Action:
    """One change that a person asked for; `undo`: the verb and subject that take it back, if any."""

    number: int
    at: str
    by: str
    role: str
    verb: str
    subject: str
    why: str
    undo: tuple[str, str] | None = None
    outcome: str = "begun"
    detail: str = ""


def record(
    home: Home,
    by: Author,
    verb: str,
    subject: str,
    why: str,
    work: Callable[[], tuple[str, tuple[str, str] | None]],
) -> Action:
    """Do a piece of work and record it; `work` returns what came of it and how to undo it.

    Raises what the work raises, after recording that it failed.
    """
    reason = " ".join(why.split())
    if not reason:
        raise UserError(Sentence("say why: the reason is kept with the action"))
    if len(reason) > MOST_REASON:
        facts = {"count": len(reason), "most": MOST_REASON}
        raise UserError(Sentence("the reason has {count:,} characters; say it in {most:,} at most", **facts))
    try:
        begun = _begin(home, by, verb, subject, reason)
    except OSError as error:
        why = Sentence(
            "{folder} may not be written from here ({fault}); "
            "use the `shopkeeper` command where the tasks run",
            folder=str(home.root),
            fault=error.strerror,
        )
        raise UserError(why) from error
    try:
        detail, undo = work()
    except UserError as error:
        _write(home, replace(begun, outcome="failed", detail=error.args[0]))
        raise
    except BaseException as error:
        _write(home, replace(begun, outcome="failed", detail=type(error).__name__))
        raise
    done = replace(begun, outcome="done", detail=detail, undo=undo)
    _write(home, done)
    return done


def may_record(home: Home) -> bool:
    """Whether this process may write actions; on a server the web server may not."""
    places = (home.actions, home.state, home.root)
    nearest = next((place for place in places if place.exists()), home.root)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def authored(by: Author, why: str) -> str:
    """Return a reason with its author in front, so that it is never taken for a rollback's."""
    return f"{by.name}: {' '.join(why.split())}"


def read_actions(home: Home, most: int = 50) -> list[Action]:
    """Return the latest actions, newest first; a damaged record is left out."""
    return list(_read(home, most))


def actions_on(home: Home, key: str) -> list[Action]:
    """Return what was done to a refusal and to the batches that came of it, newest first."""
    done = read_actions(home, MOST_READ)
    subjects = {key} | {each.undo[1] for each in done if each.subject == key and each.undo}
    return [each for each in done if each.subject in subjects]


def refusal_behind(home: Home, batch_id: str) -> str | None:
    """Return the refusal whose correction or replay landed a batch, if its record is still read."""
    came = ("take back", batch_id)
    done = read_actions(home, MOST_READ)
    return next((each.subject for each in done if each.undo == came and each.subject != batch_id), None)


def undoable(done: list[Action]) -> set[int]:
    """Return the numbers of actions that can still be undone: nothing was done since to what undoing changes.

    `done`: actions, newest first.
    """
    found, touched = set[int](), set[str]()
    for action in done:
        is_last = action.verb not in _OF_READERS or not _OF_READERS & touched
        if action.undo and action.undo[1] not in touched and is_last:
            found.add(action.number)
        if action.outcome == "done":
            touched |= {action.subject, action.verb} if action.verb in _OF_READERS else {action.subject}
    return found


def _begin(home: Home, by: Author, verb: str, subject: str, why: str) -> Action:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _NUMBERING, exclusive(home.actions_lock, 10, "another action is being recorded; try again"):
        number = max((int(path.stem) for path in _files(home)), default=0) + 1
        begun = Action(number, now, by.name, by.role, verb, subject, why)
        _write(home, begun)
    return begun


def _read(home: Home, most: int) -> Iterator[Action]:
    for path in sorted(_files(home), reverse=True)[:most]:
        try:
            kept: dict[str, Any] = json.loads(path.read_bytes())
            undo, said = kept.pop("undo", None), kept.pop("said", None)
            kept["detail"] = restored(kept["detail"], said)
            yield Action(**kept, undo=tuple(undo) if undo else None)
        except (OSError, ValueError, TypeError):
            continue


def _files(home: Home) -> list[Path]:
    found = home.actions.glob("*.json") if home.actions.is_dir() else ()
    return [path for path in found if NAME.fullmatch(path.stem)]


def _write(home: Home, action: Action) -> None:
    write_json(home.action(action.number), {**asdict(action), "said": as_json(action.detail)})
