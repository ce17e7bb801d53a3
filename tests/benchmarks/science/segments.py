"""Segments: planted groups recovered, a million customers clustered, a real gift shop's customers.

The generator of planted groups is that of the tests.
"""

import time
from collections.abc import Callable
from typing import cast

import numpy as np
import pyarrow as pa
from docs.grocer import REFRESH, ask
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler
from tests.benchmarks.science.outside import LABEL, NEEDS_ONLINE_RETAIL, ONLINE_RETAIL, gift_features
from tests.benchmarks.science.row import BenchRow, Measured, measure, skipped
from tests.plugins.science.segments.segments_planted import one_crowd, planted

from shopkeeper.science.segments import cluster, stability

_AGREEMENT, _SECONDS, _MEMORY_MB = 0.90, 60.0, 4_096.0
_FIRM, _GROUPS = 0.8, 5


def rows() -> list[BenchRow]:
    """Measure the segments' bars."""
    return [_planted(), _noise(), _stretched(), *_crowds(), _million(), *_shops()]


def _noise() -> BenchRow:
    ours, plain = measure(recover, 22), measure(recover_plainly, 22)
    agreement, count = cast(tuple[float, int], ours.result)
    other = cast(float, plain.result)
    return BenchRow(
        "8 planted groups, ten features that tell nothing, 200,000 × 22, ARI",
        f"{agreement:.3f}, k = {count} found, {ours.seconds:.1f} s",
        f"bar {_AGREEMENT}; scikit-learn k-means, scaled, given k = 8: {other:.3f}",
        f"{agreement / other:.2f} ×",
        ours.peak_mb,
        agreement >= _AGREEMENT,
    )


def _stretched() -> BenchRow:
    ours = measure(recover_stretched)
    agreement, other = cast(tuple[float, float], ours.result)
    return BenchRow(
        "three stretched groups, mixture, ARI",
        f"{agreement:.3f}",
        f"scikit-learn tied mixture, k-means start, 10 starts: {other:.3f}",
        "",
        ours.peak_mb,
        agreement >= other,
    )


def _crowds() -> list[BenchRow]:
    found = []
    for kind in ("normal", "correlated", "money", "counts", "even"):
        ours = measure(groups_of_a_crowd, kind)
        count = cast(int, ours.result)
        found.append(
            BenchRow(f"one crowd, {kind}: groups", f"{count}", "bar 1", "", ours.peak_mb, count == 1)
        )
    return found


def _planted() -> BenchRow:
    ours, plain = measure(recover), measure(recover_plainly)
    agreement, count = cast(tuple[float, int], ours.result)
    other = cast(float, plain.result)
    return BenchRow(
        "8 planted groups, 200,000 × 20, ARI",
        f"{agreement:.3f}, k = {count} found, {ours.seconds:.1f} s",
        f"bar {_AGREEMENT}; scikit-learn k-means, scaled, given k = 8: {other:.3f}",
        f"{agreement / other:.2f} ×",
        ours.peak_mb,
        agreement >= _AGREEMENT,
    )


def _million() -> BenchRow:
    ours = measure(cluster_a_million)
    seconds, busy = cast(tuple[float, float], ours.result)
    return BenchRow(
        "1,000,000 × 30, k of 2–10 by evidence",
        f"{seconds:.1f} s, {busy:.1f} s of processor time",
        f"bar {_SECONDS:.0f} s and {_MEMORY_MB:,.0f} MB",
        f"{seconds / _SECONDS:.2f} ×",
        ours.peak_mb,
        seconds <= _SECONDS and ours.peak_mb <= _MEMORY_MB,
    )


def _shops() -> list[BenchRow]:
    found = [_seeds("Complete Journey, what the refresh looks at", measure(counts_by_seed, grocer_features))]
    if not ONLINE_RETAIL.exists():
        return [*found, skipped(f"{LABEL} Online Retail II", NEEDS_ONLINE_RETAIL)]
    shop = f"{LABEL} Online Retail II"
    found.append(_seeds(shop, measure(counts_by_seed, gift_features)))
    ours = measure(segment_the_gift_shop)
    is_same, agreement, count = cast(tuple[bool, float, int], ours.result)
    found.append(
        BenchRow(
            f"{shop}, bootstrap ARI",
            f"{agreement:.3f} for k = {count}; second run {'the same' if is_same else 'DIFFERS'}",
            "bar: the same twice, 5 groups or more, 0.8",
            "",
            ours.peak_mb,
            is_same and agreement >= _FIRM and count >= _GROUPS,
        )
    )
    return found


