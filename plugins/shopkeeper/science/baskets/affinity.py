"""How much each customer is drawn to each product, from baskets in time.

A score belongs here when baskets alone give it; which products are named, and how well that works, is
`prediction`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.science.baskets.incidence import Integers, codes
from shopkeeper.science.inputs import require_columns

Scores = NDArray[np.float64]
Scorer = Callable[[Integers], Scores]

_DAY = 86_400_000_000
_HALF_LIFE_DAYS = 90
_NEIGHBOURS = 100
_POPULARITY_WEIGHT = 0.5
_CHUNK_CELLS = 10_000_000


@dataclass(frozen=True)
class History:
    """Distinct products by basket, in the order of customer, time and transaction.

    `customer`, `basket`, `product` have one entry per product in a basket; `basket_customer` and
    `basket_time` (microseconds) one per basket.
    """

    customer: Integers
    basket: Integers
    product: Integers
    basket_customer: Integers
    basket_time: Integers
    customers: pa.Array
    products: pa.Array

    def of(self, baskets: NDArray[np.bool_]) -> sparse.csr_array:
        """Return customers × products: in how many of the chosen baskets of a customer a product is."""
        return self.weighted(baskets.astype(np.float64))

    def weighted(self, basket_weight: Scores) -> sparse.csr_array:
        """Return customers × products: the summed weight of the customer's baskets with the product."""
        weight = basket_weight[self.basket]
        kept = weight > 0
        cells = (weight[kept], (self.customer[kept], self.product[kept]))
        return sparse.coo_array(cells, shape=(len(self.customers), len(self.products))).tocsr()


def read_history(history: pa.Table) -> History:
    """Read the columns that `next_basket` documents; a basket's time is that of its last line."""
    require_columns(history, "customer_id", "transaction_id", "transacted_at", "product_id")
    customer, customers = codes(history["customer_id"])
    transaction, transactions = codes(history["transaction_id"])
    product, products = codes(history["product_id"])
    time = history["transacted_at"].cast(pa.timestamp("us"), safe=False).cast(pa.int64()).to_numpy()
    keys, basket = np.unique(customer * len(transactions) + transaction, return_inverse=True)
    basket_time = np.full(len(keys), np.iinfo(np.int64).min)
    np.maximum.at(basket_time, basket, time)
    basket_customer = keys // max(len(transactions), 1)
    order = np.lexsort((keys, basket_time, basket_customer))
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys))
    cells = np.unique(place[basket] * len(products) + product)
    basket, product = np.divmod(cells, max(len(products), 1))
    basket_customer, basket_time = basket_customer[order], basket_time[order]
    return History(
        basket_customer[basket], basket, product, basket_customer, basket_time, customers, products
    )


def popularity(history: History, known: NDArray[np.bool_]) -> Scorer:
    """Score every product by the baskets of everybody that hold it."""
    counts = history.of(known).sum(axis=0)
    return lambda customers: np.tile(counts, (len(customers), 1))


def personal_frequency(history: History, known: NDArray[np.bool_]) -> Scorer:
    """Score by the customer's own baskets with the product; level products by their popularity."""
    counts = history.of(known)
    everybody = counts.sum(axis=0)
    tie_breaker = everybody / (everybody.max(initial=0) + 1)
    return lambda customers: counts[customers].toarray() + tie_breaker


def affinity(history: History, known: NDArray[np.bool_]) -> Scorer:
    """Score by the customer's own recent share of baskets, that of similar customers and that of all.

    A basket counts half as much for every 90 days that lie between it and the customer's last. Similar are
    the hundred customers with the highest cosine between what they bought, weighted by it.
    """
    habits, shares = _habits(history, known)
    neighbours = _neighbours(habits)
    everybody = shares.sum(axis=0) / max(len(history.customers), 1)

    def score(customers: Integers) -> Scores:
        scores = (neighbours[customers] @ shares).toarray()
        scores += shares[customers].toarray()
        scores += _POPULARITY_WEIGHT * everybody
        return scores

    return score


def chunks(customers: Integers, width: int) -> Iterator[Integers]:
    """Cut `customers` so that a dense table of them by `width` stays small."""
    rows = max(1, _CHUNK_CELLS // max(width, 1))
    yield from (customers[start : start + rows] for start in range(0, len(customers), rows))


def _habits(history: History, known: NDArray[np.bool_]) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return customers × products as weighted counts, and as shares of the customer's weighted baskets."""
    last = np.full(len(history.customers), np.iinfo(np.int64).min)
    np.maximum.at(last, history.basket_customer[known], history.basket_time[known])
    age = (last[history.basket_customer] - history.basket_time) / _DAY
    weight = np.where(known, 0.5 ** (np.maximum(age, 0) / _HALF_LIFE_DAYS), 0.0)
    habits = history.weighted(weight)
    total = np.zeros(len(history.customers))
    np.add.at(total, history.basket_customer, weight)
    return habits, _scaled(habits, total)


def _neighbours(habits: sparse.csr_array) -> sparse.csr_array:
    """Return customers × customers: the weights, summing to 1, of each customer's most similar ones."""
    count = habits.shape[0]
    nearest = min(_NEIGHBOURS, count - 1)
    if nearest < 1:
        return sparse.csr_array((count, count))
    directions = _scaled(habits, np.sqrt(habits.power(2).sum(axis=1)).astype(np.float64))
    turned = directions.T.tocsr()
    parts = []
    for rows in chunks(np.arange(count), count):
        cosine = (directions[rows] @ turned).toarray()
        cosine[np.arange(len(rows)), rows] = 0
        near = np.argpartition(-cosine, nearest - 1, axis=1)[:, :nearest]
        parts.append(
            (np.repeat(rows, nearest), near.ravel(), np.take_along_axis(cosine, near, axis=1).ravel())
        )
    row, column, weight = (np.concatenate([part[i] for part in parts]) for i in range(3))
    found = sparse.coo_array((weight, (row, column)), shape=(count, count)).tocsr()
    return _scaled(found, found.sum(axis=1))


def _scaled(matrix: sparse.csr_array, totals: Scores) -> sparse.csr_array:
    factors = np.divide(1.0, totals, out=np.zeros(len(totals)), where=totals > 0)
    return sparse.csr_array(sparse.diags_array(factors) @ matrix)
