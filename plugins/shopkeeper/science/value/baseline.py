"""A regression that a model of buying has to beat: what similar customers did in the last stretch of time.

A plainer or stronger yardstick is welcome; models that describe how customers buy belong to `buying`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import gammaln
from sklearn.linear_model import PoissonRegressor

from shopkeeper.science.value.fitting import Floats
from shopkeeper.science.value.forecasts import Forecast
from shopkeeper.science.value.histories import DAYS, Histories, Unit, read_histories, summarize

_TERMS = ("constant", "log_frequency", "log_age", "log_silence")
_MOST_STEPS = 100


@dataclass(frozen=True)
class Regression(Forecast):
    """A fitted Poisson regression of purchases within `horizon` on frequency, age and time since the last.

    Longer and shorter times are scaled in proportion, as if nobody ever left.
    """

    horizon: int

    def probability_alive(self, customers: pa.Table) -> Floats:
        """Return the probability that each customer buys at least once within the horizon."""
        return -np.expm1(-self._within_horizon(customers))

    def weighted_transactions(self, customers: pa.Table, times: Floats, weights: Floats) -> Floats:
        """Return the sum over `times` of each customer's expected purchases by then × its weight."""
        return self._within_horizon(customers) * float(times @ weights) / self.horizon

    def _within_horizon(self, customers: pa.Table) -> Floats:
        return np.exp(_design(read_histories(customers)) @ np.array(list(self.parameters.values())))


def fit_regression(transactions: pa.Table, *, until: date | datetime, unit: Unit, horizon: int) -> Regression:
    """Fit the regression on histories that end `horizon` units before `until`, and the purchases since then.

    `transactions`, `until` and `unit` are those of `summarize`; so are the errors. Raises `ValueError` also
    where the horizon is below 1, nobody bought again within it, or the histories are too much alike.
    """
    if horizon < 1:
        raise ValueError(f"horizon is {horizon}; give 1 or more units")
    later = summarize(transactions, until=until, unit=unit)
    customers = summarize(transactions, until=until - timedelta(days=horizon * DAYS[unit]), unit=unit)
    now = later["frequency"].take(pc.index_in(customers["customer_id"], later["customer_id"]))
    bought = np.maximum(pc.fill_null(now, 0).to_numpy() - customers["frequency"].to_numpy(), 0)
    if bought.sum() == 0:
        raise ValueError("nobody bought again within the horizon; there is nothing to learn from")
    terms = _design(read_histories(customers))
    model = PoissonRegressor(alpha=0.0, fit_intercept=False, solver="newton-cholesky", max_iter=_MOST_STEPS)
    if np.linalg.matrix_rank(terms) < len(_TERMS) or model.fit(terms, bought).n_iter_ == _MOST_STEPS:
        raise ValueError(
            "the fit did not converge: the customers' frequency, age and silence are too much alike"
        )
    expected = model.predict(terms)
    errors = np.sqrt(np.diag(np.linalg.inv((terms.T * expected) @ terms)))
    return Regression(
        parameters=dict(zip(_TERMS, model.coef_.tolist(), strict=True)),
        standard_errors=dict(zip(_TERMS, errors.tolist(), strict=True)),
        log_likelihood=float(np.sum(bought * np.log(expected) - expected - gammaln(bought + 1.0))),
        horizon=horizon,
    )


def _design(histories: Histories) -> Floats:
    silence = histories.age - histories.recency
    return np.column_stack(
        [np.ones_like(silence), np.log1p(histories.frequency), np.log1p(histories.age), np.log1p(silence)]
    )
