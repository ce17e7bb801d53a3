"""Strength and significance of a rule, from four whole numbers.

Sources: Agrawal, Imieliński, Swami 1993 (support, confidence); Brin et al. 1997 (lift, conviction);
Piatetsky-Shapiro 1991 (leverage); Fisher's exact test; Benjamini and Yekutieli 2001; Webb 2007 (correcting
for all rules looked at).
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from shopkeeper.science.baskets.incidence import Integers

_NEGLIGIBLE = 1e-17


def measures(
    both: Integers, antecedent: Integers, consequent: Integers, transaction_count: int
) -> dict[str, pa.Array]:
    """Return the columns that follow from the counts, in the order that `pair_rules` documents."""
    total = float(transaction_count)
    is_certain = both == antecedent
    exceptions = np.where(is_certain, 1, antecedent - both)
    conviction = np.where(is_certain, np.inf, (total - consequent) * antecedent / (total * exceptions))
    return {
        "transaction_count": pa.array(both),
        "antecedent_count": pa.array(antecedent),
        "consequent_count": pa.array(consequent),
        "support": pa.array(both / total),
        "confidence": pa.array(both / antecedent),
        "lift": pa.array(both * total / (antecedent * consequent)),
        "leverage": pa.array(both / total - antecedent / total * (consequent / total)),
        "conviction": pa.array(conviction),
    }


def chance(
    both: Integers, antecedent: Integers, consequent: Integers, transaction_count: int
) -> NDArray[np.float64]:
    """Return Fisher's one-sided p-value: the chance of at least so many common transactions without any tie.

    The exact tail of the hypergeometric distribution, summed on its shorter side: if both is above
    what chance would give, upwards from it; else 1 less the sum downwards. Relative error below 1e-9.
    """
    # The test is symmetric; in one order its rounding is too.
    antecedent, consequent = np.minimum(antecedent, consequent), np.maximum(antecedent, consequent)
    rest = transaction_count - antecedent - consequent
    is_upper = both * float(transaction_count) > antecedent * consequent
    start = np.where(is_upper, both, both - 1)
    step = np.where(is_upper, 1, -1)
    is_possible = (start >= np.maximum(0, -rest)) & (start <= np.minimum(antecedent, consequent))
    at_start = np.zeros(len(both))
    at_start[is_possible] = np.exp(_log_chance(start, antecedent, consequent, transaction_count)[is_possible])
    tail = at_start * _geometric_sum(start, antecedent, consequent, rest, step)
    return np.clip(np.where(is_upper, tail, 1 - tail), 0, 1)


def _log_chance(
    both: Integers, antecedent: Integers, consequent: Integers, total: int
) -> NDArray[np.float64]:
    """Return the logarithm of the chance of exactly `both` common transactions."""
    cells = (both, antecedent - both, consequent - both, total - antecedent - consequent + both)
    margins = (antecedent, total - antecedent, consequent, total - consequent)
    known = sum(gammaln(each + 1.0) for each in margins) - gammaln(total + 1.0)
    return known - sum(gammaln(np.maximum(each, 0) + 1.0) for each in cells)


def _geometric_sum(
    start: Integers, antecedent: Integers, consequent: Integers, rest: Integers, step: Integers
) -> NDArray[np.float64]:
    """Return the sum of a tail in units of its first term, each next term following from the one before."""
    sums = np.ones(len(start))
    open_ = np.arange(len(start))
    term = np.ones(len(start))
    at = start.astype(np.float64)
    a, b, c, way = (each.astype(np.float64) for each in (antecedent, consequent, rest, step))
    while len(open_):
        upwards = (a - at) * (b - at) / np.maximum((at + 1) * (c + at + 1), 1)
        downwards = at * (c + at) / ((a - at + 1) * (b - at + 1))
        term = term * np.maximum(np.where(way > 0, upwards, downwards), 0)
        sums[open_] += term
        going = term > _NEGLIGIBLE * sums[open_]
        open_, term, at = open_[going], term[going], (at + way)[going]
        a, b, c, way = a[going], b[going], c[going], way[going]
    return sums


def adjusted(p_values: NDArray[np.float64], tests: int) -> NDArray[np.float64]:
    """Return Benjamini-Yekutieli p-values among `tests` rules, of which those not given count as p = 1.

    Accepting all rules below q keeps the expected share of false ones below q, however the rules depend on
    each other.
    """
    order = np.argsort(p_values, kind="stable")
    harmonic = digamma(tests + 1.0) + np.euler_gamma
    scaled = p_values[order] * (float(tests) * harmonic) / np.arange(1, len(order) + 1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return corrected
