"""The feeds of the retailer: when each last delivered, how much against the usual, how old its news is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from shopkeeper.contracts import Contract
from shopkeeper.warehouse import Batch

LEAST_HISTORY = 3
"""Fewer earlier batches than this do not show what is usual; the gate of sources says the same."""


@dataclass(frozen=True)
class Feed:
    """One source and its latest batch; `age_days` counts from its last business date to the as-of date."""

    contract: Contract
    batch_count: int = 0
    landed_at: str | None = None
    file_name: str | None = None
    row_count: int | None = None
    usual_row_count: float | None = None
    last_date: str | None = None
    age_days: int | None = None
    limit_days: int | None = None
    open_count: int = 0

    @property
    def is_late(self) -> bool:
        """Whether its news is older than its contract allows."""
        return self.age_days is not None and self.limit_days is not None and self.age_days > self.limit_days

    @property
    def is_odd(self) -> bool:
        """Whether its last batch has far more or fewer rows than usual, by its contract's tolerance."""
        file, usual = self.contract.file, self.usual_row_count
        if file is None or usual is None or self.row_count is None:
            return False
        return not usual / file.volume_tolerance <= self.row_count <= usual * file.volume_tolerance


def feeds_of(
    contracts: Iterable[Contract], batches: Iterable[Batch], as_of: str | None, open_rows: dict[str, int]
) -> list[Feed]:
    """Return each source's feed, late ones first; what is held has not been delivered.

    `open_rows`: refusals that are open, by source.
    """
    delivered: dict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        if batch.replay_of is None and not batch.is_held:
            delivered[f"{batch.system}.{batch.table}"].append(batch)
    found = [_feed(each, delivered[each.name], as_of, open_rows.get(each.name, 0)) for each in contracts]
    return sorted(found, key=lambda feed: (not feed.is_late, not feed.is_odd, feed.contract.name))


def _feed(contract: Contract, batches: list[Batch], as_of: str | None, open_count: int) -> Feed:
    limit = contract.file.maximum_age_days if contract.file else None
    if not batches:
        return Feed(contract, limit_days=limit, open_count=open_count)
    *earlier, last = batches
    newest = max((b.business_date_max[:10] for b in batches if b.business_date_max), default=None)
    age = None
    if as_of and newest:  # A feed may be ahead of the day that all of them have reached.
        age = max(0, (date.fromisoformat(as_of) - date.fromisoformat(newest)).days)
    counts = [batch.accepted_count for batch in earlier]
    return Feed(
        contract=contract,
        batch_count=len(batches),
        landed_at=last.landed_at,
        file_name=last.file_name,
        row_count=last.accepted_count,
        usual_row_count=median(counts) if len(counts) >= LEAST_HISTORY else None,
        last_date=newest,
        age_days=age,
        limit_days=limit,
        open_count=open_count,
    )


def sources_behind(table: str, parents: Mapping[str, Iterable[str]]) -> set[str]:
    """Return a table and all that it is made of, so also the sources; `parents`: of each table."""
    found, ahead = set[str](), [table]
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += parents.get(each, ())
    return found
