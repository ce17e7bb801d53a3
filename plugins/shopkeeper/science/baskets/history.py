"""Baskets over time: which customer had which products in which basket, and what was known before it.

Counts by customer and product; interpreting the counts belongs to `habits`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.science.baskets.incidence import Integers
from shopkeeper.science.inputs import encode, read_table, read_times

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_DAY = 86_400_000_000
_CHUNK_CELLS = 10_000_000


@dataclass(frozen=True)
class History:
    """Distinct products by basket, in the order of customer, time and transaction.

    `customer`, `basket`, `product` have one entry per product in a basket; `basket_customer` and `basket_day`
    (days since 1970, with fractions) one per basket. `until` is the moment of prediction, in such days.
    """

    customer: Integers
    basket: Integers
    product: Integers
    basket_customer: Integers
    basket_day: Floats
    customers: pa.Array
    products: pa.Array
    until: float

    @property
    def shape(self) -> tuple[int, int]:
        """Return how many customers and products there are."""
        return len(self.customers), len(self.products)

    def recency(self) -> Integers:
        """Return each basket's place from the customer's last one: 0 = the last, 1 = the last but one."""
        counts = self.basket_counts()
        ends = np.cumsum(counts)
        return ends[self.basket_customer] - 1 - np.arange(len(self.basket_customer))

    def basket_counts(self, known: Mask | None = None) -> Integers:
        """Return the number of each customer's (known) baskets."""
        weight = None if known is None else known.astype(np.float64)
        return np.bincount(self.basket_customer, weight, len(self.customers)).astype(np.int64)

    def of(self, baskets: Mask) -> sparse.csr_array:
        """Return customers × products: in how many of the chosen baskets of a customer a product is."""
        return self.weighted(baskets.astype(np.float64))

    def weighted(self, basket_weight: Floats) -> sparse.csr_array:
        """Return customers × products: the summed weight of the customer's baskets with the product."""
        weight = basket_weight[self.basket]
        kept = weight > 0
        cells = (weight[kept], (self.customer[kept], self.product[kept]))
        return sparse.coo_array(cells, shape=self.shape).tocsr()

    def shares(self, basket_weight: Floats) -> sparse.csr_array:
        """Return customers × products: the share of the customer's basket weight that has the product."""
        totals = np.bincount(self.basket_customer, basket_weight, len(self.customers)).astype(np.float64)
        return scaled(self.weighted(basket_weight), totals)

    def sampled(self, limit: int, seed: int) -> "History":
        """Return the history of at most `limit` customers, all of their baskets; products stay numbered."""
        count = len(self.customers)
        if count <= limit:
            return self
        chosen = np.zeros(count, dtype=np.bool_)
        chosen[np.random.default_rng(seed).permutation(count)[:limit]] = True
        number = np.cumsum(chosen) - 1
        lines, baskets = chosen[self.customer], chosen[self.basket_customer]
        return replace(
            self,
            customer=number[self.customer[lines]],
            basket=(np.cumsum(baskets) - 1)[self.basket[lines]],
            product=self.product[lines],
            basket_customer=number[self.basket_customer[baskets]],
            basket_day=self.basket_day[baskets],
            customers=self.customers.filter(pa.array(chosen)),
        )


def read_history(history: Any, as_of: date | datetime | None = None) -> History:
    """Read the columns that `next_basket` documents; a basket's time is that of its last line.

    Rows after `as_of` are left out; None = the last moment of all.
    """
    read = read_table(history, "customer_id", "transaction_id", "transacted_at", "product_id")
    times = read_times(read, "transacted_at").cast(pa.timestamp("us"), safe=False)
    until = (
        np.datetime64(_naive(as_of), "us").astype(np.int64)
        if as_of
        else pc.max(times.cast(pa.int64())).as_py()
    )
    if as_of is not None:
        is_past = pc.less_equal(times.cast(pa.int64()), until)
        read, times = read.filter(is_past), times.filter(is_past)
    customers, customer = encode(read["customer_id"])
    transactions, transaction = encode(read["transaction_id"])
    products, product = encode(read["product_id"])
    day = times.cast(pa.int64()).to_numpy() / _DAY
    keys, basket = np.unique(customer * len(transactions) + transaction, return_inverse=True)
    basket_day = np.full(len(keys), -np.inf)
    np.maximum.at(basket_day, basket, day)
    basket_customer = keys // max(len(transactions), 1)
    order = np.lexsort((keys, basket_day, basket_customer))
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys))
    cells = distinct(place[basket] * len(products) + product)
    basket, product = np.divmod(cells, max(len(products), 1))
    basket_customer, basket_day = basket_customer[order], basket_day[order]
    return History(
        basket_customer[basket],
        basket,
        product,
        basket_customer,
        basket_day,
        customers,
        products,
        (until or 0) / _DAY,
    )


def _naive(moment: date | datetime) -> date | datetime:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment


def chunks(customers: Integers, width: int) -> Iterator[Integers]:
    """Cut `customers` so that a dense table of them by `width` stays small."""
    rows = max(1, _CHUNK_CELLS // max(width, 1))
    yield from (customers[start : start + rows] for start in range(0, len(customers), rows))


def distinct(values: Integers) -> Integers:
    """Return the distinct values, sorted; of millions np.unique, which hashes them first, takes longer."""
    ordered = np.sort(values)
    return ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0]


def scaled(matrix: sparse.csr_array, totals: Floats) -> sparse.csr_array:
    """Return the matrix with each row divided by its total; rows without a total become 0."""
    factors = np.divide(1.0, totals, out=np.zeros(len(totals)), where=totals > 0)
    return sparse.csr_array(sparse.diags_array(factors) @ matrix)
