"""Labels that keep their meaning: a new run's segments get the numbers of those that they continue.

Matching is by customers only; how a segment's features drifted belongs to `transitions` and the portraits.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.optimize import linear_sum_assignment

from shopkeeper.science.inputs import require_columns, require_unique

_NO_GROUP = 0


@dataclass(frozen=True)
class LabelMatch:
    """Which segment of the current run continues which of the previous one.

    `segments`: `segment_id` int32 (the number to use from now on), `previous_segment_id`,
    `current_segment_id` int32 (null where there is none), `shared_count` int64 (customers in both), `overlap`
    double (of the shared customers of either segment, the share in both: Jaccard), `status` text: kept, new
    or vanished. Sorted by `segment_id`.
    `next_segment_id`: the lowest number never used; hand it to the next run, so that no number is given
    twice.
    """

    segments: pa.Table
    next_segment_id: int

    def apply(self, table: pa.Table) -> pa.Table:
        """Return `table` with the current run's `segment_id` replaced by the matched one, rows in place."""
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
    previous: pa.Table, current: pa.Table, *, min_overlap: float = 0.25, next_segment_id: int = 1
) -> LabelMatch:
    """Pair the segments of two runs so that paired ones share as many customers as possible.

    `previous`, `current`: one row per customer: `customer_id`, `segment_id` (integer, 0 = in no group: never
    paired). Pairs maximise the summed Jaccard overlap among customers of both runs (optimal assignment); a
    pair below `min_overlap` is none: its current segment is new and gets a fresh number, at least
    `next_segment_id`, its previous one has vanished. Where no customer is in both runs, everything is new.
    Raises `ValueError` on a missing column, a null or a repeated customer.

    Source: H. Kuhn, "The Hungarian method for the assignment problem" (1955).
    """
    for table in (previous, current):
        require_columns(table, "customer_id", "segment_id")
        require_unique(table, "customer_id")
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
    rows: list[tuple[int, int | None, int | None, int, float, str]] = []
    for j, current_id in enumerate(new.tolist()):
        if j in pairs:
            i = pairs[j]
            rows.append(
                (int(old[i]), int(old[i]), current_id, int(counts[i, j]), float(overlaps[i, j]), "kept")
            )
        else:
            rows.append((fresh, None, current_id, 0, 0.0, "new"))
            fresh += 1
    gone = set(range(len(old))) - set(pairs.values())
    rows.extend((int(old[i]), int(old[i]), None, 0, 0.0, "vanished") for i in gone)
    rows.sort()
    names = ("segment_id", "previous_segment_id", "current_segment_id", "shared_count", "overlap", "status")
    kinds = (pa.int32(), pa.int32(), pa.int32(), pa.int64(), pa.float64(), pa.string())
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
    return LabelMatch(pa.table(columns, names=list(names)), fresh)


def _shared(previous: pa.Table, current: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    place = pc.index_in(previous["customer_id"], current["customer_id"].combine_chunks())
    was = previous.filter(pc.is_valid(place))["segment_id"].to_numpy()
    return was, current["segment_id"].take(pc.drop_null(place)).to_numpy()


def _segment_ids(table: pa.Table) -> np.ndarray:
    found = np.unique(table["segment_id"].to_numpy())
    return found[found != _NO_GROUP]
