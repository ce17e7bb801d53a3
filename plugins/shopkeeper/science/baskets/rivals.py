"""Baselines for `next_basket`: simple rules and published methods, on the same baskets.

A baseline is a function from known baskets to scores of all products; none of them uses the target.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from shopkeeper.science.baskets.history import Floats, History, Mask, scaled
from shopkeeper.science.baskets.incidence import Integers

Scorer = Callable[[Integers], Floats]

_POPULARITY_WEIGHT = 0.5


def popularity(history: History, known: Mask) -> Scorer:
    """Score every product by the number of all baskets that contain it."""
    counts = history.of(known).sum(axis=0)
    return lambda customers: np.tile(counts, (len(customers), 1))


def personal_frequency(history: History, known: Mask) -> Scorer:
    """Score by the customer's own baskets with the product; ties by popularity."""
    counts = history.of(known)
    everybody = counts.sum(axis=0)
    tie_breaker = everybody / (everybody.max(initial=0) + 1)
    return lambda customers: counts[customers].toarray() + tie_breaker


def share_and_popularity(history: History, known: Mask) -> Scorer:
    """Score by the share of the customer's own baskets, and half the mean share among all customers."""
    shares = history.shares(known.astype(np.float64))
    everybody = shares.sum(axis=0) / max(len(history.customers), 1)
    return lambda customers: shares[customers].toarray() + _POPULARITY_WEIGHT * everybody


def up_cf(
    history: History, known: Mask, *, recent: int = 25, locality: float = 5.0, asymmetry: float = 0.75
) -> Scorer:
    """Score by the popularity of products within customers, weighted by similarity (UP-CF).

    A customer's popularity is the share of their last `recent` baskets; similarity is the asymmetric cosine
    of what two customers bought in them, to the power of `locality`. Source: Faggioli, Polato, Aiolli 2020.
    """
    last = known & (_known_recency(history, known) < recent)
    shares = history.shares(last.astype(np.float64))
    held = sparse.csr_array((shares > 0).astype(np.float64))
    sizes = held.sum(axis=1)
    turned = held.T.tocsr()
    theirs = np.maximum(sizes, 1) ** (1 - asymmetry)

    def score(customers: Integers) -> Floats:
        ours = np.maximum(sizes[customers], 1) ** asymmetry
        likeness = (held[customers] @ turned).toarray() / ours[:, None] / theirs
        return np.asarray((shares.T @ (likeness**locality).T).T)

    return score


def tifu_knn(
    history: History,
    known: Mask,
    *,
    group_days: float = 60.0,
    within_decay: float = 0.99,
    group_decay: float = 0.8,
    neighbours: int = 300,
    own: float = 0.7,
) -> Scorer:
    """Score by the customer's fading baskets and those of the nearest customers (TIFU-KNN, decays by days).

    Baskets are grouped by `group_days` before the customer's last one; a basket fades by `within_decay` a day
    within its group and by `group_decay` a group; groups weigh the same. Source: Hu, He, Gao, Zhang 2020;
    decays by days as in Romanov, Lashinin, Ananyeva, Kolesnikov 2023.
    """
    last = np.full(len(history.customers), -np.inf)
    np.maximum.at(last, history.basket_customer[known], history.basket_day[known])
    with np.errstate(invalid="ignore"):
        age = np.where(known, last[history.basket_customer] - history.basket_day, 0)
    group = (age // group_days).astype(np.int64)
    width = int(group.max(initial=0)) + 1
    cell = history.basket_customer * width + group
    found, place, sizes = np.unique(cell[known], return_inverse=True, return_counts=True)
    groups = np.bincount(found // width, minlength=len(history.customers))
    weight = np.zeros(len(known))
    weight[known] = (
        group_decay ** group[known]
        * within_decay ** (age - group * group_days)[known]
        / (sizes[place] * groups[history.basket_customer[known]])
    )
    habits = history.weighted(weight)
    lengths = habits.power(2).sum(axis=1)
    turned = habits.T.tocsr()
    nearest = min(neighbours, len(history.customers))

    def score(customers: Integers) -> Floats:
        distance = lengths - 2 * (habits[customers] @ turned).toarray()
        near = np.argpartition(distance, nearest - 1, axis=1)[:, :nearest]
        starts = np.arange(0, near.size + 1, nearest)
        chosen = sparse.csr_array((np.ones(near.size), near.ravel(), starts), shape=distance.shape)
        theirs = (scaled(chosen, np.full(len(customers), float(nearest))) @ habits).toarray()
        return own * habits[customers].toarray() + (1 - own) * theirs

    return score


RIVALS: dict[str, Callable[[History, Mask], Scorer]] = {
    "share_and_popularity": share_and_popularity,
    "up_cf": up_cf,
    "tifu_knn": tifu_knn,
    "personal_frequency": personal_frequency,
    "popularity": popularity,
}


def _known_recency(history: History, known: Mask) -> Integers:
    """Return each basket's place from the customer's last known one."""
    count = np.cumsum(known)
    last = np.zeros(len(history.customers), dtype=np.int64)
    np.maximum.at(last, history.basket_customer[known], count[known])
    return last[history.basket_customer] - count
