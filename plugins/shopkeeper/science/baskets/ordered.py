"""Ordered patterns: what customers buy or do after one another.

Products of one transaction belong to `pairs` and `sets`; predicting the next basket, to `prediction`.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.arguments import read_duration, read_whole
from shopkeeper.science.baskets.incidence import Integers, least, share
from shopkeeper.science.inputs import encode, read_table, read_times


@dataclass(frozen=True)
class _Journal:
    """Events by item, customer and moment: one customer at one time, numbered in order."""

    item: Integers
    customer: Integers
    moment: Integers
    moment_time: Integers
    moment_start: Integers
    items: pa.Array
    customer_count: int


def sequences(
    events: Any, *, min_support: float, max_length: int, max_gap: timedelta | None = None
) -> pa.Table:
    """Return every ordered pattern of items that enough customers went through.

    `events`: `customer_id`, `occurred_at` (timestamp or date), `item` (a product, a category, a page; any
    type that sorts). A customer went through a pattern who has its items at strictly later and later times,
    each at most `max_gap` after the one before (None = any time); other items may lie between, and events at
    the same time have no order.

    Columns: `pattern` list of items, `customer_count` int64, `support` = share of all customers, `confidence`
    = share of the customers with all but the last item that went on to it (null for a single item). Sorted by
    length, then the most frequent, then by items. An empty table gives an empty one. Raises `ValueError` on a
    missing column, a null, an invalid share, a length below 1 or a gap that is not positive.

    Source: Srikant and Agrawal 1996 (time constraints), Zaki 2001 (patterns grown from where they end).
    """
    max_length = read_whole("max_length", max_length, 1)
    max_gap = None if max_gap is None else read_duration("max_gap", max_gap)
    support = share("min_support", min_support)
    if support == 0:
        raise ValueError("min_support is 0; give a share of customers above 0")
    journal = _read(events)
    gap = np.iinfo(np.int64).max if max_gap is None else max_gap // timedelta(microseconds=1)
    least_count = max(1, least(support, journal.customer_count))
    journal = _frequent(journal, least_count)
    everywhere = np.ones(len(journal.moment_time), dtype=bool)
    found: list[tuple[tuple[int, ...], int, int]] = []
    grown: list[tuple[tuple[int, ...], int, NDArray[np.bool_]]] = [((), 0, everywhere)]
    for length in range(1, max_length + 1):
        ending = grown
        grown = []
        for pattern, parent_count, reachable in ending:
            for item, count, ends in _extended(journal, reachable, least_count):
                found.append(((*pattern, item), count, parent_count))
                if length == max_length:
                    continue
                grown.append(((*pattern, item), count, _later(journal, ends, gap)))
    found.sort(key=lambda each: (len(each[0]), -each[1], each[0]))
    return _table(found, journal)


def _read(events: Any) -> _Journal:
    read = read_table(events, "customer_id", "occurred_at", "item")
    customers, customer = encode(read["customer_id"])
    items, item = encode(read["item"])
    time = read_times(read, "occurred_at").cast(pa.timestamp("us"), safe=False).cast(pa.int64()).to_numpy()
    order = np.lexsort((item, time, customer))
    customer, item, time = customer[order], item[order], time[order]
    is_new_customer = np.diff(customer, prepend=-1) != 0
    is_new_moment = is_new_customer | (np.diff(time, prepend=0) != 0)
    moment = np.cumsum(is_new_moment) - 1
    start = np.maximum.accumulate(np.where(is_new_customer, moment, 0))[is_new_moment]
    by_item = np.argsort(item, kind="stable")
    return _Journal(
        item[by_item],
        customer[by_item],
        moment[by_item],
        time[is_new_moment],
        start,
        items,
        len(customers),
    )


def _frequent(journal: _Journal, least_count: int) -> _Journal:
    """Leave out events of items that too few customers have: no pattern can hold them."""
    is_first = (np.diff(journal.item, prepend=-1) != 0) | (np.diff(journal.customer, prepend=-1) != 0)
    counts = np.bincount(journal.item[is_first], minlength=len(journal.items))
    kept = counts[journal.item] >= least_count
    return replace(
        journal, item=journal.item[kept], customer=journal.customer[kept], moment=journal.moment[kept]
    )


def _extended(
    journal: _Journal, reachable: NDArray[np.bool_], least_count: int
) -> list[tuple[int, int, Integers]]:
    """Return the items that enough customers have at reachable moments: (item, customers, moments)."""
    kept = np.flatnonzero(reachable[journal.moment])
    item, customer, moment = journal.item[kept], journal.customer[kept], journal.moment[kept]
    is_first = (np.diff(item, prepend=-1) != 0) | (np.diff(customer, prepend=-1) != 0)
    counts = np.bincount(item[is_first], minlength=len(journal.items))
    bounds = np.searchsorted(item, np.arange(len(journal.items) + 1))
    frequent = np.flatnonzero(counts >= least_count).tolist()
    return [(each, int(counts[each]), moment[bounds[each] : bounds[each + 1]]) for each in frequent]


def _later(journal: _Journal, ends: Integers, gap: int) -> NDArray[np.bool_]:
    """Return which moments come after one of `ends`, of the same customer, within the gap."""
    last = np.full(len(journal.moment_time) + 1, -1, dtype=np.int64)
    last[ends + 1] = ends
    last = np.maximum.accumulate(last)[:-1]
    return (last >= journal.moment_start) & (journal.moment_time - journal.moment_time[last] <= gap)


def _table(found: list[tuple[tuple[int, ...], int, int]], journal: _Journal) -> pa.Table:
    offsets = np.cumsum([0, *(len(pattern) for pattern, _, _ in found)]).astype(np.int32)
    flat = pa.array([item for pattern, _, _ in found for item in pattern], pa.int64())
    counts = pa.array([count for _, count, _ in found], pa.int64())
    parents = pa.array([parent or None for _, _, parent in found], pa.float64())
    return pa.table(
        {
            "pattern": pa.ListArray.from_arrays(pa.array(offsets), journal.items.take(flat)),
            "customer_count": counts,
            "support": pc.divide(counts.cast(pa.float64()), float(max(journal.customer_count, 1))),
            "confidence": pc.divide(counts.cast(pa.float64()), parents),
        }
    )
