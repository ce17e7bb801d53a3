"""The questions that every fitted model of buying answers about a customer.

Add questions that all models can answer; the answers belong to the models.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from shopkeeper.science.arguments import read_number
from shopkeeper.science.inputs import read_table
from shopkeeper.science.saved import Saved
from shopkeeper.science.value.fitting import Floats
from shopkeeper.science.value.spending import GammaGamma

_NODES = (8, 16, 32, 64, 128, 256)
_APART = 1e-6
_SAMPLE = 500
# Beyond it a payment is worth nothing.
_LONGEST_DISCOUNT = 45.0


@dataclass(frozen=True)
class Forecast(Saved, ABC):
    """A fitted model of buying; `customers` are tables of `summarize` in the unit that it was fitted in."""

    @abstractmethod
    def probability_alive(self, customers: Any) -> Floats:
        """Return the probability that each customer will still buy."""

    @abstractmethod
    def weighted_transactions(self, customers: Any, times: Floats, weights: Floats) -> Floats:
        """Return the sum over `times` of each customer's expected purchases by then × its weight."""

    def expected_transactions(self, customers: Any, t: float) -> Floats:
        """Return how often each customer is expected to buy within the next `t`, given their history."""
        return self.weighted_transactions(customers, np.array([read_horizon(t)]), np.ones(1))

    def expected_value(self, customers: Any, t: float, discount: float, spending: GammaGamma) -> Floats:
        """Return the money each customer is expected to bring within the next `t`, in today's worth.

        A payment after one unit of time is worth 1 / (1 + `discount`) of one today. Expected purchases are
        discounted continuously, by quadrature that is refined until it converges, and multiplied by
        `GammaGamma.expected_spend`.
        """
        rate = read_number("discount", discount)
        if rate < 0:
            raise ValueError(f"discount is {discount}; give a rate of 0 or more per unit of time")
        rate, whole = np.log1p(rate), read_horizon(t)
        worth = spending.expected_spend(customers)
        if rate * whole == 0:
            return self.expected_transactions(customers, whole) * worth
        seen = read_table(customers)
        order = np.lexsort((seen["frequency"].to_numpy(), seen["age"].to_numpy()))
        few = order[np.unique(np.linspace(0, max(len(order) - 1, 0), _SAMPLE).astype(np.int64))[: len(order)]]
        nodes = self._enough_nodes(seen.take(pa.array(few)), min(whole, _LONGEST_DISCOUNT / rate), rate)
        return self.weighted_transactions(seen, *nodes) * worth

    def _enough_nodes(self, few: pa.Table, t: float, rate: float) -> tuple[Floats, Floats]:
        """Return the times and weights whose discounted purchases for a few customers more would not change.

        ∫ exp(-rate s) dE(s) is, by parts, exp(-rate t) E(t) + rate ∫ exp(-rate s) E(s) ds; the times are
        cubes, since E bends most where it begins.
        """
        before = np.full(few.num_rows, np.inf)
        for count in _NODES:
            nodes, weights = np.polynomial.legendre.leggauss(count)
            place = (1.0 + nodes) / 2.0
            times = np.append(t * place**3, t)
            weights = np.exp(-rate * times) * np.append(rate * t * 1.5 * place**2 * weights, 1.0)
            found = self.weighted_transactions(few, times, weights)
            if np.all(np.abs(found - before) <= _APART * found):
                break
            before = found
        return times, weights


def read_horizon(t: Any) -> float:
    """Return a time of 0 or more."""
    horizon = read_number("t", t)
    if horizon < 0:
        raise ValueError(f"t is {t}; give a time of 0 or more")
    return horizon
