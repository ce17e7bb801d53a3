"""The methods that put prepared customers into groups, each learned on a seeded sample and given to all.

A method belongs here when it can say to which group a customer belongs whom it has not seen.
"""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import pairwise_distances_argmin
from sklearn.mixture import GaussianMixture

from shopkeeper.science.segments.preparation import Matrix

Method = Literal["kmeans", "mixture", "hdbscan", "hierarchical"]
Labels = NDArray[np.int64]
Grouping = Callable[[Matrix], Labels]

METHODS: tuple[str, ...] = get_args(Method)
NO_GROUP = -1

_LEARNING_ROWS = 100_000
_TREE_ROWS = 3_000
_DENSITY_ROWS = 5_000
_CHUNK_ROWS = 100_000


def sample_rows(population: int, limit: int, seed: int) -> NDArray[np.int64]:
    """Draw at most `limit` row numbers of `population` without replacement, in random order."""
    return np.random.default_rng(seed).permutation(population)[:limit]


def group_counts(k: int | range | None, method: str, population: int) -> list[int]:
    """Check `k` against the method and the number of customers; return the numbers of groups to try.

    None stands for 2 … 10. hdbscan finds the number itself: [0].
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of {', '.join(METHODS)}")
    if population < 3:
        raise ValueError(f"there are {population} customers; groups need at least 3")
    if method == "hdbscan":
        if k is not None:
            raise ValueError("hdbscan finds the number of groups itself; leave k out")
        return [0]
    asked = [k] if isinstance(k, int) else list(range(2, 11) if k is None else k)
    counts = [count for count in asked if 2 <= count < population]
    if not counts or (counts != asked and k is not None and population > max(asked, default=0)):
        raise ValueError(f"k is {k}; give numbers from 2 to {population - 1}, one less than the customers")
    return counts


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

    - hierarchical: Ward's tree (Ward 1963) of up to 3,000 customers, cut; everybody goes to the nearest
      centre.
    - kmeans: Lloyd's steps from those centres on up to 100,000 customers (Lloyd 1982; started from Ward as by
      Milligan 1980, which recovered planted groups that thirty k-means++ starts missed).
    - mixture: Gaussians of one shared shape, from the k-means centres (Dempster, Laird, Rubin 1977).
    - hdbscan: dense regions of up to 5,000 customers with at least 2 % of them each, whatever `counts` say;
      everybody goes where the nearest learned customer is (Campello, Moulavi, Sander 2013).
    """
    learning = matrix[sample_rows(len(matrix), _LEARNING_ROWS, seed)]
    if method == "hdbscan":
        learning = np.unique(learning[:_DENSITY_ROWS], axis=0)
        smallest = max(5, len(learning) // 50)
        return [_nearest(learning, HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(learning))]
    grown = learning[:_TREE_ROWS]
    tree = linkage(grown, method="ward")
    centers = [_centers(grown, fcluster(tree, count, criterion="maxclust")) for count in counts]
    if method == "hierarchical":
        return [_nearest(each) for each in centers]
    centers = [KMeans(len(each), init=each, n_init=1).fit(learning).cluster_centers_ for each in centers]
    if method == "kmeans":
        return [_nearest(each) for each in centers]
    return [_mixture(learning, each) for each in centers]


def _centers(customers: Matrix, groups: Labels) -> Matrix:
    return np.array([customers[groups == group].mean(axis=0) for group in np.unique(groups)])


def _mixture(learning: Matrix, start: Matrix) -> Grouping:
    model = GaussianMixture(
        len(start), covariance_type="tied", means_init=start, reg_covar=1e-3, random_state=0
    )
    model.fit(learning)
    return lambda matrix: _by_chunk(matrix, model.predict)


def _nearest(points: Matrix, groups: Labels | None = None) -> Grouping:
    known = np.arange(len(points)) if groups is None else groups
    return lambda matrix: known[pairwise_distances_argmin(matrix, points)]


def _by_chunk(matrix: Matrix, predict: Callable[[Matrix], Labels]) -> Labels:
    starts = range(0, len(matrix), _CHUNK_ROWS)
    return np.concatenate([predict(matrix[start : start + _CHUNK_ROWS]) for start in starts])
