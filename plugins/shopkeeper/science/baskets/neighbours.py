"""What customers who buy alike bought, so that one may be offered what the others have."""

import numpy as np
from scipy import sparse

from shopkeeper.science.baskets.history import Floats, History, Mask, chunks, scaled
from shopkeeper.science.baskets.incidence import Integers

_HALF_LIFE_DAYS = 90
_REFERENCES = 2_000
_NEIGHBOURS = 50
_NEGLIGIBLE = 0.05
_CHUNK_WIDTH = 5_000
_SEED = 0

Offers = tuple[Integers, Integers, Floats]
_NO_OFFERS: Offers = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


class Neighbours:
    """The fifty most similar of at most 2,000 reference customers, and the shares of their baskets.

    Similar is the cosine between what two customers bought, a basket counting half for every 90 days before
    the customer's last; the references are drawn once, so that time grows with the customers, not with their
    square.
    """

    def __init__(self, history: History, known: Mask) -> None:
        last = np.full(len(history.customers), -np.inf)
        np.maximum.at(last, history.basket_customer[known], history.basket_day[known])
        with np.errstate(invalid="ignore"):
            age = np.where(known, last[history.basket_customer] - history.basket_day, 0)
        weight = np.where(known, 0.5 ** (age / _HALF_LIFE_DAYS), 0.0)
        habits = history.weighted(weight)
        count = len(history.customers)
        drawn = np.random.default_rng(_SEED).permutation(count)[:_REFERENCES]
        self._references = np.sort(drawn)
        self._directions = scaled(habits, np.sqrt(habits.power(2).sum(axis=1)).astype(np.float64))
        self._turned = self._directions[self._references].T.tocsr()
        self._shares = history.shares(weight)[self._references]

    def look(self, customer: Integers, product: Integers, k: int) -> tuple[Floats, "Offers"]:
        """Return the mean share among neighbours of every pair, and each customer's best k other products.

        `customer`, `product`: sorted pairs, the products that customers know.
        """
        found, offers = np.zeros(len(customer)), [_NO_OFFERS]
        nearest = min(_NEIGHBOURS, len(self._references) - 1)
        everybody = np.arange(self._directions.shape[0] if nearest > 0 else 0)
        for rows in chunks(everybody, _CHUNK_WIDTH):
            near = self._nearest(rows, nearest) @ self._shares
            near = sparse.csr_array(near)
            near.sort_indices()
            width = near.shape[1]
            row = np.repeat(np.arange(len(rows)), np.diff(near.indptr))
            cells = (row + rows[0]) * width + near.indices
            part = slice(*np.searchsorted(customer, (rows[0], rows[-1] + 1)))
            known = customer[part] * width + product[part]
            place = np.minimum(np.searchsorted(cells, known), max(len(cells) - 1, 0))
            if len(cells):
                hit = cells[place] == known
                found[part] = np.where(hit, near.data[place], 0.0)
                is_new = near.data > 0
                is_new[place[hit]] = False
                offers.append(_best(row[is_new], near.indices[is_new], near.data[is_new], k, rows[0]))
        row, other, share = (np.concatenate(each) for each in zip(*offers, strict=True))
        return found, (row, other, share)

    def _nearest(self, rows: Integers, nearest: int) -> sparse.csr_array:
        cosine = (self._directions[rows] @ self._turned).toarray()
        place = np.minimum(np.searchsorted(self._references, rows), len(self._references) - 1)
        own = np.flatnonzero(self._references[place] == rows)
        cosine[own, place[own]] = 0
        near = np.sort(np.argpartition(-cosine, nearest - 1, axis=1)[:, :nearest], axis=1)
        likeness = np.take_along_axis(cosine, near, axis=1)
        starts = np.arange(0, near.size + 1, nearest)
        found = sparse.csr_array((likeness.ravel(), near.ravel(), starts), shape=cosine.shape)
        return scaled(found, likeness.sum(axis=1))


def _best(row: Integers, product: Integers, share: Floats, k: int, first: int) -> Offers:
    """Return the k largest shares of each row; the small ones are passed over before the sort."""
    if not len(row):
        return _NO_OFFERS
    most = np.zeros(int(row[-1]) + 1)
    np.maximum.at(most, row, share)
    kept = share >= _NEGLIGIBLE * most[row]
    row, product, share = row[kept], product[kept], share[kept]
    order = np.lexsort((product, -share, row))
    row, product, share = row[order], product[order], share[order]
    is_best = np.arange(len(row)) - np.searchsorted(row, row) < k
    return row[is_best] + first, product[is_best].astype(np.int64), share[is_best]
