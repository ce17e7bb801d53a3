"""A model of buying corrected by what it got wrong on a stretch of time that it had not seen.

Two faults of models in which leaving is for good and habits never change belong here; a level that is too low
or too high does not: it is the season's, and the next stretch has another (docs/decisions/0045).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from shopkeeper.science.inputs import read_table
from shopkeeper.science.value.counts import CountForecast, Integers
from shopkeeper.science.value.fitting import Floats

_NODES = 5
_CUSTOMERS = 5_000
_LEAST_DRIFT, _MOST_DRIFT = 1e-3, 3.0
_IMPOSSIBLE = 1e-300


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
    step = max(1, -(-len(bought) // _CUSTOMERS))
    bought = np.asarray(bought)[::step]
    states, alive = model._read(read_table(customers).take(np.arange(0, step * len(bought), step)))

    def best_rate(drift: float) -> tuple[float, float]:
        fewer, at_most = Recalibrated(model, 0.0, drift)._reached(states, t, bought)

        def surprise(rate: float) -> float:
            there = alive + rate * (1.0 - alive)
            probable = there * (at_most - fewer) + np.where(bought > 0, 0.0, 1.0 - there)
            return -float(np.log(np.maximum(probable, _IMPOSSIBLE)).mean())

        found = minimize_scalar(surprise, bounds=(0.0, 1.0), method="bounded")
        return min((surprise(0.0), 0.0), (float(found.fun), float(found.x)))

    found = minimize_scalar(
        lambda log_drift: best_rate(np.exp(log_drift))[0],
        bounds=(np.log(_LEAST_DRIFT), np.log(_MOST_DRIFT)),
        method="bounded",
        options={"xatol": 0.05},
    )
    none, some = best_rate(0.0), best_rate(float(np.exp(found.x)))
    return (none[1], 0.0) if none[0] <= some[0] else (some[1], float(np.exp(found.x)))


def _paces(drift: float) -> tuple[Floats, Floats]:
    """Return paces from Gamma(1 / drift, drift) and their weights in a mean, by Gauss-Laguerre quadrature."""
    if drift == 0.0:
        return np.ones(1), np.ones(1)
    # Golub, Welsch 1969: unlike scipy's, these weights need no gamma function, which would overflow.
    order, shape = np.arange(_NODES), 1.0 / drift - 1.0
    beside = np.sqrt(order[1:] * (order[1:] + shape))
    nodes, vectors = np.linalg.eigh(
        np.diag(2.0 * order + 1.0 + shape) + np.diag(beside, 1) + np.diag(beside, -1)
    )
    return nodes * drift, vectors[0] ** 2
