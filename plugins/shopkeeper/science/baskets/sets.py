"""Rules from larger sets of products: buyers of a set also buy another product.

Rules between two products are cheaper in `pairs`; the order of purchases belongs to `ordered`.
"""

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.arguments import read_whole
from shopkeeper.science.baskets.incidence import Incidence, Integers, incidence, meets, share
from shopkeeper.science.baskets.measures import adjusted, chance, measures
from shopkeeper.science.baskets.pairs import frequent_pairs

_CHUNK_WORDS = 4_000_000


@dataclass(frozen=True)
class _Level:
    """Frequent sets of one size in order; `keys` finds one from the place of its head and its last."""

    sets: Integers
    counts: Integers
    keys: Integers


def rules(lines: Any, *, min_support: float, min_confidence: float, max_length: int) -> pa.Table:
    """Return every rule "antecedents → consequent" of at most `max_length` products in all.

    `lines`, `min_support`, `min_confidence`, order, errors and columns are those of `pair_rules`, except that
    `antecedent` is a list of products and that `adjusted_p_value` allows for every rule of up to `max_length`
    frequent products that could have been looked at (Webb 2007), so that longer searches ask for stronger
    evidence.

    Memory and time follow the number of frequent sets, which explodes as `min_support` falls. Source: Agrawal
    and Srikant 1994 (level by level), Zaki 2000 (transactions of a product as one vector of bits).
    """
    max_length = read_whole("max_length", max_length, 2)
    confidence = share("min_confidence", min_confidence)
    baskets = incidence(lines, min_support)
    levels = _levels(baskets, max_length)
    found = [_rules_of(levels, size) for size in range(2, len(levels) + 1)]
    sizes = np.repeat([size for size, _ in enumerate(found, start=2)], [len(each[1]) for each in found])
    consequent, both, condition = (
        np.concatenate([each[part] for each in found]) if found else np.empty(0, dtype=np.int64)
        for part in (1, 2, 3)
    )
    p_values = chance(both, condition, baskets.counts[consequent], baskets.transaction_count)
    corrected = adjusted(p_values, _possible(baskets, max_length))
    kept = np.flatnonzero(meets(confidence, both, condition))
    columns = {
        "antecedent": _lists([each[0] for each in found], baskets.products).take(pa.array(kept)),
        "consequent": baskets.products.take(pa.array(consequent[kept])),
        **measures(both[kept], condition[kept], baskets.counts[consequent[kept]], baskets.transaction_count),
        "p_value": pa.array(p_values[kept]),
        "adjusted_p_value": pa.array(corrected[kept]),
    }
    # Within a size the sets come in the order of their products, and the sort is stable.
    order = np.lexsort((sizes[kept], -columns["lift"].to_numpy()))
    return pa.table(columns).take(pa.array(order))


def _levels(baskets: Incidence, max_length: int) -> list[_Level]:
    products = np.arange(len(baskets.products))
    first, second, both = frequent_pairs(baskets)
    levels = [
        _Level(products[:, None], baskets.counts, products),
        _Level(np.column_stack([first, second]), both, first * len(products) + second),
    ]
    bits = _bits(baskets) if max_length > 2 else np.empty((0, 0), dtype=np.uint64)
    while len(levels) < max_length and len(levels[-1].sets) > 1:
        heads, lasts = _joined(levels[-1])
        before_last = levels[-1].sets[heads, -1]
        is_possible = _contains(levels[1].keys, before_last * len(products) + lasts)
        heads, lasts = heads[is_possible], lasts[is_possible]
        sets = np.column_stack([levels[-1].sets[heads], lasts])
        counts = _count(bits, sets)
        kept = counts >= baskets.least_count
        levels.append(_Level(sets[kept], counts[kept], (heads * len(products) + lasts)[kept]))
    return [level for level in levels if len(level.sets)]


def _joined(level: _Level) -> tuple[Integers, Integers]:
    """Pair every set with those after it that differ in the last product only: (place, other's last)."""
    sets = level.sets
    is_new = np.concatenate([[True], (sets[1:, :-1] != sets[:-1, :-1]).any(axis=1)])
    starts = np.flatnonzero(is_new)
    ends = np.repeat(np.append(starts[1:], len(sets)), np.diff(np.append(starts, len(sets))))
    partners = ends - np.arange(len(sets)) - 1
    heads = np.repeat(np.arange(len(sets)), partners)
    offsets = np.arange(len(heads)) - np.repeat(np.cumsum(partners) - partners, partners)
    return heads, sets[heads + 1 + offsets, -1]


def _bits(baskets: Incidence) -> NDArray[np.uint64]:
    """Return one row of bits per product, one bit per transaction."""
    columns = baskets.contains.T.tocsr()
    words = -(-baskets.transaction_count // 64)
    bits = np.zeros((len(baskets.products), words), dtype=np.uint64)
    product = np.repeat(np.arange(len(baskets.products)), np.diff(columns.indptr))
    word, bit = np.divmod(columns.indices.astype(np.uint64), np.uint64(64))
    np.bitwise_or.at(bits, (product, word.astype(np.int64)), np.uint64(1) << bit)
    return bits


def _count(bits: NDArray[np.uint64], sets: Integers) -> Integers:
    chunk = max(1, _CHUNK_WORDS // max(bits.shape[1], 1))
    counts = [np.empty(0, dtype=np.int64)]
    for start in range(0, len(sets), chunk):
        part = sets[start : start + chunk]
        common = bits[part[:, 0]]
        for position in range(1, part.shape[1]):
            common &= bits[part[:, position]]
        counts.append(np.bitwise_count(common).sum(axis=1, dtype=np.int64))
    return np.concatenate(counts)


def _contains(keys: Integers, wanted: Integers) -> NDArray[np.bool_]:
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return keys[place] == wanted


def _rules_of(levels: list[_Level], size: int) -> tuple[Integers, Integers, Integers, Integers]:
    """Return antecedents, consequent, count of both and of the antecedents for all rules of one size."""
    level = levels[size - 1]
    antecedents, consequents, conditions = [], [], []
    for position in range(size):
        rest = np.delete(level.sets, position, axis=1)
        place = rest[:, 0]
        for depth in range(1, size - 1):
            place = np.searchsorted(levels[depth].keys, place * len(levels[0].sets) + rest[:, depth])
        antecedents.append(rest)
        consequents.append(level.sets[:, position])
        conditions.append(levels[size - 2].counts[place])
    antecedent = np.concatenate(antecedents)
    consequent = np.concatenate(consequents)
    order = np.lexsort((consequent, *antecedent.T[::-1]))
    both = np.tile(level.counts, size)
    return antecedent[order], consequent[order], both[order], np.concatenate(conditions)[order]


def _possible(baskets: Incidence, max_length: int) -> int:
    """Return how many rules there are to look at among the frequent products, found or not."""
    products = len(baskets.products)
    longest = int(np.diff(baskets.contains.indptr).max(initial=0))
    return sum(size * comb(products, size) for size in range(2, min(max_length, products, longest) + 1))


def _lists(antecedents: list[Integers], products: pa.Array) -> pa.ListArray:
    lengths = np.concatenate(
        [np.empty(0, dtype=np.int64), *(np.full(len(a), a.shape[1]) for a in antecedents)]
    )
    values = np.concatenate([np.empty(0, dtype=np.int64), *(each.ravel() for each in antecedents)])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), products.take(pa.array(values)))
