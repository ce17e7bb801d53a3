"""Corrects a model of buying by its errors in a holdout period.

Corrections for permanent dropout and constant habits belong here. A level that is too low or too high does
not: it comes from the season, and the next period has another one (docs/decisions/0045).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize

from shopkeeper.science.inputs import read_table
from shopkeeper.science.value.counts import CountForecast, Integers
from shopkeeper.science.value.fitting import Floats

_POINTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_CUSTOMERS = 5_000
_START, _MOST_CHANGED = (0.0, 0.0), 0.99
_MOST_VARIANCE = 0.25
_UNIFORM = 1.0 / 12.0
_IMPOSSIBLE = 1e-300


@dataclass(frozen=True)
class Recalibrated(CountForecast):
    """A fitted model whose customers can return, take up new habits, and change their purchase rate.

    `return_rate`: the share of customers that have dropped out according to `model` but buy again as if they
    had not. `change_rate`: how often per unit of time a customer takes up new habits and then buys like a new
    customer. `drift`: the variance that a unit of time adds to the logarithm of a customer's purchase rate.
    The purchases of a history of length `age` and those of the next `t` are (age + t) / 2 apart on average,
    the time in which habits can change. The mean rates of the two periods differ by a variance of
    drift × (age + t) / 3.
    """

    model: CountForecast
    return_rate: float
    change_rate: float
    drift: float

    def _read(self, customers: Any) -> tuple[Floats, Floats]:
        states, alive = self.model._read(customers)
        return states, alive + self.return_rate * (1.0 - alive)

    def _bought(self, states: Floats, t: Floats | float) -> Floats:
        found = _changed(states, t, self.change_rate) * self.model._bought(_newcomers(states), t)
        for weight, pace in self._paces(states, t):
            found += weight * self.model._bought(states, pace * t)
        return found

    def _counts(self, states: Floats, t: Floats | float, most: int) -> Floats:
        found = self.model._counts(_newcomers(states), t, most)
        found *= _changed(states, t, self.change_rate)[:, None]
        for weight, pace in self._paces(states, t):
            found += weight[:, None] * self.model._counts(states, pace * t, most)
        return found

    def _paces(self, states: Floats, t: Floats | float) -> list[tuple[Floats, Floats]]:
        """Return the weights of customers with unchanged habits, and rate factors of mean 1 (log-normal)."""
        kept, spread = 1.0 - _changed(states, t, self.change_rate), np.sqrt(self.drift * _span(states, t) / 3)
        if self.drift == 0.0:
            return [(kept, np.ones_like(kept))]
        shares = _WEIGHTS / _WEIGHTS.sum()
        paces = np.exp(_POINTS[:, None] * spread)
        paces /= shares @ paces
        return [(share * kept, pace) for share, pace in zip(shares, paces, strict=True)]


def recalibrate(
    model: CountForecast, customers: Any, bought: Integers, t: float
) -> tuple[float, float, float]:
    """Return the return rate, the change rate and the drift estimated on a holdout period.

    `customers`: histories (table of `summarize`) that end where the period begins; `bought`: purchases of
    each within it; `t`: its length. The two rates maximise the likelihood of the purchases. The drift is the
    one with which the randomised PIT is no wider than uniform, or 0 if that needs rates to change by half or
    more. Of more than 5,000 customers every n-th is used.
    """
    step = max(1, -(-len(bought) // _CUSTOMERS))
    bought = np.asarray(bought)[::step]
    seen = read_table(customers).take(np.arange(0, step * len(bought), step))
    states, alive = model._read(seen)
    span = float(_span(states, t).mean())
    kept, changed = (model._reached(each, t, bought) for each in (states, _newcomers(states)))

    def surprise(shares: Floats) -> float:
        anew = _changed(states, t, _rate(shares[1], span))
        there = alive + shares[0] * (1.0 - alive)
        probable = there * ((1.0 - anew) * (kept[1] - kept[0]) + anew * (changed[1] - changed[0]))
        probable += np.where(bought > 0, 0.0, 1.0 - there)
        return -float(np.log(np.maximum(probable, _IMPOSSIBLE)).mean())

    found = minimize(surprise, _START, method="L-BFGS-B", bounds=[(0.0, 1.0), (0.0, _MOST_CHANGED)])
    rates = float(found.x[0]), _rate(float(found.x[1]), span)

    def too_wide(drift: float) -> float:
        lower, upper = Recalibrated(model, *rates, drift).cumulative(seen, t, bought)
        square, mean = (lower**2 + lower * upper + upper**2).mean() / 3.0, (lower + upper).mean() / 2.0
        return float(square - mean**2 - _UNIFORM)

    most = 3.0 * _MOST_VARIANCE / span
    if too_wide(0.0) <= 0.0 or too_wide(most) > 0.0:
        return *rates, 0.0
    return *rates, float(brentq(too_wide, 0.0, most, xtol=most / 1e4))


def _span(states: Floats, t: Floats | float) -> Floats:
    # The first two columns of every recalibrated model are purchases and age.
    return np.asarray(states[1] + t)


def _changed(states: Floats, t: Floats | float, rate: float) -> Floats:
    return -np.expm1(-rate * _span(states, t) / 2.0)


def _rate(share: float, span: float) -> float:
    return -2.0 * float(np.log1p(-share)) / span


def _newcomers(states: Floats) -> Floats:
    found = states.copy()
    found[:2] = 0.0
    return found
