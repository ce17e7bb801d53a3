"""The methods that put prepared customers into groups, each learned on a seeded sample and given to all.

A method belongs here when it can say to which group a customer belongs whom it has not seen.
"""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import pairwise_distances_argmin, silhouette_score
from sklearn.mixture import GaussianMixture

from shopkeeper.science.segments.preparation import Matrix

Method = Literal["kmeans", "mixture", "hdbscan", "hierarchical"]
Labels = NDArray[np.int64]
Grouping = Callable[[Matrix], Labels]

METHODS: tuple[str, ...] = get_args(Method)
NO_GROUP = -1

_LEARNING_ROWS = 100_000
_TREE_ROWS = 2_000
_TREES = 4
_JUDGED_ROWS = 1_000
_DENSITY_ROWS = 5_000
_CHUNK_ROWS = 100_000
_SHRINKAGE = 1e-3


def sample_rows(population: int, limit: int, seed: int) -> NDArray[np.int64]:
    """Draw at most `limit` row numbers of `population` without replacement, in random order."""
    return np.random.default_rng(seed).permutation(population)[:limit]


def group_counts(k: int | range | None, method: str, population: int) -> list[int]:
    """Check `k` against the method and the number of customers; return the numbers of groups to try.

    None stands for 2 … 10. hdbscan finds the number itself: [0]. None are left where a range asks for more
    groups than the customers can be put into.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of {', '.join(METHODS)}")
    if population == 0:
        raise ValueError("there are no customers; give at least one")
    if method == "hdbscan":
        if k is not None:
            raise ValueError("hdbscan finds the number of groups itself; leave k out")
        return [0] if population > 2 else []
    asked = [k] if isinstance(k, int) else list(range(2, 11) if k is None else k)
    if not asked or min(asked) < 1 or (isinstance(k, int) and k > max(population - 1, 1)):
        raise ValueError(f"k is {k}; give numbers from 1 to {max(population - 1, 1)}")
    return [count for count in asked if 2 <= count < population]


def ordered_labels(groups: Labels) -> Labels:
    """Number groups 1 … from the largest to the smallest, level ones as they came; `NO_GROUP` becomes 0."""
    found, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.lexsort((found, -sizes, found == NO_GROUP))
    numbers = np.empty(len(found), dtype=np.int64)
    numbers[order] = np.arange(1, len(found) + 1)
    numbers[found == NO_GROUP] = 0
    return numbers[inverse]


def learn(matrix: Matrix, method: str, counts: Sequence[int], seed: int) -> list[Grouping]:
    """Learn, for each number of groups, which group (0 … or `NO_GROUP`) a prepared customer belongs to.

    - hierarchical: Ward's tree (Ward 1963) of up to 2,000 customers, cut; everybody goes to the nearest
      centre. A larger table grows four such trees and keeps, for each number of groups, the one with the best
      silhouette.
    - kmeans: Lloyd's steps from those centres, at last on up to 100,000 customers (Lloyd 1982; from Ward's
      centres as by Milligan 1980: thirty k-means++ starts missed planted groups that these find).
    - mixture: Gaussians of one shared shape, from the k-means groups (Dempster, Laird, Rubin 1977).
    - hdbscan: dense regions of up to 5,000 customers with at least 2 % of them each, whatever `counts` say;
      everybody goes where the nearest learned customer is (Campello, Moulavi, Sander 2013).
    """
    learning = matrix[sample_rows(len(matrix), _LEARNING_ROWS, seed)]
    if method == "hdbscan":
        learning = np.unique(learning[:_DENSITY_ROWS], axis=0)
        smallest = max(5, len(learning) // 50)
        return [_nearest(learning, HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(learning))]
    centers = _start(learning, method, counts, seed)
    if method == "hierarchical":
        return [_nearest(each) for each in centers]
    centers = [_lloyd(learning, each) for each in centers]
    if method == "kmeans":
        return [_nearest(each) for each in centers]
    return [_mixture(learning, each) for each in centers]


def silhouette(sample: Matrix, groups: Labels) -> float:
    """Return the mean silhouette of grouped customers; 0 where there are not two groups to compare."""
    is_grouped = groups != NO_GROUP
    count = len(np.unique(groups[is_grouped]))
    if count < 2 or count >= is_grouped.sum():
        return 0.0
    return float(silhouette_score(sample[is_grouped], groups[is_grouped]))


def _start(learning: Matrix, method: str, counts: Sequence[int], seed: int) -> list[Matrix]:
    best: list[tuple[float, Matrix]] = [(-np.inf, learning[:0])] * len(counts)
    judged = learning[:_JUDGED_ROWS]
    trees = 1 if len(learning) <= _TREE_ROWS else _TREES
    for trial in range(trees):
        grown = learning[sample_rows(len(learning), _TREE_ROWS, seed + trial)]
        tree = linkage(grown, method="ward")
        for i, count in enumerate(counts):
            cut = fcluster(tree, count, criterion="maxclust")
            centers = np.array([grown[cut == group].mean(axis=0) for group in np.unique(cut)])
            if method != "hierarchical":
                centers = _lloyd(grown, centers)
            quality = silhouette(judged, _nearest(centers)(judged)) if trees > 1 else 0.0
            if quality > best[i][0]:
                best[i] = (quality, centers)
    return [centers for _, centers in best]


def _lloyd(learning: Matrix, centers: Matrix) -> Matrix:
    return KMeans(len(centers), init=centers, n_init=1).fit(learning).cluster_centers_


def _mixture(learning: Matrix, centers: Matrix) -> Grouping:
    groups = _nearest(centers)(learning)
    within = (learning - centers[groups]).astype(np.float64)
    shape = within.T @ within / len(within) + _SHRINKAGE * np.eye(within.shape[1])
    model = GaussianMixture(
        len(centers),
        covariance_type="tied",
        weights_init=np.bincount(groups, minlength=len(centers)) / len(groups),
        means_init=centers,
        precisions_init=np.linalg.inv(shape),
        init_params="random_from_data",
        reg_covar=_SHRINKAGE,
        random_state=0,
    ).fit(learning)
    return lambda matrix: _by_chunk(matrix, model.predict)


def _nearest(points: Matrix, groups: Labels | None = None) -> Grouping:
    known = np.arange(len(points)) if groups is None else groups
    return lambda matrix: known[pairwise_distances_argmin(matrix, points)]


def _by_chunk(matrix: Matrix, predict: Callable[[Matrix], Labels]) -> Labels:
    starts = range(0, len(matrix), _CHUNK_ROWS)
    return np.concatenate([predict(matrix[start : start + _CHUNK_ROWS]) for start in starts])
