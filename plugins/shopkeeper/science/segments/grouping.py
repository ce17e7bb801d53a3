"""The methods that group prepared customers, each learned on a seeded sample and applied to all.

Add methods that can assign a customer whom they have not seen to a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.special import logsumexp
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.mixture import GaussianMixture

from shopkeeper.science.segments.preparation import Matrix

Method = Literal["kmeans", "mixture", "hdbscan", "hierarchical"]
Labels = NDArray[np.int64]

METHODS: tuple[str, ...] = get_args(Method)
NO_GROUP = -1

_LEARNING_ROWS = 100_000
TREE_ROWS = 2_000
_DENSITY_ROWS = 5_000
_CHUNK_CELLS = 10_000_000
_SHRINKAGE = 1e-3
_MIXTURE_STARTS = 10


@dataclass(frozen=True)
class Effort:
    """How thoroughly to search for the best groups: rows of Ward's tree, rows of the starts, and starts."""

    tree_rows: int
    search_rows: int
    starts: int


FULL = Effort(TREE_ROWS, 5_000, 20)
"""For the groups that are kept."""
CAREFUL = Effort(TREE_ROWS // 2, 5_000, 10)
"""For comparisons in which a worse optimum would look like different data."""
QUICK = Effort(TREE_ROWS // 2, 2_000, 3)
"""Where many fits are compared with each other and the result is far from its border."""


@dataclass(frozen=True)
class Grouping:
    """Which group a prepared customer belongs to: that of the nearest point, in a transformed space.

    `transform`: features × compared units: those features that tell something, whitened for the mixture.
    `points`: in compared units: centres, or for hdbscan the learned customers. `offsets`:
    added to half the squared distance (less the logarithm of a group's share for the mixture, else 0).
    `groups`: the group (0 … or `NO_GROUP`) of each point.
    """

    transform: NDArray[np.float64]
    points: NDArray[np.float64]
    offsets: NDArray[np.float64]
    groups: Labels

    def widened(self, is_telling: NDArray[np.bool_]) -> "Grouping":
        """Return the same grouping for customers with all features, learned from the telling ones."""
        transform = np.zeros((len(is_telling), self.transform.shape[1]))
        transform[is_telling] = self.transform
        return replace(self, transform=transform)

    def assign(self, matrix: Matrix) -> Labels:
        """Return the group of every customer."""
        found = np.empty(len(matrix), dtype=np.int64)
        rows = max(1, _CHUNK_CELLS // len(self.points))
        for start in range(0, len(matrix), rows):
            part = slice(start, start + rows)
            found[part] = self.groups[self._costs(matrix[part]).argmin(axis=1)]
        return found

    def misfit(self, matrix: Matrix) -> float:
        """Return how badly few groups describe customers, on a logarithmic scale; lower is better.

        Without offsets the logarithm of the spread within groups, as a share of all spread; with them the
        negative mean log-likelihood.
        """
        moved = matrix @ self.transform
        squares = (moved**2).sum(axis=1) / 2
        costs = self._costs(matrix)
        if self.offsets.any():
            scale = np.linalg.slogdet(self.transform)[1]
            return float((squares - logsumexp(-costs, axis=1)).mean() - scale)
        within = np.maximum(squares + costs.min(axis=1), 0).sum()
        return float(np.log(max(within, np.finfo(float).tiny) / max(moved.var(axis=0).sum(), 1e-12)))

    def _costs(self, matrix: Matrix) -> NDArray[np.float64]:
        fixed = (self.points**2).sum(axis=1) / 2 + self.offsets
        return fixed - (matrix @ self.transform) @ self.points.T


def sample_rows(population: int, limit: int, seed: int) -> NDArray[np.int64]:
    """Draw at most `limit` row numbers of `population` without replacement, in random order."""
    return np.random.default_rng(seed).permutation(population)[:limit]


def group_counts(k: int | range | None, method: str, population: int) -> list[int]:
    """Check `k` against the method and the number of customers; return the numbers of groups to try.

    None means 2 … 10. hdbscan finds the number itself: [0]. The list is empty if a range asks for more
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


def ordered_groups(found: Labels) -> Labels:
    """Return the groups from the largest to the smallest, level ones as they came, without `NO_GROUP`."""
    groups, sizes = np.unique(found[found != NO_GROUP], return_counts=True)
    return groups[np.lexsort((groups, -sizes))]


def numbered(found: Labels, order: Labels) -> Labels:
    """Return 1 for the first group of `order` and so on; 0 for `NO_GROUP`."""
    numbers = np.zeros(max(int(order.max(initial=NO_GROUP)), 0) + 2, dtype=np.int64)
    numbers[order] = np.arange(1, len(order) + 1)
    return numbers[found]


def learn(
    matrix: Matrix, method: str, counts: Sequence[int], seed: int, effort: Effort = FULL
) -> list[Grouping]:
    """Learn, for each number of groups, which group (0 … or `NO_GROUP`) a prepared customer belongs to.

    - hierarchical: Ward's tree (Ward 1963) of up to 2,000 customers, cut; everybody goes to the nearest
      centre.
    - kmeans: the best of Lloyd's steps from those centres and from 20 k-means++ starts (Lloyd 1982; Arthur,
      Vassilvitskii 2007) of up to 5,000 customers, at last on up to 100,000.
    - mixture: Gaussians of one shared shape, the most likely of those from the k-means groups and from ten
      k-means++ starts of up to 2,000 customers, at last on as many (Dempster, Laird, Rubin 1977).
    - hdbscan: dense regions of up to 5,000 customers with at least 2 % of them each, whatever `counts` say;
      everybody goes where the nearest learned customer is (Campello, Moulavi, Sander 2013).

    The numbers are those of a full effort; a lower one takes fewer rows or starts.
    """
    learning = matrix[sample_rows(len(matrix), _LEARNING_ROWS, seed)]
    if method == "hdbscan":
        return [_dense(learning)]
    cuts = [means(*cut) for cut in cuts_of(learning[: effort.tree_rows], counts)]
    if method == "hierarchical":
        return [_nearest(cut) for cut in cuts]
    start = learning[: TREE_ROWS if method == "mixture" else effort.search_rows]
    compact = [lloyd(start, cut, effort.starts, seed) for cut in cuts]
    if method == "mixture":
        starts = _MIXTURE_STARTS if effort is FULL else QUICK.starts
        return [_mixture(learning, start, each.labels_, starts, seed) for each in compact]
    centers = [each.cluster_centers_ for each in compact]
    if len(learning) > len(start):
        centers = [_steps(learning, each).cluster_centers_ for each in centers]
    return [_nearest(each) for each in centers]


def cuts_of(start: Matrix, counts: Sequence[int]) -> list[tuple[Matrix, Labels]]:
    """Return the customers with their groups in Ward's tree, cut into each number of groups."""
    tree = linkage(start, method="ward") if len(start) > 1 else np.empty((0, 4))
    return [
        (start, fcluster(tree, n, criterion="maxclust") if n > 1 else np.ones(len(start), dtype=np.int64))
        for n in counts
    ]


def _dense(learning: Matrix) -> Grouping:
    points = np.unique(learning[:_DENSITY_ROWS], axis=0)
    smallest = max(5, len(points) // 50)
    found = HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(points)
    return _nearest(points, found.astype(np.int64))


def lloyd(matrix: Matrix, centers: Matrix, starts: int, seed: int) -> KMeans:
    """Return the better of k-means from these centres and from so many k-means++ starts."""
    # In double precision: scikit-learn's k-means++ takes twice the time over single numbers.
    matrix = matrix.astype(np.float64)
    drawn = KMeans(len(centers), n_init=starts, random_state=seed).fit(matrix)
    return min(_steps(matrix, centers), drawn, key=lambda each: each.inertia_)


def _steps(matrix: Matrix, centers: Matrix) -> KMeans:
    return KMeans(len(centers), init=centers.astype(matrix.dtype), n_init=1).fit(matrix)


def _mixture(learning: Matrix, start: Matrix, groups: Labels, starts: int, seed: int) -> Grouping:
    count = len(np.unique(groups))
    options = {"covariance_type": "tied", "reg_covar": _SHRINKAGE}
    within = (start - means(start, groups)[np.unique(groups, return_inverse=True)[1]]).astype(np.float64)
    shape = within.T @ within / len(within) + _SHRINKAGE * np.eye(within.shape[1])
    first = GaussianMixture(
        count,
        weights_init=np.unique(groups, return_counts=True)[1] / len(groups),
        means_init=means(start, groups),
        precisions_init=np.linalg.inv(shape),
        init_params="random_from_data",
        random_state=0,
        **options,
    ).fit(start)
    other = GaussianMixture(count, n_init=starts, random_state=seed, **options).fit(start)
    model = max(first, other, key=lambda each: each.lower_bound_)
    if len(learning) > len(start):
        model = GaussianMixture(
            count,
            weights_init=model.weights_,
            means_init=model.means_,
            precisions_init=model.precisions_,
            init_params="random_from_data",
            random_state=0,
            **options,
        ).fit(learning)
    whitening = model.precisions_cholesky_
    points = model.means_ @ whitening
    return Grouping(whitening, points, -np.log(model.weights_), np.arange(len(points)))


def _nearest(points: Matrix, groups: Labels | None = None) -> Grouping:
    known = np.arange(len(points)) if groups is None else groups
    return Grouping(np.eye(points.shape[1]), points.astype(np.float64), np.zeros(len(points)), known)


def means(matrix: Matrix, groups: Labels) -> Matrix:
    """Return the centre of each group."""
    return np.array([matrix[groups == group].mean(axis=0) for group in np.unique(groups)])
