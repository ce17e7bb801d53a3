"""A model of buying corrected by what it got wrong on a stretch of time that it had not seen.

Two faults of models in which leaving is for good and habits never change belong here; a level that is too low
or too high does not: it is the season's, and the next stretch has another (docs/decisions/0045).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, roots_genlaguerre

from shopkeeper.science.inputs import read_table
from shopkeeper.science.value.counts import CountForecast, Integers
from shopkeeper.science.value.fitting import Floats

_NODES = 5
_CUSTOMERS = 5_000
_LEAST_DRIFT, _MOST_DRIFT = 1e-3, 3.0


@dataclass(frozen=True)
class Recalibrated(CountForecast):
    """A fitted model whose customers may come back, and change their pace.

    `return_rate`: the share of those who have left, by `model`, that buys again as if they had not; `drift`:
    the variance of a factor of mean 1 (gamma) by which a customer's time runs faster or slower than before.
    """

    model: CountForecast
    return_rate: float
    drift: float

    def _read(self, customers: Any) -> tuple[Floats, Floats]:
        states, alive = self.model._read(customers)
        return states, alive + self.return_rate * (1.0 - alive)

    def _bought(self, states: Floats, t: float) -> Floats:
        paces = zip(*_paces(self.drift), strict=True)
        return np.sum([weight * self.model._bought(states, pace * t) for pace, weight in paces], axis=0)

    def _counts(self, states: Floats, t: float, most: int) -> Floats:
        paces = zip(*_paces(self.drift), strict=True)
        return np.sum([weight * self.model._counts(states, pace * t, most) for pace, weight in paces], axis=0)


def recalibrate(model: CountForecast, customers: Any, bought: Integers, t: float) -> tuple[float, float]:
    """Return the return rate and the drift under which what customers then did is most probable.

    `customers`: histories (table of `summarize`) that end where the stretch begins, `bought`: purchases of
    each within it, `t`: its length. Of more than 5,000 customers every n-th is looked at.
    """
    step = -(-len(bought) // _CUSTOMERS)
    seen, bought = read_table(customers).take(np.arange(0, len(bought), step)), bought[::step]

    def surprise(point: Floats) -> float:
        tried = Recalibrated(model, float(expit(point[0])), float(np.exp(point[1])))
        fewer, at_most = tried.cumulative(seen, t, bought)
        return -float(np.log(np.maximum(at_most - fewer, 1e-300)).mean())

    found = minimize(
        surprise,
        np.array([-2.0, np.log(0.1)]),
        method="Nelder-Mead",
        bounds=[(-12.0, 6.0), (np.log(_LEAST_DRIFT), np.log(_MOST_DRIFT))],
        options={"xatol": 0.02, "fatol": 1e-6, "maxfev": 100},
    )
    return float(expit(found.x[0])), float(np.exp(found.x[1]))


def _paces(drift: float) -> tuple[Floats, Floats]:
    """Return paces from Gamma(1 / drift, drift) and their weights in a mean, by Gauss-Laguerre quadrature."""
    if drift <= _LEAST_DRIFT:
        return np.ones(1), np.ones(1)
    nodes, weights = roots_genlaguerre(_NODES, 1.0 / drift - 1.0)
    return nodes * drift, weights / weights.sum()
