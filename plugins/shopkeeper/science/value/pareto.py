"""Pareto/NBD: how often a customer will buy, and whether they are still active.

Sources: Schmittlein, Morrison, Colombo, "Counting your customers" (1987); Fader, Hardie, "A note on deriving
the Pareto/NBD model" (2005) and "Incorporating time-invariant covariates" (2007). Dropout after a
purchase: `buying`.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from shopkeeper.science.inputs import read_table
from shopkeeper.science.value.counts import CountForecast, Integers, negative_binomial
from shopkeeper.science.value.fitting import Floats, Likelihood, Maximum, NoMaximum, Terms, climb
from shopkeeper.science.value.histories import read_histories, read_number_column
from shopkeeper.science.value.lifetimes import Equal, Lifetimes, Never, Varied
from shopkeeper.science.value.staying import scores

Law = Literal["varied", "equal", "never"]

_LAWS: dict[Law, Lifetimes] = {"varied": Varied(), "equal": Equal(), "never": Never()}
_BLOCK = 20_000
_NODES = ((0, 16), (8, 32), (64, 64), (512, 128))


@dataclass(frozen=True)
class ParetoNbd(Maximum, CountForecast):
    """A fitted Pareto/NBD: purchase rates from Gamma(r, alpha), dropout rates from Gamma(s, beta).

    If the histories show no difference in dropout between customers, the likelihood has no maximum: it rises
    towards one dropout rate for all (parameters r, alpha, mu) or towards no dropout (r, alpha: the NBD). In
    this case the limiting model is fitted, and `leaving` says which.

    A covariate's effect e (parameter `transactions.<name>` or `lifetime.<name>`) multiplies a customer's
    purchase rate, or dropout rate, by exp(e × covariate).
    """

    leaving: Law = "varied"
    transaction_covariates: tuple[str, ...] = ()
    lifetime_covariates: tuple[str, ...] = ()

    def _read(self, customers: Any) -> tuple[Floats, Floats]:
        seen = read_table(customers)
        histories = read_histories(seen)
        law, size = _LAWS[self.leaving], len(histories.age)
        of_rates, of_lives = (
            np.array([read_number_column(seen, name) for name in names]).reshape(len(names), size)
            for names in (self.transaction_covariates, self.lifetime_covariates)
        )
        logs = np.log([self.parameters[name] for name in ("r", "alpha", *law.names)])
        names = _effects(self.leaving, (self.transaction_covariates, self.lifetime_covariates))
        effects = np.array([self.parameters[name] for name in names])
        own = np.exp(_own(law, logs, effects, (of_rates, of_lives)))
        told = np.vstack([histories.frequency, histories.recency, histories.age])
        alive = np.empty(size)
        for rows in _blocks(size):
            alive[rows] = scores(law, own[:2, rows], own[2:, rows], told[:, rows])[3]
        return np.vstack([told[[0, 2]], own[1:]]), alive

    def _bought(self, states: Floats, t: Floats | float) -> Floats:
        (x, age, alpha), lives = states[:3], states[3:]
        rate = (self.parameters["r"] + x) / (alpha + age)
        return rate * _LAWS[self.leaving].stay(lives, age, t)

    def _counts(self, states: Floats, t: Floats | float, most: int) -> Floats:
        (x, age, alpha), lives = states[:3], states[3:]
        law, shape, scale = _LAWS[self.leaving], self.parameters["r"] + x, alpha + age
        stays = law.staying(lives, age, t)
        counts = stays[:, None] * negative_binomial(shape, t / scale, most)
        if self.leaving == "never":
            return counts
        # The more a customer bought, the more precisely a number of purchases determines its time.
        for (fewest, nodes), (above, _) in zip(_NODES, (*_NODES[1:], (np.inf, 0)), strict=True):
            rows = np.flatnonzero((x >= fewest) & (x < above))
            gone = 1.0 - stays[rows]
            place, weight = (each[:, None] / 2.0 for each in np.polynomial.legendre.leggauss(nodes))
            moments = law.moments(lives[:, rows], age[rows], 1.0 - gone * (0.5 + place))
            counts[rows] += negative_binomial(shape[rows], moments / scale[rows], most, weight * gone)
        return counts


def fit_pareto_nbd(
    customers: Any,
    *,
    transaction_covariates: tuple[str, ...] = (),
    lifetime_covariates: tuple[str, ...] = (),
) -> ParetoNbd:
    """Fit Pareto/NBD to histories (table of `summarize`) by maximum likelihood.

    Covariates are columns of numbers or booleans of the same table that do not change over time. Tables for
    forecasts need them too. Scale them to a magnitude of about 1.

    Raises `ValueError` on a missing column, invalid histories, fewer than two customers with repeat
    purchases, or if the fit does not converge.
    """
    names = tuple(transaction_covariates), tuple(lifetime_covariates)
    seen = read_table(customers)
    histories = read_histories(seen)
    repeats = int(np.count_nonzero(histories.frequency))
    if repeats < 2:
        raise ValueError(f"{repeats} customers have repeat purchases; the fit needs 2 or more")
    columns = np.vstack(
        [
            *(histories.frequency, histories.recency, histories.age),
            *(read_number_column(seen, name) for group in names for name in group),
        ]
    )
    distinct, count = np.unique(columns, axis=1, return_counts=True)
    split = 3 + len(names[0])
    covariates = distinct[3:split], distinct[split:]

    def top(law: Law, start: dict[str, float]) -> Maximum:
        likelihood = _likelihood(_LAWS[law], distinct[:3], count, covariates)
        return climb(likelihood, start, len(histories.age), _effects(law, names))

    best, leaving = _highest(top, float(histories.age.mean()))
    return ParetoNbd(
        best.parameters,
        best.standard_errors,
        best.log_likelihood,
        leaving,
        names[0],
        names[1] if leaving != "never" else (),
    )


def _highest(top: Callable[[Law, dict[str, float]], Maximum], age: float) -> tuple[Maximum, Law]:
    rates = {"r": 1.0, "alpha": age}
    with suppress(NoMaximum):
        return top("varied", rates | {"s": 1.0, "beta": age}), "varied"
    limit, law = top("never", rates), cast(Law, "never")
    rates = {name: limit.parameters[name] for name in rates}
    with suppress(NoMaximum):
        limit, law = top("equal", rates | {"mu": 0.1 / age}), "equal"
    rate = limit.parameters.get("mu", 0.1 / age)
    rates = {name: limit.parameters[name] for name in rates}
    with suppress(NoMaximum):
        return top("varied", rates | {"s": 10.0, "beta": 10.0 / rate}), "varied"
    return limit, law


def _effects(law: Law, names: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    of_lives = () if law == "never" else names[1]
    return (*(f"transactions.{name}" for name in names[0]), *(f"lifetime.{name}" for name in of_lives))


def _own(law: Lifetimes, logs: Floats, effects: Floats, covariates: tuple[Floats, Floats]) -> Floats:
    """Return the logs of each customer's own parameters (parameters × customers)."""
    of_rates, of_lives = covariates
    own = np.repeat(logs[:, None], of_rates.shape[1], axis=1)
    own[1] -= effects[: len(of_rates)] @ of_rates
    place, sign = law.covaried
    if sign:
        own[2 + place] += sign * (effects[len(of_rates) :] @ of_lives)
    return own


