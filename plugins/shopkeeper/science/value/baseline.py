"""A regression baseline for models of buying: what similar customers did in the most recent period.

Add simpler or stronger baselines here; models of how customers buy belong to `buying`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from scipy.special import gammaln
from sklearn.linear_model import PoissonRegressor

from shopkeeper.science.arguments import read_whole
from shopkeeper.science.value.counts import CountForecast, negative_binomial
from shopkeeper.science.value.fitting import Floats, Maximum
from shopkeeper.science.value.histories import Histories, Unit, hold_out, read_histories

_TERMS = ("constant", "log_frequency", "log_age", "log_silence")
_MOST_STEPS = 100
_LEAST_DISPERSION = 1e-6


@dataclass(frozen=True)
class Regression(Maximum, CountForecast):
    """A fitted Poisson regression of purchases within `horizon` on frequency, age and time since the last.

    Other times are scaled in proportion, without dropout. Rates of customers with equal regressors vary by a
    gamma distribution of mean 1 and variance `dispersion`.
    """

    horizon: int
    dispersion: float

    def probability_alive(self, customers: Any) -> Floats:
        """Return the probability that each customer buys at least once within the horizon."""
        return 1.0 - self.transaction_probabilities(customers, self.horizon, 0)[:, 0]

    def _read(self, customers: Any) -> tuple[Floats, Floats]:
        histories = read_histories(customers)
        terms, _ = _design(histories, tuple(self.parameters))
        expected = np.exp(terms @ np.array(list(self.parameters.values())))
        return expected[None, :], np.ones_like(expected)

    def _bought(self, states: Floats, t: Floats | float) -> Floats:
        return states[0] * t / self.horizon

    def _counts(self, states: Floats, t: Floats | float, most: int) -> Floats:
        shape = 1.0 / self.dispersion
        expected = self._bought(states, t)
        return negative_binomial(np.full_like(expected, shape), expected / shape, most)


def fit_regression(transactions: Any, *, until: date | datetime, unit: Unit, horizon: int) -> Regression:
    """Fit the regression on histories that end `horizon` units before `until`, and the purchases since then.

    `transactions`, `until`, `unit` and errors are those of `summarize`. Also raises `ValueError` if the
    horizon is below 1, no customer bought again within it, or the histories are too similar.
    """
    horizon = read_whole("horizon", horizon, 1)
    customers, bought = hold_out(transactions, until=until, unit=unit, horizon=horizon)
    if bought.sum() == 0:
        raise ValueError("nobody bought again within the horizon; there is nothing to learn from")
    terms, names = _design(read_histories(customers), _TERMS)
    model = PoissonRegressor(alpha=0.0, fit_intercept=False, solver="newton-cholesky", max_iter=_MOST_STEPS)
    if np.linalg.matrix_rank(terms) < len(names) or model.fit(terms, bought).n_iter_ == _MOST_STEPS:
        raise ValueError(
            "the fit did not converge: the customers' frequency, age and silence are too much alike"
        )
    expected = model.predict(terms)
    errors = np.sqrt(np.diag(np.linalg.inv((terms.T * expected) @ terms)))
    surplus = np.sum((bought - expected) ** 2 - expected) / np.sum(expected**2)
    return Regression(
        parameters=dict(zip(names, model.coef_.tolist(), strict=True)),
        standard_errors=dict(zip(names, errors.tolist(), strict=True)),
        log_likelihood=float(np.sum(bought * np.log(expected) - expected - gammaln(bought + 1.0))),
        horizon=horizon,
        dispersion=max(float(surplus), _LEAST_DISPERSION),
    )


def _design(histories: Histories, names: tuple[str, ...]) -> tuple[Floats, tuple[str, ...]]:
    """Return the columns of the terms and their names; there is no age term if all ages are equal."""
    silence = histories.age - histories.recency
    columns = {
        "constant": np.ones_like(silence),
        "log_frequency": np.log1p(histories.frequency),
        "log_age": np.log1p(histories.age),
        "log_silence": np.log1p(silence),
    }
    if names is _TERMS and len(silence) and np.ptp(histories.age) == 0:
        names = tuple(name for name in names if name != "log_age")
    return np.column_stack([columns[name] for name in names]), names
