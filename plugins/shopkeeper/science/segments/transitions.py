"""Who moved from one segment to another between two runs, and which features moved them.

Only moves that happened; expected moves belong to `science.value`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.inputs import read_table, require_columns
from shopkeeper.science.segments.preparation import column, fit_preparation, sorted_customers


@dataclass(frozen=True)
class Transitions:
    """Moves between two runs with matched labels.

    `flows`: `previous_segment_id`, `current_segment_id` int32 (null = was, or is, not a customer),
    `customer_count` int64, `previous_rate` (of those that were in the previous segment; null for newcomers).
    Those that stayed are a flow too.
    `reasons`: one row per flow that left its segment and feature: the segment ids, `feature_name`,
    `previous_mean`, `current_mean` (of the movers, in the feature's own unit), `contribution` (mean part of
    the way from the old segment to the new, in prepared units; negative = held them back), `feature_rank`
    int32 (1 = moved them most).
    `movers`: `customer_id`, the segment ids, `feature_name` that moved this customer most, null if the
    customer did not go that way and the border between the segments did; sorted by `customer_id`.
    """

    flows: pa.Table
    reasons: pa.Table
    movers: pa.Table


def transitions(previous: Any, current: Any) -> Transitions:
    """Compare two runs' customers.

    `previous`, `current`: tables as `Clustering.customers`: `customer_id`, `segment_id` with matched labels
    (`match_labels`), and the features; features that only one of them has are passed over. Raises
    `ValueError` as `cluster` does on such tables, and where no feature is common.

    A customer changes segment when the distance to the new centre falls below that to the old one. For
    Euclidean distances the change of that difference is a sum over features of (change of the feature) × (new
    centre − old centre): each term is that feature's contribution. Features are prepared as the previous
    run's were; centres are those of the current run, and of the previous one for a segment that has vanished.
    """
    previous, current = read_table(previous), read_table(current)
    features = [name for name in previous.column_names if name in current.column_names]
    features = [name for name in features if name not in ("customer_id", "segment_id")]
    if not features:
        raise ValueError("the two tables share no feature; give the features beside segment_id")
    before, after = (_ordered(table, features) for table in (previous, current))
    place = pc.index_in(before["customer_id"], after["customer_id"])
    stayed = pc.is_valid(place)
    both_before = before.filter(stayed)
    both_after = after.take(pc.drop_null(place))
    flows = _flows(before, after, both_before, both_after)
    is_mover = pc.not_equal(both_before["segment_id"], both_after["segment_id"])
    movers_before, movers_after = both_before.filter(is_mover), both_after.filter(is_mover)
    parts = _contributions(before, after, movers_before, movers_after, features)
    return Transitions(
        flows,
        _reasons(movers_before, movers_after, parts, features),
        _movers(movers_before, movers_after, parts, features),
    )


def _ordered(table: pa.Table, features: list[str]) -> pa.Table:
    require_columns(table, "customer_id", "segment_id")
    customers = sorted_customers(table.select(["customer_id", "segment_id", *features]))
    return customers.set_column(1, "segment_id", customers["segment_id"].cast(pa.int32()))


def _flows(before: pa.Table, after: pa.Table, both_before: pa.Table, both_after: pa.Table) -> pa.Table:
    none = pa.scalar(None, pa.int32())
    left = before.filter(pc.invert(pc.is_in(before["customer_id"], after["customer_id"].combine_chunks())))
    came = after.filter(pc.invert(pc.is_in(after["customer_id"], before["customer_id"].combine_chunks())))
    pairs = pa.concat_tables(
        [
            pa.table({"was": both_before["segment_id"], "is": both_after["segment_id"]}),
            pa.table({"was": left["segment_id"], "is": pa.repeat(none, left.num_rows)}),
            pa.table({"was": pa.repeat(none, came.num_rows), "is": came["segment_id"]}),
        ]
    )
    counted = pairs.group_by(["was", "is"], use_threads=False).aggregate([([], "count_all")])
    counted = counted.sort_by([("was", "ascending"), ("is", "ascending")])
    sizes = pc.value_counts(before["segment_id"].combine_chunks())
    place = pc.index_in(counted["was"], sizes.field("values"))
    size = sizes.field("counts").take(place.combine_chunks())
    return pa.table(
        {
            "previous_segment_id": counted["was"],
            "current_segment_id": counted["is"],
            "customer_count": counted["count_all"],
            "previous_rate": pc.divide(counted["count_all"].cast(pa.float64()), size.cast(pa.float64())),
        }
    )


def _contributions(
    before: pa.Table, after: pa.Table, movers_before: pa.Table, movers_after: pa.Table, features: list[str]
) -> NDArray[np.float64]:
    preparation = fit_preparation(before.select(["customer_id", *features]))
    centers = {}
    for table in (before, after):
        matrix = preparation.apply(table).astype(np.float64)
        segment_ids = table["segment_id"].to_numpy()
        centers.update({each: matrix[segment_ids == each].mean(axis=0) for each in np.unique(segment_ids)})
    known = np.array(sorted(centers))
    stacked = np.array([centers[each] for each in known])
    source, target = (
        stacked[np.searchsorted(known, table["segment_id"].to_numpy())]
        for table in (movers_before, movers_after)
    )
    step = preparation.apply(movers_after).astype(np.float64) - preparation.apply(movers_before)
    return step * (target - source)


def _reasons(
    movers_before: pa.Table, movers_after: pa.Table, parts: NDArray[np.float64], features: list[str]
) -> pa.Table:
    pairs = np.column_stack([movers_before["segment_id"].to_numpy(), movers_after["segment_id"].to_numpy()])
    flows, inverse = np.unique(pairs, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    contribution, was, became = (np.empty((len(flows), len(features))) for _ in range(3))
    for j, name in enumerate(features):
        contribution[:, j] = _group_mean(inverse, parts[:, j], len(flows))
        was[:, j] = _group_mean(inverse, column(movers_before, name), len(flows))
        became[:, j] = _group_mean(inverse, column(movers_after, name), len(flows))
    order = np.argsort(-contribution, axis=1, kind="stable")
    count = len(features)
    return pa.table(
        {
            "previous_segment_id": np.repeat(flows[:, 0].astype(np.int32), count),
            "current_segment_id": np.repeat(flows[:, 1].astype(np.int32), count),
            "feature_name": pa.array(np.array(features)[order].ravel(), pa.string()),
            "previous_mean": pa.array(np.take_along_axis(was, order, axis=1).ravel(), from_pandas=True),
            "current_mean": pa.array(np.take_along_axis(became, order, axis=1).ravel(), from_pandas=True),
            "contribution": np.take_along_axis(contribution, order, axis=1).ravel(),
            "feature_rank": np.tile(np.arange(1, count + 1, dtype=np.int32), len(flows)),
        }
    )


def _group_mean(groups: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    is_known = ~np.isnan(values)
    sums = np.bincount(groups[is_known], values[is_known], minlength=count)
    sizes = np.bincount(groups[is_known], minlength=count)
    return np.divide(sums, sizes, out=np.full(count, np.nan), where=sizes > 0)


def _movers(
    movers_before: pa.Table, movers_after: pa.Table, parts: NDArray[np.float64], features: list[str]
) -> pa.Table:
    strongest = pc.if_else(pa.array(parts.sum(axis=1) > 0), pa.array(parts.argmax(axis=1)), None)
    return pa.table(
        {
            "customer_id": movers_before["customer_id"],
            "previous_segment_id": movers_before["segment_id"],
            "current_segment_id": movers_after["segment_id"],
            "feature_name": pa.array(features).take(strongest),
        }
    )
