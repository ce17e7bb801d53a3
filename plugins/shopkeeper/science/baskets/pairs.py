"""Rules between two products: buyers of one also buy the other.

Larger sets of products belong to `sets`; there a pair costs more.
"""

from math import comb
from typing import Any

import numpy as np
import pyarrow as pa

from shopkeeper.science.baskets.incidence import Incidence, Integers, incidence, meets, share
from shopkeeper.science.baskets.measures import adjusted, chance, measures

_BLOCK_CELLS = 20_000_000


def pair_rules(lines: Any, *, min_support: float, min_confidence: float) -> pa.Table:
    """Return every rule "antecedent → consequent" of two products that is frequent and confident enough.

    `lines`: one row per product in a transaction: `transaction_id`, `product_id` (any type that sorts).
    `min_support` (above 0) and `min_confidence` are shares; a rule exactly on them counts, compared in whole
    numbers.

    Columns: `antecedent`, `consequent` (as `product_id`); `transaction_count` (with both),
    `antecedent_count`, `consequent_count` int64; `support` = both / all transactions; `confidence` = both /
    antecedent; `lift` = confidence / share of the consequent (1 = no tie); `leverage` = support less what
    chance would give; `conviction` (infinite at confidence 1); `p_value` (Fisher's exact test, one-sided);
    `adjusted_p_value` (Benjamini-Yekutieli over all rules between two frequent products, also those not
    returned). Sorted by lift, strongest first, then by products.

    An empty table, or one without a rule, gives an empty table. Raises `ValueError` on a missing column, a
    null, or an invalid share. Sources: see `measures`.
    """
    confidence = share("min_confidence", min_confidence)
    baskets = incidence(lines, min_support)
    first, second, both = frequent_pairs(baskets)
    p_values = chance(both, baskets.counts[first], baskets.counts[second], baskets.transaction_count)
    antecedent, consequent = np.concatenate([first, second]), np.concatenate([second, first])
    both, p_values = np.concatenate([both, both]), np.concatenate([p_values, p_values])
    corrected = adjusted(p_values, 2 * comb(len(baskets.products), 2))
    kept = meets(confidence, both, baskets.counts[antecedent])
    antecedent, consequent, both = antecedent[kept], consequent[kept], both[kept]
    counts = baskets.counts[antecedent], baskets.counts[consequent]
    columns = {
        "antecedent": baskets.products.take(pa.array(antecedent)),
        "consequent": baskets.products.take(pa.array(consequent)),
        **measures(both, *counts, baskets.transaction_count),
        "p_value": pa.array(p_values[kept]),
        "adjusted_p_value": pa.array(corrected[kept]),
    }
    order = np.lexsort((consequent, antecedent, -columns["lift"].to_numpy()))
    return pa.table(columns).take(pa.array(order))


def frequent_pairs(baskets: Incidence) -> tuple[Integers, Integers, Integers]:
    """Return the numbers (first < second) of every frequent pair and the transactions with both."""
    products = len(baskets.products)
    rows = baskets.contains.T.tocsr()
    block = max(1, _BLOCK_CELLS // max(products, 1))
    found = [np.empty((3, 0), dtype=np.int64)]
    # In blocks of products, so that memory does not grow with the square of the assortment.
    for start in range(0, products, block):
        together = (rows[start : start + block] @ baskets.contains).tocoo()
        is_frequent = (together.data >= baskets.least_count) & (together.row + start < together.col)
        kept = (together.row[is_frequent] + start, together.col[is_frequent], together.data[is_frequent])
        found.append(np.array(kept, dtype=np.int64))
    first, second, both = np.concatenate(found, axis=1)
    order = np.lexsort((second, first))
    return first[order], second[order], both[order]
