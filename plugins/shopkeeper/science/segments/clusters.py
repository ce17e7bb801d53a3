"""Clusters of customers from a feature table, their number chosen by evidence, each described in plain units.

How groups are found is in `grouping`, what makes features comparable in `preparation`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from shopkeeper.science.segments.grouping import Method, group_counts, learn, ordered_labels
from shopkeeper.science.segments.portraits import draw_portraits
from shopkeeper.science.segments.preparation import Preparation, fit_preparation, sorted_customers
from shopkeeper.science.segments.resampling import one_group, weigh


@dataclass(frozen=True)
class Clustering:
    """Customers in segments.

    `customers`: `customer_id`, `segment_id` int32 (1 = the largest; 0 = in no group, hdbscan only), then the
    features as given; sorted by `customer_id`.
    `segments`: `segment_id`, `segment_name` text (what sets it apart), `customer_count` int64,
    `customer_rate` (0–1).
    `portraits`: one row per segment and feature: `segment_id`, `segment_name`, `customer_count`,
    `feature_name`, `centroid` (the mean of known values in the feature's own unit; null where none is known),
    `overall_mean` (of all customers), `standardized_difference` (of the prepared feature, in standard
    deviations), `feature_rank` int32 (1 = sets apart most).
    `evidence`: `k`, `silhouette`, `stability`, `is_chosen`; one row per number of groups tried.
    `preparation`: how each feature was made comparable.
    """

    customers: pa.Table
    segments: pa.Table
    portraits: pa.Table
    evidence: pa.Table
    preparation: Preparation


def cluster(
    features: pa.Table, *, k: int | range | None = None, method: Method = "kmeans", seed: int
) -> Clustering:
    """Put customers who behave alike into segments.

    `features`: one row per customer: `customer_id` and numeric columns (integer, float, decimal or boolean;
    null or NaN = missing). Prepared so: a feature with skewness beyond ±1 is logged (signed, in units of its
    typical size) if that makes it less skewed; values beyond the 0.5th and 99.5th percentile are pulled in;
    the median is taken off and the standard deviation divided out; what is missing stands at the median.
    Currency and unit therefore do not matter.

    `k`: a number, a range to choose from by evidence (silhouette times bootstrap stability, the largest
    within 5 % of the best; numbers that the table is too small for are passed over), or None for 2 … 10. The
    same customers in any row order, with the same seed, give the same bytes. One or two customers, and
    customers who are all alike, are one group.

    Raises `ValueError` on no customer, a k that does not fit, a repeated or null `customer_id`, and a feature
    that is not numeric or infinite.

    Source: P. Rousseeuw, "Silhouettes" (1987); C. Hennig (2007) for stability; the methods' papers stand in
    `grouping`.
    """
    customers = sorted_customers(features)
    counts = group_counts(k, method, customers.num_rows)
    # One thread: how sums are split between threads must not decide where a customer on the border belongs.
    with threadpool_limits(1):
        preparation = fit_preparation(customers)
        matrix = preparation.apply(customers)
        if not counts or np.isinf(preparation.scale).all():
            labels, evidence = np.ones(len(matrix), dtype=np.int64), one_group()
        else:
            groupings = learn(matrix, method, counts, seed)
            evidence = weigh(matrix, groupings, method, counts, seed)
            chosen = pc.index(evidence["is_chosen"], True).as_py()
            labels = ordered_labels(groupings[chosen](matrix))
    portraits = draw_portraits(customers, matrix, labels, preparation)
    first = portraits.filter(pc.equal(portraits["feature_rank"], 1)).select(
        ["segment_id", "segment_name", "customer_count"]
    )
    rate = pc.divide(first["customer_count"].cast(pa.float64()), float(customers.num_rows))
    return Clustering(
        customers.add_column(1, "segment_id", pa.array(labels.astype(np.int32))),
        first.append_column("customer_rate", rate),
        portraits,
        evidence,
        preparation,
    )
