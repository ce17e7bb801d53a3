"""The Gamma-Gamma model of how much a customer spends, and a check that it may be used.

Source: Fader, Hardie, "The Gamma-Gamma model of monetary value" (2013). How often they buy: `buying`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln, polygamma, psi
from scipy.stats import pearsonr, spearmanr

from shopkeeper.science.value.fitting import Floats, Maximum, maximize
from shopkeeper.science.value.histories import read_histories


@dataclass(frozen=True)
class GammaGamma(Maximum):
    """A fitted Gamma-Gamma: p is the variation around a customer's mean; q and v that of the means."""

    def expected_spend(self, customers: Any) -> Floats:
        """Return the expected amount of each customer's next purchase, given those they made (table of
        `summarize`).

        A customer without repeat purchases is expected to spend the population mean, p v / (q − 1). Raises
        `ValueError` if there is such a customer and that mean is infinite (q at most 1).
        """
        p, q, v = (self.parameters[name] for name in ("p", "q", "v"))
        histories = read_histories(customers, money=True)
        weight = p * histories.frequency + q - 1.0
        if np.any(weight <= 0):
            raise ValueError(
                f"q is {q:.3g}: the mean amount is infinite; leave out customers without repeats"
            )
        return p * (v + histories.frequency * histories.monetary_value) / weight


@dataclass(frozen=True)
class Independence:
    """The correlation of frequency and mean amount of repeat customers; Gamma-Gamma assumes independence.

    `correlation` is Pearson's with its p-value, `rank_correlation` Spearman's; NaN if either does not vary.
    """

    correlation: float
    p_value: float
    rank_correlation: float
    customers: int


def fit_gamma_gamma(customers: Any) -> GammaGamma:
    """Fit Gamma-Gamma to the customers of a table of `summarize` who paid for repeats, by maximum likelihood.

    Raises `ValueError` on a missing column, invalid histories, or if the fit does not converge.
    """
    histories = read_histories(customers, money=True)
    paid = (histories.frequency > 0) & (histories.monetary_value > 0)
    order = np.lexsort((histories.monetary_value[paid], histories.frequency[paid]))
    x, mean = histories.frequency[paid][order], histories.monetary_value[paid][order]
    if len(x) < 2:
        raise ValueError(f"{len(x)} customers paid for a repeat purchase; the fit needs 2 or more")
    spent = x * mean
    times, count = np.unique(x, return_counts=True)
    logs, log_means = x @ np.log(spent), np.log(mean).sum()

    def likelihood(parameters: Floats) -> tuple[float, Floats, Floats]:
        p, q, v = parameters
        shape, reached = p * times, spent + v
        inverse = 1.0 / reached
        log_reached = np.log(reached)
        total, total_bought = log_reached.sum(), x @ log_reached
        inverse_sum, inverse_bought = inverse.sum(), x @ inverse
        value = (
            count @ (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v))
            + p * (logs - total_bought)
            - log_means
            - q * total
        )
        gradient = np.array(
            [
                (count * times) @ (psi(shape + q) - psi(shape)) + logs - total_bought,
                count @ (psi(shape + q) - psi(q) + np.log(v)) - total,
                len(x) * q / v - p * inverse_bought - q * inverse_sum,
            ]
        )
        curves = polygamma(1, shape + q)
        pq = (count * times) @ curves
        pv, qv = -inverse_bought, len(x) / v - inverse_sum
        pp = (count * times**2) @ (curves - polygamma(1, shape))
        qq = count @ (curves - polygamma(1, q))
        vv = -len(x) * q / v**2 + (p * x + q) @ inverse**2
        return value, gradient, np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]])

    best = maximize(likelihood, {"p": 1.0, "q": 2.0, "v": float(mean.mean())}, len(x))
    return GammaGamma(best.parameters, best.standard_errors, best.log_likelihood)


def independence(customers: Any) -> Independence:
    """Check whether purchase frequency and amount are independent, as Gamma-Gamma assumes."""
    histories = read_histories(customers, money=True)
    repeats = histories.frequency > 0
    x, mean = histories.frequency[repeats], histories.monetary_value[repeats]
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(mean) == 0:
        return Independence(np.nan, np.nan, np.nan, len(x))
    pearson = pearsonr(x, mean)
    return Independence(
        float(pearson.statistic), float(pearson.pvalue), float(spearmanr(x, mean).statistic), len(x)
    )
