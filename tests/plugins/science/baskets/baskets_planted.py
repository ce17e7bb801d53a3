"""Baskets with planted ties: the truth that complements and substitutes are measured against.

How they are made (everything follows from the seed): customers differ in how often they take each product. Of a pair of
complements, the second is added to a third of the baskets with the first. Substitutes share their buyers, and where both
would go into one basket, seven times in ten one of them stays out.
"""

import numpy as np
import pyarrow as pa

PRODUCTS, PAIRS = 60, 12
Pairs = set[tuple[int, int]]


def planted_ties(*, seed: int, customers: int = 1_500) -> tuple[pa.Table, Pairs, Pairs]:
    """Return a history, the pairs of complements and those of substitutes."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(PRODUCTS)
    complements, substitutes = order[: 2 * PAIRS].reshape(-1, 2), order[2 * PAIRS : 4 * PAIRS].reshape(-1, 2)
    taste = rng.beta(0.4, 2.5, size=(customers, PRODUCTS))
    for one, other in substitutes:
        taste[:, other] = np.clip(taste[:, one] * rng.uniform(0.7, 1.3, customers), 0, 0.9)
    owner = np.repeat(np.arange(customers), rng.poisson(25, customers) + 3)
    size = rng.uniform(0.5, 1.5, len(owner))
    taken = rng.random((len(owner), PRODUCTS)) < taste[owner] * size[:, None]
    for one, other in complements:
        taken[:, other] |= taken[:, one] & (rng.random(len(owner)) < 0.35)
    for one, other in substitutes:
        clash = taken[:, one] & taken[:, other] & (rng.random(len(owner)) < 0.7)
        is_first = rng.random(len(owner)) < 0.5
        taken[clash & is_first, other] = False
        taken[clash & ~is_first, one] = False
    transaction, product = np.nonzero(taken)
    history = pa.table(
        {"customer_id": owner[transaction], "transaction_id": transaction, "product_id": product}
    )
    pairs = [{(min(pair), max(pair)) for pair in each.tolist()} for each in (complements, substitutes)]
    return history, pairs[0], pairs[1]
