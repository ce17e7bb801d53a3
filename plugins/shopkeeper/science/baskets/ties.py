"""Complements and substitutes: products bought together more, or less, often than habits alone predict.

Rules between products of one basket belong to `pairs`; here each customer's own frequencies are the measure.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.special import log_ndtr

from shopkeeper.science.baskets.history import Floats
from shopkeeper.science.baskets.incidence import Integers, least, share
from shopkeeper.science.baskets.measures import adjusted
from shopkeeper.science.inputs import encode, read_table

_BLOCK_CELLS, _BLOCKS = 4_000_000, 8
_DENSE_SHARE, _BOTH_DENSE_SHARE = 0.05, 0.1


def pair_ties(history: Any, *, min_support: float, min_expected: float = 5.0) -> pa.Table:
    """Compare the joint baskets of two products with what each customer's own frequencies predict.

    `history`: one row per product in a transaction: `customer_id`, `transaction_id`, `product_id`; a
    transaction belongs to one customer. Only products in at least `min_support` of all transactions are
    paired, and only pairs of which `min_expected` joint baskets or more are expected or seen.

    Columns: `product`, `other_product` (the first before the second in their own order);
    `transaction_count` int64 (with both); `expected_count` (if every customer spread their own purchases of
    the two over their own baskets at random); `ratio` of the two; `z_score`; `p_value` (two-sided, normal);
    `adjusted_p_value` (Benjamini-Yekutieli over all pairs tested); `tie` text: complements above what is
    expected, substitutes below. Sorted by `z_score`, complements first.

    A taste that two products share makes both frequent for the same customers, which lift takes for a tie and
    this measure does not. Raises `ValueError` on a missing column, a null, or an invalid share. Source:
    Mantel, Haenszel 1959, with customers as strata.
    """
    support = share("min_support", min_support)
    if support == 0:
        raise ValueError("min_support is 0; give a share of transactions above 0")
    read = read_table(history, "customer_id", "transaction_id", "product_id")
    customers, customer = encode(read["customer_id"])
    transactions, transaction = encode(read["transaction_id"])
    products, product = encode(read["product_id"])
    owner = np.zeros(len(transactions), dtype=np.int64)
    owner[transaction] = customer
    cells = (np.ones(len(product), dtype=np.float32), (transaction, product))
    contains = sparse.coo_array(cells, shape=(len(transactions), len(products))).tocsr()
    contains.data[:] = 1
    sales = np.bincount(contains.indices, minlength=len(products))
    kept = sales >= max(1, least(support, len(transactions)))
    contains = contains[:, np.flatnonzero(kept)]
    baskets = np.bincount(owner, minlength=len(customers)).astype(np.float64)
    ones = np.ones(len(owner), dtype=np.float32)
    owned = sparse.csr_array((ones, (owner, np.arange(len(owner)))), shape=(len(customers), len(owner)))
    counts = sparse.csr_array(owned @ contains)
    first, second, both, expected, variance = _joined(contains, counts, baskets, min_expected)
    return _table(products.filter(pa.array(kept)), first, second, both, expected, variance)


def _joined(
    contains: sparse.csr_array, counts: sparse.csr_array, baskets: Floats, min_expected: float
) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    """Return pairs first < second with their joint baskets, the expected ones and their variance."""
    owner = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    size = baskets[owner]
    held = counts.data.astype(np.float64)
    hit = counts.copy()
    hit.data = (held / np.sqrt(size)).astype(np.float32)
    spread = counts.copy()
    spread.data = (held * (size - held) / (size * np.sqrt(np.maximum(size - 1, 1)))).astype(np.float32)
    is_dense = hit.nnz > _DENSE_SHARE * hit.shape[0] * hit.shape[1]
    left, turned = contains.T.tocsr(), (hit.T.tocsr(), spread.T.tocsr())
    right = (hit.toarray(), spread.toarray()) if is_dense else (hit, spread)
    width = contains.shape[1]
    block = max(1, min(_BLOCK_CELLS // max(width, 1), -(-width // _BLOCKS)))
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), *[np.empty(0)] * 3)]
    # A pair is counted once: each block of products meets only itself and those after it.
    for start in range(0, width, block):
        rows, rest = slice(start, start + block), slice(start, None)
        joint = (left[rows] @ contains[:, rest]).toarray()
        expected, variance = (_product(t[rows], r[:, rest]) for t, r in zip(turned, right, strict=True))
        is_tested = (np.maximum(expected, joint) >= min_expected) & (variance > 0)
        row, column = np.nonzero(np.triu(is_tested, 1))
        pairs = joint[row, column], expected[row, column], variance[row, column]
        found.append((row + start, column + start, *pairs))
    first, second, both, mean, error = (np.concatenate(each) for each in zip(*found, strict=True))
    return first, second, both.astype(np.float64), mean.astype(np.float64), error.astype(np.float64)


def _product(turned: sparse.csr_array, right: Any) -> np.ndarray:
    if not isinstance(right, np.ndarray):
        return np.asarray((turned @ right).toarray())
    is_dense = turned.nnz > _BOTH_DENSE_SHARE * turned.shape[0] * turned.shape[1]
    return np.asarray((turned.toarray() if is_dense else turned) @ right)


def _table(
    products: pa.Array, first: Integers, second: Integers, both: Floats, expected: Floats, variance: Floats
) -> pa.Table:
    z_score = (both - expected) / np.sqrt(variance)
    p_value = np.minimum(2 * np.exp(log_ndtr(-np.abs(z_score))), 1)
    # The pairs come in the order of their products, and the sort is stable.
    order = np.argsort(-z_score, kind="stable")
    first, second = first[order], second[order]
    both, expected, z_score = both[order], expected[order], z_score[order]
    return pa.table(
        {
            "product": products.take(pa.array(first)),
            "other_product": products.take(pa.array(second)),
            "transaction_count": pa.array(np.rint(both).astype(np.int64)),
            "expected_count": pa.array(expected),
            "ratio": pa.array(both / expected),
            "z_score": pa.array(z_score),
            "p_value": pa.array(p_value[order]),
            "adjusted_p_value": pa.array(adjusted(p_value, len(p_value))[order]),
            "tie": pa.array(np.where(z_score > 0, "complements", "substitutes"), pa.string()),
        }
    )
