"""What every fitted model of buying answers about a customer, whatever it learned from.

A question that all models answer belongs here; how one answers it belongs to the model.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shopkeeper.science.value.fitting import Floats, Maximum
from shopkeeper.science.value.spending import GammaGamma

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True)
class Forecast(Maximum, ABC):
    """A fitted model of buying; `customers` are tables of `summarize` in the unit that it was fitted in."""

    @abstractmethod
    def probability_alive(self, customers: pa.Table) -> Floats:
        """Return the probability that each customer will still buy."""

    @abstractmethod
    def weighted_transactions(self, customers: pa.Table, times: Floats, weights: Floats) -> Floats:
        """Return the sum over `times` of each customer's expected purchases by then × its weight."""

    def expected_transactions(self, customers: pa.Table, t: float) -> Floats:
        """Return how often each customer is expected to buy within the next `t`, given their history."""
        return self.weighted_transactions(customers, np.array([_horizon(t)]), np.ones(1))

    def expected_value(self, customers: pa.Table, t: float, discount: float, spending: GammaGamma) -> Floats:
        """Return the money each customer is expected to bring within the next `t`, in today's worth.

        A payment after one unit of time is worth 1 / (1 + `discount`) of one today. Expected purchases are
        discounted continuously and multiplied by `GammaGamma.expected_spend`.
        """
        if not 0 <= discount < np.inf:
            raise ValueError(f"discount is {discount}; give a rate of 0 or more per unit of time")
        rate = np.log1p(discount)
        # ∫ exp(-rate s) dE(s), by parts: exp(-rate t) E(t) + rate ∫ exp(-rate s) E(s) ds.
        times = np.append(_horizon(t) * (1 + _NODES) / 2, t)
        weights = np.exp(-rate * times) * np.append(rate * t * _WEIGHTS / 2, 1.0)
        needed = weights > 0
        bought = self.weighted_transactions(customers, times[needed], weights[needed])
        return bought * spending.expected_spend(customers)


def _horizon(t: float) -> float:
    if not 0 <= t < np.inf:
        raise ValueError(f"t is {t}; give a time of 0 or more")
    return t
