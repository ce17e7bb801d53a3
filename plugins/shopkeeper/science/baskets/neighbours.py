"""Finds similar customers, so that one may be offered what the others bought."""

import numpy as np
from scipy import sparse

from shopkeeper.science.baskets.history import Floats, History, Mask, chunks, scaled
from shopkeeper.science.baskets.incidence import Integers

_HALF_LIFE_DAYS = 90
_REFERENCES = 2_000
_NEIGHBOURS = 50
_NEGLIGIBLE, _HIGH = 0.05, 1 / 3
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
        # Single precision is enough for a thousand products of two thousand customers.
        lengths = np.sqrt(habits.power(2).sum(axis=1)).astype(np.float64)
        self._directions = scaled(habits, lengths).astype(np.float32)
        self._turned = self._directions[self._references].T.tocsr()
        self._shares = history.shares(weight)[self._references].astype(np.float32)

    def look(self, customer: Integers, product: Integers, k: int) -> tuple[Floats, "Offers"]:
        """Return the mean share among neighbours of every pair, and each customer's best k other products.

        `customer`, `product`: sorted pairs, the products that customers know.
        """
        found, offers = np.zeros(len(customer)), [_NO_OFFERS]
        nearest = min(_NEIGHBOURS, len(self._references) - 1)
        everybody = np.arange(self._directions.shape[0] if nearest > 0 else 0)
        width = self._shares.shape[1]
        table = np.empty(0, dtype=np.float32)
        for rows in chunks(everybody, max(width, _CHUNK_WIDTH)):
            near = sparse.csr_array(self._nearest(rows, nearest) @ self._shares)
            cells = np.repeat(np.arange(len(rows)) * width, np.diff(near.indptr)) + near.indices
            # Laid out in a table that is emptied again, since sorting what is in it would take longer.
            table = table if len(table) else np.zeros(len(rows) * width, dtype=np.float32)
            table[cells] = near.data
            part = slice(*np.searchsorted(customer, (rows[0], rows[-1] + 1)))
            known = (customer[part] - rows[0]) * width + product[part]
            found[part] = table[known]
            table[known] = 0
            near.data = table[cells]
            table[cells] = 0
            offers.append(_best(near, k, rows[0]))
        row, other, share = (np.concatenate(each) for each in zip(*offers, strict=True))
        return found, (row, other, share)

    def _nearest(self, rows: Integers, nearest: int) -> sparse.csr_array:
        cosine = (self._directions[rows] @ self._turned).toarray()
        place = np.minimum(np.searchsorted(self._references, rows), len(self._references) - 1)
        own = np.flatnonzero(self._references[place] == rows)
        cosine[own, place[own]] = 0
        near = np.sort(np.argpartition(-cosine, nearest - 1, axis=1)[:, :nearest], axis=1)
        likeness = np.take_along_axis(cosine, near, axis=1)
        totals = likeness.sum(axis=1, keepdims=True)
        likeness = np.divide(likeness, totals, out=np.zeros_like(likeness), where=totals > 0)
        starts = np.arange(0, near.size + 1, nearest)
        return sparse.csr_array((likeness.ravel(), near.ravel(), starts), shape=cosine.shape)


def _best(shares: sparse.csr_array, k: int, first: int) -> Offers:
    """Return the k largest shares of each row; the small ones are passed over before the sort."""
    filled = np.flatnonzero(np.diff(shares.indptr))
    if not len(filled):
        return _NO_OFFERS
    starts, sizes = shares.indptr[filled], np.diff(shares.indptr)[filled]
    most = np.maximum.reduceat(shares.data, starts)
    least = np.maximum(most * np.float32(_NEGLIGIBLE), np.finfo(np.float32).tiny)
    kept = np.flatnonzero(shares.data >= np.repeat(least, sizes))
    row, share = np.searchsorted(shares.indptr, kept, side="right") - 1, shares.data[kept]
    # If k shares exceed a third of the largest, the best k are among them.
    highest = np.zeros(shares.shape[0], dtype=np.float32)
    highest[filled] = most * np.float32(_HIGH)
    is_high = share >= highest[row]
    is_enough = np.bincount(row[is_high], minlength=shares.shape[0]) >= k
    is_tried = is_high | ~is_enough[row]
    row, share, product = row[is_tried], share[is_tried], shares.indices[kept[is_tried]].astype(np.int64)
    order = np.lexsort((product, -share, row))
    row, product, share = row[order], product[order], share[order].astype(np.float64)
    is_best = np.arange(len(row)) - np.searchsorted(row, row) < k
    return row[is_best] + first, product[is_best], share[is_best]
