"""Which batches and refused files are past the retention of their contract; decides from receipts alone.

A batch goes when all its rows are older, with its replays and what it quarantined and sealed. One of which
only some rows are waits (docs/decisions/0079).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shopkeeper import warehouse
from shopkeeper.contracts import Contract, all_contracts
from shopkeeper.landing import Receipt, leftovers, read_receipts, read_refusal, refusal_ids
from shopkeeper.paths import Home
from shopkeeper.retailers import retailer


@dataclass(frozen=True)
class Due:
    """What of one table is past its retention now."""

    contract: Contract
    batches: tuple[Receipt, ...]
    refusals: tuple[str, ...]
    """Keys of files that were refused whole."""

    waiting: tuple[Receipt, ...]
    """Batches that hold rows which are older than the retention, and rows which are not."""

    left: tuple[Receipt, ...]
    """Expired batches of which a killed run left files."""


def today(home: Home) -> date | None:
    """Return the day from which retention counts back: of a historical retailer the as-of date, or None."""
    now = datetime.now(ZoneInfo(retailer().business_time_zone)).date()
    if not retailer().is_historical:
        return now
    version = warehouse.current(home)
    return min(now, date.fromisoformat(warehouse.manifest(home)["as_of_date"])) if version else None


def find_due(home: Home, day: date) -> list[Due]:
    """Return what is past its retention on this day, of each table that declares one."""
    refused = defaultdict[tuple[str, str], dict[str, str]](dict)
    for key in refusal_ids(home):
        refusal = read_refusal(home, key)
        refused[refusal["system"], refusal["table"]][key] = refusal.get("refused_at", day.isoformat())[:10]
    return [
        _due(home, contract, refused[contract.system, contract.table], day)
        for contract in all_contracts().sources
        if contract.retention is not None
    ]


def _due(home: Home, contract: Contract, refused: dict[str, str], day: date) -> Due:
    assert contract.retention is not None
    first_kept = contract.retention.first_kept(day).isoformat()
    landed = list(read_receipts(home, contract.system, contract.table))
    due, kept = list[_Family](), list[_Family]()
    for family in _families(landed):
        would_return = any(each.first <= family.last and family.first <= each.last for each in kept)
        (due if family.last < first_kept and not would_return else kept).append(family)
    waiting = [family for family in kept if family.first < first_kept]
    return Due(
        contract,
        batches=tuple(receipt for family in due for receipt in family.members),
        refusals=tuple(key for key, refused_on in refused.items() if refused_on < first_kept),
        waiting=tuple(receipt for family in waiting for receipt in family.members),
        left=tuple(leftovers(landed, home)),
    )


@dataclass(frozen=True)
class _Family:
    """A batch with its replays, and the first and the last day of their rows.

    What it replaced would come back if it went before a batch that landed earlier and has rows of its days.
    """

    members: tuple[Receipt, ...]
    first: str
    last: str


def _families(landed: list[Receipt]) -> Iterator[_Family]:
    """Yield the batches that have not expired with their replays, in landing order."""
    members = defaultdict[str, list[Receipt]](list)
    for receipt in sorted(landed, key=lambda each: each.landed_sequence):
        if receipt.expired_at is None:
            members[receipt.replay_of or receipt.batch_id].append(receipt)
    for receipts in members.values():
        days = [_days(receipt) for receipt in receipts]
        yield _Family(tuple(receipts), min(first for first, _ in days), max(last for _, last in days))


def _days(receipt: Receipt) -> tuple[str, str]:
    """Return the first and last day of a batch's rows; that of its landing if they tell none."""
    if receipt.dated is not None:
        return receipt.dated
    first, last = receipt.business_date_min, receipt.business_date_max
    landed = receipt.landed_at
    return (first or landed)[:10], (last or landed)[:10]
