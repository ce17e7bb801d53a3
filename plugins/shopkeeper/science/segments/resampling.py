"""Measures how stable groups are when they are learned again from resampled customers.

How many groups there are belongs to `evidence`; what changes from one month to the next to `transitions`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from threadpoolctl import threadpool_limits

from shopkeeper.science.arguments import read_whole
from shopkeeper.science.segments.grouping import (
    CAREFUL,
    Effort,
    Labels,
    Method,
    group_counts,
    learn,
    numbered,
    ordered_groups,
    sample_rows,
)
from shopkeeper.science.segments.preparation import Matrix, fit_preparation, sorted_customers

_STABILITY_ROWS = 10_000


@dataclass(frozen=True)
class Stability:
    """Agreement of groups learned from bootstrap samples with those of the customers themselves.

    `resamples`: `resample` int64 (1 …), `adjusted_rand_index` double (1 = the same groups, 0 = as by chance).
    `segments`: `segment_id` int32 (1 = the largest), `customer_count` int64, `overlap` double: mean Jaccard
    overlap with the most similar group of each resample; below .5 a segment is dissolved, above .75 it is
    firm (Hennig 2007).
    `mean_adjusted_rand_index`: over the resamples.
    """

    resamples: pa.Table
    segments: pa.Table
    mean_adjusted_rand_index: float


def stability(
    features: Any, *, k: int | None = None, method: Method = "kmeans", seed: int, resamples: int = 20
) -> Stability:
    """Learn groups again from `resamples` bootstrap samples and say how much of them stays.

    `features`, `k` (one number; None for hdbscan only), `method` and `seed` are those of `cluster`. Looks at
    no more than 10,000 customers, drawn by the seed. Raises `ValueError` as `cluster` does, and on fewer than
    one resample.

    Source: C. Hennig, "Cluster-wise assessment of cluster stability" (2007); L. Hubert, P. Arabie, "Comparing
    partitions" (1985).
    """
    resamples, seed = read_whole("resamples", resamples, 1), read_whole("seed", seed, 0)
    k = None if k is None else read_whole("k", k, 1)
    customers = sorted_customers(features)
    if method != "hdbscan" and not isinstance(k, int):
        raise ValueError("k is missing; give the number of groups whose stability is asked for")
    counts = [1] if k == 1 else group_counts(k, method, customers.num_rows)
    with threadpool_limits(1):
        matrix = fit_preparation(customers, method).apply(customers)
        matrix = matrix[sample_rows(len(matrix), _STABILITY_ROWS, seed)]
        found = learn(matrix, method, counts, seed)[0].assign(matrix)
        labels = numbered(found, ordered_groups(found))
        agreements, overlaps = [], []
        for (again,) in resampled(matrix, method, counts, seed, resamples):
            agreements.append(adjusted_rand_score(labels, again))
            overlaps.append(_overlaps(labels, again))
    segment_ids, sizes = np.unique(labels, return_counts=True)
    return Stability(
        pa.table({"resample": np.arange(1, resamples + 1), "adjusted_rand_index": np.array(agreements)}),
        pa.table(
            {
                "segment_id": segment_ids.astype(np.int32),
                "customer_count": sizes,
                "overlap": np.mean(overlaps, axis=0),
            }
        ),
        float(np.mean(agreements)),
    )


def resampled(
    matrix: Matrix, method: str, counts: Sequence[int], seed: int, resamples: int, effort: Effort = CAREFUL
) -> Iterator[list[Labels]]:
    """Yield, resample by resample, the groups of all customers learned from customers drawn again."""
    for resample in range(resamples):
        rows = np.random.default_rng((seed, resample)).integers(len(matrix), size=len(matrix))
        yield [grouping.assign(matrix) for grouping in learn(matrix[rows], method, counts, seed, effort)]


def _overlaps(labels: Labels, again: Labels) -> NDArray[np.float64]:
    shared = contingency_matrix(labels, again)
    either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    return (shared / either).max(axis=1)
