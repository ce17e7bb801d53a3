"""BG/NBD and MBG/NBD: how often a customer will buy, and whether they are still active.

Sources: Fader, Hardie, Lee, "Counting your customers the easy way" (2005); Batislam, Denizel, Filiztekin,
"Empirical validation and comparison of models for customer base analysis" (2007). Money: `spending`.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

import numpy as np
from scipy.special import expit, gammaln, polygamma, psi

from shopkeeper.science.value.counts import CountForecast, negative_binomial
from shopkeeper.science.value.fitting import Floats, Likelihood, Maximum, NoMaximum, Terms, maximize
from shopkeeper.science.value.histories import Histories, read_histories
from shopkeeper.science.value.leaving import Equal, Leaving, Never, Varied

Law = Literal["varied", "equal", "never"]
Groups = tuple[Floats, Floats, Floats, Floats]

_LAWS: dict[Law, Leaving] = {"varied": Varied(), "equal": Equal(), "never": Never()}


@dataclass(frozen=True)
class BgNbd(Maximum, CountForecast):
    """A fitted BG/NBD: purchase rates from Gamma(r, alpha), dropout after a repeat purchase from Beta(a, b).

    If the histories show no difference in dropout between customers, the likelihood has no maximum: it rises
    towards one dropout probability for all (parameters r, alpha, odds) or towards no dropout (r, alpha: the
    NBD). In this case the limiting model is fitted, and `leaving` says which.
    """

    leaving: Law = "varied"

    chances_after_first: ClassVar[int] = 0
    """Opportunities to drop out that a customer without repeat purchases has had."""

    def _read(self, customers: Any) -> tuple[Floats, Floats]:
        histories = read_histories(customers)
        r, alpha, *law = self._values()
        chances = histories.frequency + self.chances_after_first
        log_odds, _, _ = _LAWS[self.leaving].odds(np.array(law), chances)
        silence = np.log((alpha + histories.age) / (alpha + histories.recency))
        alive = np.where(chances > 0, expit(-log_odds - (r + histories.frequency) * silence), 1.0)
        return np.stack([histories.frequency, histories.age]), alive

    def _bought(self, states: Floats, t: Floats | float) -> Floats:
        (x, age), (r, alpha, *law) = states, self._values()
        return _LAWS[self.leaving].bought(
            np.array(law), x + self.chances_after_first, r + x, t / (alpha + age)
        )

    def _counts(self, states: Floats, t: Floats | float, most: int) -> Floats:
        (x, age), (r, alpha, *law) = states, self._values()
        took, left = _LAWS[self.leaving].chances_taken(np.array(law), x + self.chances_after_first, most)
        counts = negative_binomial(r + x, t / (alpha + age), most)
        # A customer who drops out after the n-th purchase has bought n times if there is time for n or more.
        fewer = np.cumsum(counts, axis=1)
        counts *= took
        counts[:, 1:] += left[:, 1:] * np.maximum(1.0 - fewer[:, :-1], 0.0)
        return counts

    def _values(self) -> list[float]:
        return [self.parameters[name] for name in ("r", "alpha", *_LAWS[self.leaving].names)]


@dataclass(frozen=True)
class MbgNbd(BgNbd):
    """A fitted MBG/NBD: like BG/NBD, but customers may also drop out right after their first purchase."""

    chances_after_first: ClassVar[int] = 1


def fit_bg_nbd(customers: Any) -> BgNbd:
    """Fit BG/NBD to histories (table of `summarize`) by maximum likelihood.

    Raises `ValueError` on a missing column, invalid histories, fewer than two customers with repeat
    purchases, or if the fit does not converge.
    """
    best, law = _fit(read_histories(customers), BgNbd.chances_after_first)
    return BgNbd(best.parameters, best.standard_errors, best.log_likelihood, law)


def fit_mbg_nbd(customers: Any) -> MbgNbd:
    """Fit MBG/NBD to histories (table of `summarize`) by maximum likelihood; errors as in `fit_bg_nbd`."""
    best, law = _fit(read_histories(customers), MbgNbd.chances_after_first)
    return MbgNbd(best.parameters, best.standard_errors, best.log_likelihood, law)


def _fit(histories: Histories, chances_after_first: int) -> tuple[Maximum, Law]:
    repeats = int(np.count_nonzero(histories.frequency))
    if repeats < 2:
        raise ValueError(f"{repeats} customers have repeat purchases; the fit needs 2 or more")
    customers = len(histories.frequency)
    grouped = _group(histories)

    def climb(law: Law, start: dict[str, float]) -> Maximum:
        return maximize(_likelihood(grouped, chances_after_first, _LAWS[law]), start, customers)

    rates = {"r": 1.0, "alpha": float(histories.age.mean())}
    with suppress(NoMaximum):
        return climb("varied", rates | {"a": 1.0, "b": 3.0}), "varied"
    limit, law = climb("never", rates), cast(Law, "never")
    with suppress(NoMaximum):
        limit, law = climb("equal", limit.parameters | {"odds": 0.01}), "equal"
    rates = {name: limit.parameters[name] for name in rates}
    with suppress(NoMaximum):
        return climb("varied", rates | {"a": 10.0 * limit.parameters.get("odds", 0.01), "b": 10.0}), "varied"
    return limit, law


def _group(histories: Histories) -> Groups:
    """Return frequency, recency, age and customer count of each distinct history, sorted by frequency."""
    order = np.lexsort((histories.recency, histories.age, histories.frequency))
    x, t, age = histories.frequency[order], histories.recency[order], histories.age[order]
    is_new = (np.diff(x, prepend=-1) != 0) | (np.diff(age, prepend=-1) != 0) | (np.diff(t, prepend=-1) != 0)
    begins = np.flatnonzero(is_new)
    return x[begins], t[begins], age[begins], np.diff(begins, append=len(order)).astype(np.float64)


def _likelihood(groups: Groups, chances_after_first: int, law: Leaving) -> Likelihood:
    """Return the log-likelihood of grouped histories over (r, alpha, dropout parameters)."""
    x, t, age, count = groups
    times, first = np.unique(x, return_index=True)
    times_count = np.add.reduceat(count, first)
    customers = count.sum()
    # Sorted by frequency, so customers without an opportunity to drop out come first.
    had = slice(0 if chances_after_first else int(np.searchsorted(x, 1)), None)
    chances = np.unique(x[had]) + chances_after_first
    starts = first[len(times) - len(chances) :] - had.start
    sizes = np.diff(starts, append=len(x) - had.start)

    def likelihood(parameters: Floats) -> Terms:
        r, alpha = parameters[:2]
        gradient, hessian = np.zeros(len(parameters)), np.zeros((len(parameters), len(parameters)))

        # Γ(r + x) / Γ(r) × alpha^r / (alpha + age)^(r + x): the purchases of an active customer.
        at_age, log_age, shape = 1.0 / (alpha + age), np.log(alpha + age), r + x
        value = times_count @ (gammaln(r + times) - gammaln(r)) + customers * r * np.log(alpha)
        value -= (count * shape) @ log_age
        gradient[0] = times_count @ (psi(r + times) - psi(r)) + customers * np.log(alpha) - count @ log_age
        gradient[1] = customers * r / alpha - (count * shape) @ at_age
        hessian[0, 0] = times_count @ (polygamma(1, r + times) - polygamma(1, r))
        hessian[0, 1] = customers / alpha - count @ at_age
        hessian[1, 1] = (count * shape) @ at_age**2 - customers * r / alpha**2

        stayed, slope, bend = law.stayed(parameters[2:], times + chances_after_first, times_count)
        value += stayed
        gradient[2:] += slope
        hessian[2:, 2:] += bend

        # 1 + (dropped out last / not at all) × ((alpha + age) / (alpha + t))^(r + x): or dropped out at t.
        odds, slopes, bends = law.odds(parameters[2:], chances)
        at_last = 1.0 / (alpha + t[had])
        longer, apart = log_age[had] + np.log(at_last), at_age[had] - at_last
        pull = shape[had] * apart
        log_odds = np.repeat(odds, sizes) + shape[had] * longer
        left = count[had] * expit(log_odds)
        torn = left * expit(-log_odds)
        value += count[had] @ np.logaddexp(0.0, log_odds)
        left_by_chances, torn_by_chances, torn_longer, torn_pull = (
            np.add.reduceat(rows, starts) for rows in (left, torn, torn * longer, torn * pull)
        )
        gradient += np.concatenate([[left @ longer, left @ pull], slopes @ left_by_chances])
        hessian[0, 0] += (torn * longer) @ longer
        hessian[0, 1] += (torn * longer) @ pull + left @ apart
        hessian[1, 1] += (torn * pull) @ pull - (left * pull) @ (at_last + at_age[had])
        hessian[:2, 2:] = [slopes @ torn_longer, slopes @ torn_pull]
        hessian[2:, 2:] += (slopes * torn_by_chances) @ slopes.T + np.diag(bends @ left_by_chances)
        return float(value), gradient, np.triu(hessian) + np.triu(hessian, 1).T

    return likelihood
