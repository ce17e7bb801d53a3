"""How often a customer will buy, and whether they still do: BG/NBD and MBG/NBD.

Sources: Fader, Hardie, Lee (2005), "Counting your customers the easy way"; Batislam, Denizel, Filiztekin
(2007), "Empirical validation and comparison of models for customer base analysis". Money belongs to
`spending`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from scipy.special import expit, gammaln, hyp2f1, polygamma, psi

from shopkeeper.science.value.fitting import Floats, Likelihood, Terms, maximize
from shopkeeper.science.value.forecasts import Forecast
from shopkeeper.science.value.histories import Histories, read_histories

_NEAR = 1e-6


@dataclass(frozen=True)
class BgNbd(Forecast):
    """A fitted BG/NBD: customers buy at rates from Gamma(r, alpha) and may leave after each repeat purchase,
    with a chance from Beta(a, b).
    """

    chances_after_first: ClassVar[int] = 0
    """Chances to leave that a customer without repeat purchases has had."""

    def probability_alive(self, customers: pa.Table) -> Floats:
        """Return the probability that each customer has not left for good."""
        return _alive(self.parameters, read_histories(customers), self.chances_after_first)

    def weighted_transactions(self, customers: pa.Table, times: Floats, weights: Floats) -> Floats:
        """Return the sum over `times` of each customer's expected purchases by then × its weight."""
        histories = read_histories(customers)
        # What a customer who is still there will buy depends on frequency and age alone, and these repeat
        # themselves.
        pairs, pair = np.unique(histories.age + 1j * histories.frequency, return_inverse=True)
        bought = np.zeros(len(pairs))
        for time, weight in zip(times, weights, strict=True):
            bought += weight * _bought_if_alive(
                self.parameters, pairs.imag, pairs.real, time, self.chances_after_first
            )
        return bought[pair] * _alive(self.parameters, histories, self.chances_after_first)


@dataclass(frozen=True)
class MbgNbd(BgNbd):
    """A fitted MBG/NBD: as BG/NBD, but customers may also leave right after their first purchase."""

    chances_after_first: ClassVar[int] = 1


def fit_bg_nbd(customers: pa.Table) -> BgNbd:
    """Fit BG/NBD to histories (table of `summarize`) by maximum likelihood.

    Raises `ValueError` on a missing column, broken histories, fewer than two customers with repeat purchases,
    or where the fit does not converge.
    """
    return BgNbd(*_fit(read_histories(customers), BgNbd.chances_after_first))


def fit_mbg_nbd(customers: pa.Table) -> MbgNbd:
    """Fit MBG/NBD to histories (table of `summarize`) by maximum likelihood; errors as in `fit_bg_nbd`."""
    return MbgNbd(*_fit(read_histories(customers), MbgNbd.chances_after_first))


def _fit(histories: Histories, chances_after_first: int) -> tuple[dict[str, float], dict[str, float], float]:
    repeats = int(np.count_nonzero(histories.frequency))
    if repeats < 2:
        raise ValueError(f"{repeats} customers have repeat purchases; the fit needs 2 or more")
    start = {"r": 1.0, "alpha": float(histories.age.mean()), "a": 1.0, "b": 3.0}
    best = maximize(_likelihood(histories, chances_after_first), start, len(histories.frequency))
    return best.parameters, best.standard_errors, best.log_likelihood


def _likelihood(histories: Histories, chances_after_first: int) -> Likelihood:
    """Return the log-likelihood over (r, alpha, a, b), on histories that are grouped where they are equal."""
    order = np.lexsort((histories.recency, histories.age, histories.frequency))
    x, t, age = histories.frequency[order], histories.recency[order], histories.age[order]
    is_new = (np.diff(x, prepend=-1) != 0) | (np.diff(age, prepend=-1) != 0) | (np.diff(t, prepend=-1) != 0)
    begins = np.flatnonzero(is_new)
    x, t, age = x[begins], t[begins], age[begins]
    count = np.diff(begins, append=len(order)).astype(np.float64)
    times, first = np.unique(x, return_index=True)
    times_count = np.add.reduceat(count, first)
    # Sorted by frequency, so those who have had no chance to leave come first.
    had = slice(0 if chances_after_first else int(np.searchsorted(x, 1)), None)

    def likelihood(parameters: Floats) -> Terms:
        counting, waiting, leaving = (
            _counting(parameters, times, times + chances_after_first, times_count),
            _waiting(parameters, x, age, count),
            _leaving(parameters, x[had], t[had], age[had], x[had] + chances_after_first, count[had]),
        )
        return (
            counting[0] + waiting[0] + leaving[0],
            counting[1] + waiting[1] + leaving[1],
            counting[2] + waiting[2] + leaving[2],
        )

    return likelihood


