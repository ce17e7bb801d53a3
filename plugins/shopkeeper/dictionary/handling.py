"""Who answers for a table, what it may be used for and how long it is kept: the one rule for what is derived.

- Owners: the one that a contract names; else the owners of what the table is made of.
- Class of a column: what its contract or the vocabulary says, since a count of persons is no person; else the
  strictest of the columns that its values come from, internal at least. A direct identifier is a token after
  landing, and so personal. A table has the strictest class of its columns.
- Purposes: those that its contract says, and all of what it is made of.
- Retention: the shortest of what its contract says and of what it is made of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from shopkeeper.contracts import Classification

CLASSES: tuple[str, ...] = get_args(Classification)
"""Milder ones first."""

DAYS = {"days": 1, "years": 365}
WITH_THE_VERSION, UNLIMITED = "as long as the version", "unlimited"
ENDLESS = (WITH_THE_VERSION, UNLIMITED)
"""Longer than any number of days: the next version has the rows again as long as its sources do."""


@dataclass(frozen=True)
class Handling:
    """What a table's contract says, or what follows from what it is made of."""

    owners: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    retention: str | None = None


def derived(own: Handling, parents: Iterable[Handling]) -> Handling:
    """Return the handling of a table from its contract's and from that of all that it is made of."""
    made_of = tuple(parents)
    return Handling(
        own.owners or _union(each.owners for each in made_of),
        _union([own.purposes, *(each.purposes for each in made_of)]),
        shortest(each.retention for each in (own, *made_of)),
    )


def shortest(retentions: Iterable[str | None]) -> str | None:
    """Return the shortest of several periods; None where nobody says one."""
    return min((each for each in retentions if each), key=_length, default=None)


def strictest(classes: Iterable[str | None]) -> str | None:
    """Return the strictest of several classes; None where none is known."""
    return max((each for each in classes if each), key=CLASSES.index, default=None)


def after_landing(classification: str) -> str:
    """Return the class of a source's column once landing has replaced identifiers by tokens."""
    return "personal" if classification == "direct_identifier" else classification


def _union(words: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for each in words for word in each))


def _length(retention: str) -> tuple[int, int]:
    if retention in ENDLESS:
        return 1 + ENDLESS.index(retention), 0
    count, _, unit = retention.partition(" ")
    return 0, int(count) * DAYS[unit]
