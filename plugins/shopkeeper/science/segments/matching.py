"""Labels that keep their meaning: a new run's segments get the numbers of those that they continue.

Matching is by customers only; how a segment's features drifted belongs to `transitions` and the portraits.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from shopkeeper.science.arguments import read_number, read_whole
from shopkeeper.science.inputs import read_table, require_columns, require_unique

_NO_GROUP = 0
_HALF = 0.5
_COLUMNS = {
    "segment_id": pa.int32(),
    "previous_segment_id": pa.int32(),
    "current_segment_id": pa.int32(),
    "shared_count": pa.int64(),
    "overlap": pa.float64(),
    "status": pa.string(),
    "parent_segment_ids": pa.list_(pa.int32()),
    "heir_segment_ids": pa.list_(pa.int32()),
}


@dataclass(frozen=True)
class LabelMatch:
    """Which segment of the current run continues which of the previous one.

    `segments`: `segment_id` int32 (the number to use from now on), `previous_segment_id`,
    `current_segment_id` int32 (null if vanished), `shared_count` int64 (customers in both), `overlap`
    double (of the shared customers of either segment, the share in both: Jaccard), `status` text: kept, new
    or vanished; `parent_segment_ids` list of int32: the previous segments that the current one comes from;
    `heir_segment_ids` list of int32: the segments, by their numbers from now on, in which the previous one
    lives on. A segment comes from another where they share at least half the customers of the smaller. So a
    segment that was split off names its parent, and one that was merged away its heir. Sorted by
    `segment_id`.
    `next_segment_id`: the lowest number never used; hand it to the next run, so that no number is given
    twice.
    """

    segments: pa.Table
    next_segment_id: int

    def apply(self, table: Any) -> pa.Table:
        """Return `table` with the current run's `segment_id` replaced by the matched one, rows in place."""
        table = read_table(table)
        require_columns(table, "segment_id")
        living = self.segments.filter(pc.is_valid(self.segments["current_segment_id"]))
        place = pc.index_in(table["segment_id"], living["current_segment_id"].combine_chunks())
        renamed = living["segment_id"].combine_chunks().take(place)
        is_outside = pc.equal(table["segment_id"], _NO_GROUP)
        renamed = pc.if_else(is_outside, pa.scalar(_NO_GROUP, pa.int32()), renamed)
        if pc.any(pc.is_null(renamed)).as_py():
            raise ValueError("the table has segments that were not matched; give a table of the current run")
        return table.set_column(table.column_names.index("segment_id"), "segment_id", renamed)


def match_labels(
    previous: Any, current: Any, *, min_overlap: float = 0.25, next_segment_id: int = 1
) -> LabelMatch:
    """Pair the segments of two runs so that paired ones share as many customers as possible.

    `previous`, `current`: one row per customer: `customer_id`, `segment_id` (integer, 0 = in no group: never
    paired). Pairs maximise the summed Jaccard overlap among customers of both runs (optimal assignment); a
    pair below `min_overlap` does not count: its current segment is new and gets a fresh number, at least
    `next_segment_id`, its previous one has vanished. Where no customer is in both runs, everything is new.
    Raises `ValueError` on a missing column, a null or a repeated customer.

    Source: H. Kuhn, "The Hungarian method for the assignment problem" (1955); M. Spiliopoulou, I. Ntoutsi,
    Y. Theodoridis, R. Schult, "MONIC" (2006) for splits and merges.
    """
    previous, current = _labelled(previous), _labelled(current)
    min_overlap = read_number("min_overlap", min_overlap)
    next_segment_id = read_whole("next_segment_id", next_segment_id, 1)
    shared = _shared(previous, current)
    old, new = _segment_ids(previous), _segment_ids(current)
    counts = np.zeros((len(old), len(new)), dtype=np.int64)
    was, became = shared
    is_grouped = (was != _NO_GROUP) & (became != _NO_GROUP)
    np.add.at(counts, (np.searchsorted(old, was[is_grouped]), np.searchsorted(new, became[is_grouped])), 1)
    sizes_old = np.array([(was == each).sum() for each in old], dtype=np.int64)
    sizes_new = np.array([(became == each).sum() for each in new], dtype=np.int64)
    either = sizes_old[:, None] + sizes_new[None, :] - counts
    overlaps = counts / np.maximum(either, 1)
    pairs = {
        int(column): int(row)
        for row, column in zip(*linear_sum_assignment(-overlaps), strict=True)
        if counts[row, column] and overlaps[row, column] >= min_overlap
    }
    fresh = max([next_segment_id, *(int(each) + 1 for each in old)])
    numbers = []
    for j in range(len(new)):
        numbers.append(int(old[pairs[j]]) if j in pairs else fresh)
        fresh += j not in pairs
    smaller = np.minimum(sizes_old[:, None], sizes_new[None, :])
    comes_from = (counts > 0) & (counts >= _HALF * smaller)
    rows: list[tuple[Any, ...]] = []
    for j, current_id in enumerate(new.tolist()):
        parents = old[comes_from[:, j]].tolist()
        if j in pairs:
            i = pairs[j]
            kept = (int(old[i]), current_id, int(counts[i, j]), float(overlaps[i, j]), "kept")
            rows.append((numbers[j], *kept, parents, _heirs(comes_from[i], numbers)))
        else:
            rows.append((numbers[j], None, current_id, 0, 0.0, "new", parents, []))
    for i in set(range(len(old))) - set(pairs.values()):
        number = int(old[i])
        rows.append((number, number, None, 0, 0.0, "vanished", [], _heirs(comes_from[i], numbers)))
    rows.sort(key=lambda row: row[0])
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(_COLUMNS.values())]
    return LabelMatch(pa.table(columns, names=list(_COLUMNS)), fresh)


def _labelled(given: Any) -> pa.Table:
    table = read_table(given, "customer_id", "segment_id")
    require_unique(table, "customer_id")
    return table


def _heirs(comes_from: NDArray[np.bool_], numbers: list[int]) -> list[int]:
    return sorted(number for number, is_heir in zip(numbers, comes_from.tolist(), strict=True) if is_heir)


def _shared(previous: pa.Table, current: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    place = pc.index_in(previous["customer_id"], current["customer_id"].combine_chunks())
    was = previous.filter(pc.is_valid(place))["segment_id"].to_numpy()
    return was, current["segment_id"].take(pc.drop_null(place)).to_numpy()


def _segment_ids(table: pa.Table) -> np.ndarray:
    found = np.unique(table["segment_id"].to_numpy())
    return found[found != _NO_GROUP]