def _likelihood(
    law: Lifetimes, seen: Floats, count: Integers, covariates: tuple[Floats, Floats]
) -> Likelihood:
    """Return the log-likelihood over the logs of (r, alpha, dropout parameters), and the effects."""
    of_rates, of_lives = covariates
    size = 2 + len(law.names)
    place, sign = law.covaried
    of_lives = of_lives if sign else of_lives[:0]
    # The derivative of a customer's own parameters by the fitted parameters.
    moves = np.zeros((seen.shape[1], size, size + len(of_rates) + len(of_lives)))
    moves[:, range(size), range(size)] = 1.0
    moves[:, 1, size : size + len(of_rates)] = -of_rates.T
    if sign:
        moves[:, 2 + place, size + len(of_rates) :] = sign * of_lives.T

    def likelihood(point: Floats) -> Terms:
        own = np.exp(_own(law, point[:size], point[size:], (of_rates, of_lives)))
        value, gradient = 0.0, np.zeros(len(point))
        hessian = np.zeros((len(point), len(point)))
        for rows in _blocks(seen.shape[1]):
            weight, moved = count[rows], moves[rows]
            values, slopes, bends, _ = scores(law, own[:2, rows], own[2:, rows], seen[:, rows])
            value += float(weight @ values)
            gradient += np.einsum("i,ik,ikp->p", weight, slopes, moved, optimize=True)
            hessian += np.einsum("i,ikl,ikp,ilq->pq", weight, bends, moved, moved, optimize=True)
        return value, gradient, hessian

    return likelihood


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, rows, _BLOCK))