def _seeds(shop: str, ours: Measured) -> BenchRow:
    counts = cast(list[int], ours.result)
    return BenchRow(
        f"{shop}: groups by seed",
        f"{', '.join(map(str, counts))}; {ours.busy / len(counts):.1f} s of processor time each",
        "bar: one number for ten seeds",
        "",
        ours.peak_mb,
        len(set(counts)) == 1,
    )


def recover(features: int = 20) -> tuple[float, int]:
    """Return our agreement with the planted groups and the number of groups found."""
    table, truth = planted(200_000, seed=0, features=features)
    clustering = cluster(table, seed=0)
    order = np.argsort(table["customer_id"].to_numpy())
    labels = clustering.customers["segment_id"].to_numpy()
    return float(adjusted_rand_score(truth[order], labels)), clustering.segments.num_rows


def recover_plainly(features: int = 20) -> float:
    """Return the agreement of plain k-means, given the right number."""
    table, truth = planted(200_000, seed=0, features=features)
    values = table.drop_columns("customer_id").to_pandas().to_numpy()
    scaled = StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(values))
    return float(adjusted_rand_score(truth, KMeans(8, n_init=10, random_state=0).fit_predict(scaled)))


def recover_stretched() -> tuple[float, float]:
    """Return our agreement with three stretched groups, and that of the peer."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, size=2_000)
    loose, tight = 4 * rng.normal(size=2_000), 0.5 * rng.normal(size=2_000) + 4 * (truth - 1.0)
    points = np.column_stack([loose + tight, loose - tight])
    table = pa.table({"customer_id": np.arange(2_000), "visits": points[:, 0], "spend": points[:, 1]})
    labels = cluster(table, k=3, method="mixture", seed=1).customers["segment_id"].to_numpy()
    peer = GaussianMixture(3, covariance_type="tied", n_init=10, random_state=0)
    theirs = peer.fit_predict(StandardScaler().fit_transform(points))
    return float(adjusted_rand_score(truth, labels)), float(adjusted_rand_score(truth, theirs))


def groups_of_a_crowd(kind: str) -> int:
    """Return how many groups are found where there is one crowd."""
    points = one_crowd(kind)
    columns = {f"habit{number}": points[:, number] for number in range(points.shape[1])}
    return cluster(pa.table({"customer_id": np.arange(len(points)), **columns}), seed=2).segments.num_rows


def cluster_a_million() -> tuple[float, float]:
    """Return seconds and processor time that clustering took, the making of the customers aside."""
    features, _ = planted(1_000_000, seed=7, features=30)
    began, busy = time.perf_counter(), time.process_time()
    cluster(features, seed=1)
    return time.perf_counter() - began, time.process_time() - busy


def grocer_features() -> pa.Table:
    """Return the features by which the refresh groups the households of Complete Journey."""
    return ask(REFRESH)


def counts_by_seed(read: Callable[[], pa.Table]) -> list[int]:
    """Return the number of groups that each of ten seeds chooses."""
    features = read()
    return [cluster(features, k=range(3, 9), seed=seed).segments.num_rows for seed in range(10)]


def segment_the_gift_shop() -> tuple[bool, float, int]:
    """Return whether two runs agree to the byte, the bootstrap agreement and the number of segments."""
    features = gift_features()
    shuffled = features.take(np.random.default_rng(0).permutation(features.num_rows))
    one, other = (cluster(each, k=range(3, 9), seed=11) for each in (features, shuffled))
    is_same = one.customers.equals(other.customers) and one.portraits.equals(other.portraits)
    count = one.segments.num_rows
    return is_same, stability(features, k=count, seed=11).mean_adjusted_rand_index, count
