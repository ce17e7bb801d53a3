"""Probabilities and intervals for a customer's number of purchases, not only the expectation.

Shared by models of buying whose rates come from a gamma distribution.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import gammaln

from shopkeeper.science.arguments import read_number, read_whole
from shopkeeper.science.inputs import read_table
from shopkeeper.science.value.fitting import Floats
from shopkeeper.science.value.forecasts import Forecast, read_horizon
from shopkeeper.science.value.spending import GammaGamma

Integers = NDArray[np.int64]

_CELLS = 4_000_000


@dataclass(frozen=True)
class CountForecast(Forecast):
    """A fitted model that gives a probability to each number of purchases."""

    @abstractmethod
    def _read(self, customers: Any) -> tuple[Floats, Floats]:
        """Return customers' states if active (values × customers), and the probability of being active."""

    @abstractmethod
    def _bought(self, states: Floats, t: Floats | float) -> Floats:
        """Return the expected purchases within `t` of active customers."""

    @abstractmethod
    def _counts(self, states: Floats, t: Floats | float, most: int) -> Floats:
        """Return the probabilities of 0 … `most` purchases within `t` of active customers."""

    def probability_alive(self, customers: Any) -> Floats:
        """Return the probability that each customer has not dropped out."""
        return self._read(customers)[1]

    def weighted_transactions(self, customers: Any, times: Floats, weights: Floats) -> Floats:
        """Return the sum over `times` of each customer's expected purchases by then × its weight."""
        states, alive = self._read(customers)
        distinct, place = _distinct(states)
        bought = np.zeros(distinct.shape[1])
        for time, weight in zip(times, weights, strict=True):
            if weight > 0:
                bought += weight * self._bought(distinct, time)
        return bought[place] * alive

    def transaction_probabilities(self, customers: Any, t: float, most: int) -> Floats:
        """Return P(X(t) = n) for n of 0 … `most` (customers × numbers), X(t) a customer's next purchases."""
        states, alive = self._read(customers)
        distinct, place = _distinct(states)
        counts = self._counts(distinct, read_horizon(t), read_whole("most", most, 0))[place]
        counts *= alive[:, None]
        counts[:, 0] += 1.0 - alive
        return counts

    def transaction_intervals(
        self, customers: Any, t: float, level: float = 0.9
    ) -> tuple[Integers, Integers]:
        """Return the lowest and highest number of purchases within `t` of an interval for each customer.

        At most (1 - `level`) / 2 of the probability is below it, and at most as much above. Because counts
        are integers, an interval covers `level` or more.
        """
        share = read_number("level", level)
        if not 0 < share < 1:
            raise ValueError(f"level is {level}; give a share between 0 and 1")
        tail = (1.0 - share) / 2.0
        return self._quantile(customers, t, tail), self._quantile(customers, t, 1.0 - tail)

    def cumulative(self, customers: Any, t: float, bought: Integers) -> tuple[Floats, Floats]:
        """Return the probabilities of fewer than, and at most, as many purchases as each customer made."""
        states, alive = self._read(customers)
        fewer, at_most = self._reached(states, read_horizon(t), np.asarray(bought))
        return np.where(bought > 0, 1.0 - alive * (1.0 - fewer), 0.0), 1.0 - alive * (1.0 - at_most)

    def forecast(
        self,
        customers: Any,
        t: float,
        *,
        level: float = 0.9,
        discount: float = 0.0,
        spending: GammaGamma | None = None,
    ) -> pa.Table:
        """Return the forecast for the next `t`, one row per customer in the order given.

        Columns: `customer_id`, `probability_alive`, `expected_transactions`, `lowest_transactions` and
        `highest_transactions` (int64, see `transaction_intervals`), and with `spending` `expected_value`.
        """
        seen = read_table(customers)
        lowest, highest = self.transaction_intervals(seen, t, level)
        columns = {
            "customer_id": read_table(seen, "customer_id")["customer_id"],
            "probability_alive": self.probability_alive(seen),
            "expected_transactions": self.expected_transactions(seen, t),
            "lowest_transactions": lowest,
            "highest_transactions": highest,
        }
        if spending is not None:
            columns["expected_value"] = self.expected_value(seen, t, discount, spending)
        return pa.table(columns)

    def _reached(self, states: Floats, t: float, bought: Integers) -> tuple[Floats, Floats]:
        """Return the probabilities that active customers make fewer, and at most, as many purchases."""
        fewer, at_most = np.zeros(len(bought)), np.zeros(len(bought))
        order = np.argsort(bought, kind="stable")
        while len(order):
            # Batches of customers with similar numbers of purchases, sized to fit in memory.
            block = order[: max(1, _CELLS // (int(bought[order[0]]) * 2 + 32))]
            block = block[bought[block] <= bought[block[0]] * 2 + 31]
            own = bought[block]
            reached = np.cumsum(self._counts(states[:, block], t, int(own[-1])), axis=1)
            at_most[block] = reached[np.arange(len(block)), own]
            fewer[block] = np.where(own > 0, reached[np.arange(len(block)), np.maximum(own - 1, 0)], 0.0)
            order = order[len(block) :]
        return fewer, at_most

    def _quantile(self, customers: Any, t: float, level: float) -> Integers:
        """Return each customer's `level` quantile of the number of purchases."""
        horizon = read_horizon(t)
        states, alive = self._read(customers)
        distinct, place = _distinct(np.vstack([states, alive]))
        states, alive = distinct[:-1], distinct[-1]
        found = np.zeros(len(alive), dtype=np.int64)
        # The quantile among active customers; customers who have dropped out buy nothing.
        wanted = np.divide(level - (1.0 - alive), alive, out=np.zeros_like(alive), where=alive > 0)
        rows, most = np.flatnonzero(wanted > 0), 16
        while len(rows):
            left = []
            for block in np.array_split(rows, -(-len(rows) * (most + 1) // _CELLS)):
                reached = np.cumsum(self._counts(states[:, block], horizon, most), axis=1)
                short = reached < wanted[block, None] - 1e-12
                found[block] = short.sum(axis=1)
                left.append(block[short[:, -1]])
            rows, most = np.concatenate(left), most * 4
        return found[place]


def negative_binomial(shape: Floats, ratio: Floats, most: int, weight: Floats | None = None) -> Floats:
    """Return the probabilities of 0 … `most` purchases (customers × numbers) of rates that differ.

    The rates come from Gamma(`shape`, 1 / scale), the time is `ratio` × scale (Ehrenberg 1959). With
    `weight`, ratios (times × customers) are mixed with these weights.
    """
    n = np.arange(most + 1.0)
    shape = shape[:, None]
    ways = gammaln(shape + n) - gammaln(shape) - gammaln(n + 1.0)
    ratios = np.atleast_2d(ratio)[:, :, None]
    weights = np.ones((1, 1, 1)) if weight is None else weight[:, :, None]
    found = np.zeros_like(ways)
    for time, share in zip(ratios, weights, strict=True):
        none = np.log1p(time)
        with np.errstate(divide="ignore", invalid="ignore"):
            one = np.where(time > 0, np.log(time) - none, -1e300)
        found += share * np.exp(ways - shape * none + n * one)
    return found


def _distinct(rows: Floats) -> tuple[Floats, Integers]:
    """Return the distinct columns of a few rows, and the place there of each column."""
    place = np.zeros(rows.shape[1], dtype=np.int64)
    for row in rows:
        values, code = np.unique(row, return_inverse=True)
        _, place = np.unique(place * len(values) + code, return_inverse=True)
    first = np.empty(place.max(initial=-1) + 1, dtype=np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]
    return rows[:, first], place
