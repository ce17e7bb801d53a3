"""Guesses the key of a sample's rows, and what one file states: events, upserts or deletes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from shopkeeper.contracts.contract import Delivery
from shopkeeper.contracts.draft.classes import is_identifier, plain_name
from shopkeeper.contracts.draft.columns import ColumnDraft
from shopkeeper.contracts.draft.samples import Sample
from shopkeeper.engine import identifier

_STATED = re.compile(r"(updat|chang|modif|edit|last_?seen)\w*|更新|修改")
_DELETED = re.compile(r"deleted|removed|删除")
_PLANNED = re.compile(r"limit|due|deadline|estimat|expect|deliver|ship|expir|valid|birth|geburt|nascimento")
_STATUS = re.compile(r"status|state$|状态")
_PLACE = re.compile(r"(^|_)(line|position|pos|seq|sequen\w*|item|row|product|article)(_|$)")
_MOST_CANDIDATES = 8


@dataclass(frozen=True)
class Feed:
    """The key of a table, its delivery, the time of its events, and which of these are guesses."""

    key: tuple[str, ...]
    delivery: Delivery
    stated_at: str | None
    business_date: str | None
    decisions: tuple[str, ...]


def find_feed(
    table: str,
    sample: Sample,
    columns: Sequence[ColumnDraft],
    is_master: bool,
    identifying: Sequence[str],
    together: Sequence[str] = (),
) -> Feed:
    """Guess key and delivery from names, types and uniqueness in the sample.

    `is_master`: the table lists things or persons, not events. `identifying`: columns known to identify rows,
    independent of their names. `together`: the columns that form the key, if known.
    """
    timed = [each for each in columns if each.column.type in ("date", "timestamp")]
    stated = next((each for each in timed if each.is_filled and _is_called(each, _STATED)), None)
    happening = [
        each
        for each in timed
        if each is not stated and not any(_is_called(each, no) for no in (_DELETED, _STATED, _PLANNED))
    ]
    happened = next(iter(happening), None) if not is_master else None
    known = [e for e in columns if e.column.name in identifying or _may_identify(e)]
    candidates = [each for each in known if each.is_filled][:_MOST_CANDIDATES]
    key = _key(sample, [each.column.name for each in candidates], stated)
    if together and _is_unique(sample, together):
        key = (*together, stated.column.name) if stated else tuple(together)
    decisions = [f"one row is known by {' and '.join(key)}, as in {sample.row_count:,} rows"] if key else []
    if not key:
        decisions.append("nothing identifies a row, so that each line counts: is there a key?")
    delivery: Delivery = "events"
    if key and (stated is not None or any(_is_called(each, _STATUS) for each in columns) or happened is None):
        delivery = "upserts"
    is_tombstone = any(_is_called(each, _DELETED) for each in timed) and len(columns) <= len(key) + 1
    delivery = "deletes" if key and (is_tombstone or _DELETED.search(table)) else delivery
    decisions.append(_ASKED[delivery])
    day = happened or stated
    return Feed(
        key,
        delivery,
        stated.column.name if stated else None,
        day.column.name if day else None,
        tuple(decisions),
    )


_ASKED = {
    "events": "each row is taken for something that happened and never changes (events): or do they?",
    "upserts": "of one key the newest row counts (upserts); if each file holds all there is, write snapshots",
    "deletes": "each row is taken for a key that is gone (deletes), one that this same system stated",
}


def _key(sample: Sample, names: list[str], stated: ColumnDraft | None) -> tuple[str, ...]:
    """Return the fewest columns that are unique together, and the time of the statement if there is one."""
    said = stated.column.name if stated else None
    for size in (1, 2, 3):
        for chosen in combinations(names, size):
            if _is_unique(sample, chosen):
                return (*chosen, said) if said and said not in chosen else chosen
        for chosen in combinations(names, size) if said else ():
            if said and _is_unique(sample, (*chosen, said)):
                return (*chosen, said)
    return ()


def _is_unique(sample: Sample, names: Sequence[str]) -> bool:
    key = ", ".join(identifier(name) for name in names)
    rows = f"select {key} from (select distinct * from sample)"
    query = (
        f"select (select count(*) from (select distinct * from ({rows}))) = (select count(*) from ({rows}))"
    )
    return bool((sample.connection.execute(query).fetchone() or (False,))[0])


def _may_identify(draft: ColumnDraft) -> bool:
    column = draft.column
    is_named = is_identifier(column.name) or _PLACE.search(plain_name(column.name)) is not None
    return is_named and column.type in ("text", "integer")


def _is_called(draft: ColumnDraft, pattern: re.Pattern[str]) -> bool:
    return pattern.search(plain_name(draft.column.name)) is not None
