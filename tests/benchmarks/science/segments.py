"""Segments: planted groups recovered, a million customers clustered, a real gift shop's customers.

The generator of planted groups and the features of the gift shop are those of the tests.
"""

import time
from typing import cast

import numpy as np
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler
from tests.benchmarks.science.row import BenchRow, measure, skipped
from tests.plugins.science.segments.segments_planted import planted
from tests.plugins.science.segments.segments_retail import (
    NEEDS_ONLINE_RETAIL,
    ONLINE_RETAIL,
    online_retail_features,
)

from shopkeeper.science.segments import cluster, stability

_AGREEMENT, _SECONDS, _MEMORY_MB = 0.90, 60.0, 4_096.0


def rows() -> list[BenchRow]:
    """Measure the segments' bars."""
    return [_planted(), _million(), _gift_shop()]


def _planted() -> BenchRow:
    ours, plain = measure(recover), measure(recover_plainly)
    agreement, count = cast(tuple[float, int], ours.result)
    other = cast(float, plain.result)
    return BenchRow(
        "8 planted groups, 200,000 × 20, ARI",
        f"{agreement:.3f}, k = {count} found, {ours.seconds:.1f} s",
        f"bar {_AGREEMENT}; scikit-learn k-means, scaled, told k = 8: {other:.3f}",
        f"{agreement / other:.2f} ×",
        ours.peak_mb,
        agreement >= _AGREEMENT,
    )


def _million() -> BenchRow:
    ours = measure(cluster_a_million)
    seconds = cast(float, ours.result)
    return BenchRow(
        "1,000,000 × 30, k of 2–10 by evidence",
        f"{seconds:.1f} s",
        f"bar {_SECONDS:.0f} s and {_MEMORY_MB:,.0f} MB",
        f"{seconds / _SECONDS:.2f} ×",
        ours.peak_mb,
        seconds <= _SECONDS and ours.peak_mb <= _MEMORY_MB,
    )


def _gift_shop() -> BenchRow:
    if not ONLINE_RETAIL.exists():
        return skipped("Online Retail II", NEEDS_ONLINE_RETAIL)
    ours = measure(segment_the_gift_shop)
    is_same, agreement, count = cast(tuple[bool, float, int], ours.result)
    return BenchRow(
        "Online Retail II, bootstrap ARI",
        f"{agreement:.3f} for k = {count}; second run {'the same' if is_same else 'DIFFERS'}",
        "bar: the same twice",
        "",
        ours.peak_mb,
        is_same,
    )


def recover() -> tuple[float, int]:
    """Return our agreement with the planted groups and the number of groups found."""
    features, truth = planted(200_000, seed=0)
    clustering = cluster(features, seed=0)
    order = np.argsort(features["customer_id"].to_numpy())
    labels = clustering.customers["segment_id"].to_numpy()
    return float(adjusted_rand_score(truth[order], labels)), clustering.segments.num_rows


def recover_plainly() -> float:
    """Return the agreement of k-means as it comes, told the right number."""
    features, truth = planted(200_000, seed=0)
    values = features.drop_columns("customer_id").to_pandas().to_numpy()
    scaled = StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(values))
    return float(adjusted_rand_score(truth, KMeans(8, n_init=10, random_state=0).fit_predict(scaled)))


def cluster_a_million() -> float:
    """Return the seconds that clustering took, the making of the customers aside."""
    features, _ = planted(1_000_000, seed=7, features=30)
    began = time.perf_counter()
    cluster(features, seed=1)
    return time.perf_counter() - began


def segment_the_gift_shop() -> tuple[bool, float, int]:
    """Return whether two runs agree to the byte, the bootstrap agreement and the number of segments."""
    features = online_retail_features()
    shuffled = features.take(np.random.default_rng(0).permutation(features.num_rows))
    one, other = (cluster(each, k=range(3, 9), seed=11) for each in (features, shuffled))
    is_same = one.customers.equals(other.customers) and one.portraits.equals(other.portraits)
    count = one.segments.num_rows
    return is_same, stability(features, k=count, seed=11).mean_adjusted_rand_index, count
