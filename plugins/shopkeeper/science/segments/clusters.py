"""Clusters of customers from a feature table, their number chosen by evidence, each described in plain units.

How groups are found is in `grouping`, what makes features comparable in `preparation`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from shopkeeper.science.arguments import read_whole
from shopkeeper.science.segments.evidence import one_group, weigh
from shopkeeper.science.segments.grouping import (
    Method,
    group_counts,
    learn,
    numbered,
    ordered_groups,
)
from shopkeeper.science.segments.portraits import draw_portraits
from shopkeeper.science.segments.predicting import SegmentModel
from shopkeeper.science.segments.preparation import fit_preparation, sorted_customers
from shopkeeper.science.segments.telling import telling_features


@dataclass(frozen=True)
class Clustering:
    """Customers in segments.

    `customers`: `customer_id`, `segment_id` int32 (1 = the largest; 0 = in no group, hdbscan only), then the
    features as given; sorted by `customer_id`.
    `segments`: `segment_id`, `segment_name` text (what sets it apart), `customer_count` int64,
    `customer_rate` (0–1).
    `portraits`: one row per segment and feature: `segment_id`, `segment_name`, `customer_count`,
    `feature_name`, `centroid` (the mean of known values in the feature's own unit; null if none is known),
    `overall_mean` (of all customers), `standardized_difference` (of the prepared feature, in standard
    deviations), `feature_rank` int32 (1 = sets apart most).
    `evidence`: one row per number of groups tried, and one for a single group where there is a choice: `k`;
    `silhouette` (-1 … 1); `stability` (mean adjusted Rand index of ten bootstrap samples, quickly searched;
    where it decides, of up to eighty, searched thoroughly); `gap` (how much more of the spread k groups
    explain than of one crowd's, on a logarithmic scale), `gap_score` (the same in standard deviations of ten
    crowds, .005 or more); `split_score` (the like for the last split, against k − 1 crowds drawn ten
    or twenty times); `is_chosen`. Null if it was not computed.
    `model`: assigns new customers with `predict`; saves to JSON.
    """

    customers: pa.Table
    segments: pa.Table
    portraits: pa.Table
    evidence: pa.Table
    model: SegmentModel

    def predict(self, features: Any) -> pa.Table:
        """Return the segments of new customers, as `SegmentModel.predict` does."""
        return self.model.predict(features)


def cluster(
    features: Any, *, k: int | range | None = None, method: Method = "kmeans", seed: int
) -> Clustering:
    """Group customers with similar behaviour into segments.

    `features`: one row per customer: `customer_id` and numeric columns (integer, float, decimal or boolean;
    null or NaN = missing). Prepared so: a feature with skewness beyond ±1 is logged (signed, in units of its
    typical size) if that makes it less skewed; values beyond the 0.5th and 99.5th percentile are clipped (for
    the mixture 0.05th and 99.95th); the median is subtracted and the result divided by the standard
    deviation; missing values are set to the median. Currency and unit therefore do not matter.

    `k`: a number, a range to choose from by evidence, or None for 2 … 10. If no number of groups explains
    clearly more than data without groups (a gap score of 4), all customers are one group. Otherwise the
    largest number is chosen that is stable (a stability of .8 or more, also less two standard errors) and
    whose last split is significant (a split score of 3). If no split is significant, it is the largest number
    that is stable and beats data without groups (a gap score of 2). Evidence comes from at most 5,000
    customers. One or two customers, or identical customers, are also one group; numbers of groups too large
    for the table are skipped. The same customers in any row order, with the same seed, give identical bytes.

    Raises `ValueError` on no customer, a k that does not fit, a repeated or null `customer_id`, and a feature
    that is not numeric or infinite.

    Source: P. Rousseeuw, "Silhouettes" (1987); C. Hennig (2007) for stability; R. Tibshirani, G. Walther,
    T. Hastie (2001) for the gap, with the null data of `crowds`; for the methods' papers see `grouping`.
    """
    customers, seed = sorted_customers(features), read_whole("seed", seed, 0)
    if k is not None and not isinstance(k, range):
        k = read_whole("k", k, 1)
    counts = group_counts(k, method, customers.num_rows)
    # One thread: the order of sums between threads must not decide the group of a customer on the border.
    with threadpool_limits(1):
        preparation = fit_preparation(customers, method)
        matrix = preparation.apply(customers)
        is_telling = telling_features(matrix, seed)
        compared = matrix[:, is_telling]
        if not counts or np.isinf(preparation.scale).all():
            evidence = one_group()
            grouping = learn(compared, "kmeans", [1], seed)[0]
        else:
            groupings = learn(compared, method, counts, seed)
            evidence = weigh(compared, groupings, method, counts, seed)
            chosen = pc.index(evidence["is_chosen"], True).as_py() - (evidence.num_rows - len(counts))
            grouping = groupings[chosen] if chosen >= 0 else learn(compared, "kmeans", [1], seed)[0]
        grouping = grouping.widened(is_telling)
        found = grouping.assign(matrix)
    order = ordered_groups(found)
    labels = numbered(found, order)
    portraits = draw_portraits(customers, matrix, labels, preparation)
    first = portraits.filter(pc.equal(portraits["feature_rank"], 1)).select(
        ["segment_id", "segment_name", "customer_count"]
    )
    rate = pc.divide(first["customer_count"].cast(pa.float64()), float(customers.num_rows))
    names = first.filter(pc.greater(first["segment_id"], 0))["segment_name"].to_pylist()
    return Clustering(
        customers.add_column(1, "segment_id", pa.array(labels.astype(np.int32))),
        first.append_column("customer_rate", rate),
        portraits,
        evidence,
        SegmentModel.of(preparation, grouping, order, names),
    )
