"""Baskets as a sparse matrix of transactions by products, and thresholds compared in whole numbers.

Only what rules share belongs here; time and customers belong to `ordered` and `prediction`.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.science.arguments import read_number
from shopkeeper.science.inputs import encode, read_table

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Incidence:
    """Which transaction holds which of the products that are frequent enough.

    `contains`: transactions × products, 1 where the product is in the basket. `products`: sorted values of
    `product_id`, one per column. `counts`: transactions with each product. `transaction_count`: all
    transactions, also those without any frequent product.
    """

    contains: sparse.csr_array
    products: pa.Array
    counts: Integers
    transaction_count: int
    least_count: int


def incidence(lines: Any, min_support: float) -> Incidence:
    """Read `transaction_id`, `product_id`; a product bought twice in a transaction counts once."""
    read = read_table(lines, "transaction_id", "product_id")
    support = share("min_support", min_support)
    if support == 0:
        raise ValueError("min_support is 0; give a share of transactions above 0")
    transactions, transaction = encode(read["transaction_id"])
    products, product = encode(read["product_id"])
    cells = (np.ones(len(product), dtype=np.int32), (transaction, product))
    contains = sparse.coo_array(cells, shape=(len(transactions), len(products))).tocsr()
    contains.data[:] = 1
    counts = np.bincount(contains.indices, minlength=len(products)).astype(np.int64)
    least_count = max(1, least(support, len(transactions)))
    kept = np.flatnonzero(counts >= least_count)
    return Incidence(
        contains[:, kept], products.take(pa.array(kept)), counts[kept], len(transactions), least_count
    )


def share(name: str, value: float) -> Fraction:
    """Return a share as the exact decimal that was written (.8 is 4/5); refuse it outside 0 … 1."""
    exact = Fraction(str(read_number(name, value)))
    if not 0 <= exact <= 1:
        raise ValueError(f"{name} is {value}; give a share from 0 to 1")
    return exact


def least(part: Fraction, count: int) -> int:
    """Return the smallest whole number that is at least `part` of `count`."""
    return -(-part.numerator * count // part.denominator)


def meets(part: Fraction, counts: Integers, totals: Integers) -> NDArray[np.bool_]:
    """Return where counts / totals >= part, in whole numbers: floats would lose rules on the border."""
    distinct, inverse = np.unique(totals, return_inverse=True)
    needed = np.array([least(part, total) for total in distinct.tolist()], dtype=np.int64)
    return counts >= needed[inverse]