def _counting(parameters: Floats, times: Floats, chances: Floats, count: Floats) -> Terms:
    """Γ(r + x) / Γ(r) × B(a, b + chances) / B(a, b), which depend on frequency alone."""
    r, _, a, b = parameters
    ended = a + b + chances
    value = (
        gammaln(r + times) - gammaln(r) + gammaln(b + chances) - gammaln(b) + gammaln(a + b) - gammaln(ended)
    )
    by_a = psi(a + b) - psi(ended)
    gradient = np.array(
        [
            count @ (psi(r + times) - psi(r)),
            0.0,
            count @ by_a,
            count @ (by_a + psi(b + chances) - psi(b)),
        ]
    )
    both = count @ (polygamma(1, a + b) - polygamma(1, ended))
    hessian = np.zeros((4, 4))
    hessian[0, 0] = count @ (polygamma(1, r + times) - polygamma(1, r))
    hessian[2:, 2:] = both
    hessian[3, 3] += count @ (polygamma(1, b + chances) - polygamma(1, b))
    return float(count @ value), gradient, hessian


def _waiting(parameters: Floats, x: Floats, age: Floats, count: Floats) -> Terms:
    """alpha^r / (alpha + age)^(r + x): the waiting times of a customer who is still there."""
    r, alpha = parameters[:2]
    inverse = 1.0 / (alpha + age)
    log_sum, inverse_sum = count @ np.log(alpha + age), count @ inverse
    shape = r + x
    customers = count.sum()
    value = customers * r * np.log(alpha) - (count * shape) @ np.log(alpha + age)
    gradient = np.array(
        [customers * np.log(alpha) - log_sum, customers * r / alpha - (count * shape) @ inverse, 0.0, 0.0]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 1] = hessian[1, 0] = customers / alpha - inverse_sum
    hessian[1, 1] = -customers * r / alpha**2 + (count * shape) @ inverse**2
    return float(value), gradient, hessian


def _leaving(parameters: Floats, x: Floats, t: Floats, age: Floats, chances: Floats, count: Floats) -> Terms:
    """1 + the odds of having left, a / (b + chances - 1) × ((alpha + age) / (alpha + t))^(r + x)."""
    r, alpha, a, b = parameters
    at_age, at_last, stayed = 1.0 / (alpha + age), 1.0 / (alpha + t), 1.0 / (b + chances - 1.0)
    apart, longer = at_age - at_last, np.log((alpha + age) * at_last)
    log_odds = np.log(a * stayed) + (r + x) * longer
    left = count * expit(log_odds)
    torn = left * expit(-log_odds)
    slopes = np.stack([longer, (r + x) * apart, np.full_like(x, 1.0 / a), -stayed])
    hessian = (slopes * torn) @ slopes.T
    hessian[0, 1] += left @ apart
    hessian[1, 0] = hessian[0, 1]
    hessian[1, 1] += (left * (r + x)) @ (at_last**2 - at_age**2)
    hessian[2, 2] -= left.sum() / a**2
    hessian[3, 3] += left @ stayed**2
    return float(count @ np.logaddexp(0.0, log_odds)), slopes @ left, hessian


def _alive(parameters: dict[str, float], histories: Histories, chances_after_first: int) -> Floats:
    r, alpha, a, b = parameters.values()
    x = histories.frequency
    chances = x + chances_after_first
    odds = np.log(a / np.maximum(b + chances - 1.0, _NEAR)) + (r + x) * np.log(
        (alpha + histories.age) / (alpha + histories.recency)
    )
    return np.where(chances > 0, expit(-odds), 1.0)


def _bought_if_alive(
    parameters: dict[str, float], x: Floats, age: Floats, time: float, chances_after_first: int
) -> Floats:
    """Return the expected purchases within `time` of customers who have not left.

    Fader and Hardie's 2F1(r + x, b + x; a + b + x - 1; z) overflows for frequent customers; Euler's
    transformation leaves a function in which only the last parameter grows with x.
    """
    r, alpha, a, b = parameters.values()
    ended = a + b + x + chances_after_first - 1.0
    # The limits at a = 1 and ended = 0 are approached, not met.
    less = np.where(abs(a - 1.0) < _NEAR, _NEAR, a - 1.0)
    ended = np.where(abs(ended) < _NEAR, _NEAR, ended)
    z = time / (alpha + age + time)
    still = np.exp(less * np.log1p(-z)) * hyp2f1(less, a + b + chances_after_first - 1.0 - r, ended, z)
    return ended / less * (1.0 - still)
