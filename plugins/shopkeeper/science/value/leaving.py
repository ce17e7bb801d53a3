"""Dropout at purchases: with probabilities that vary between customers, with one for all, or never.

A new dropout distribution needs its term in the likelihood and its effect on future purchases.
"""

from typing import Protocol

import numpy as np
from scipy.special import gammaln, hyp2f1, polygamma, psi

from shopkeeper.science.value.fitting import Floats, Terms

_NEAR = 1e-6
_WHOLE, _NUDGE = 1e-5, 1e-4


class Leaving(Protocol):
    """A dropout distribution; `chances` is how many opportunities to drop out a customer has had."""

    names: tuple[str, ...]

    def stayed(self, parameters: Floats, chances: Floats, count: Floats) -> Terms:
        """Return the log-probability that customers (`count` for each of `chances`) did not drop out."""

    def odds(self, parameters: Floats, chances: Floats) -> tuple[Floats, Floats, Floats]:
        """Return log P(dropped out at the last) - log P(did not), with first and second derivatives."""

    def bought(self, parameters: Floats, chances: Floats, shape: Floats, ratio: Floats) -> Floats:
        """Return the expected purchases of active customers, at rates from Gamma(shape, 1 / ratio)."""

    def chances_taken(self, parameters: Floats, chances: Floats, most: int) -> tuple[Floats, Floats]:
        """Return the probabilities that active customers take none of the next 0 … `most` opportunities to
        drop out, and that they take exactly the last of them (both customers × numbers).
        """


class Varied:
    """The dropout probability differs by customer: Beta(a, b)."""

    names: tuple[str, ...] = ("a", "b")

    def stayed(self, parameters: Floats, chances: Floats, count: Floats) -> Terms:
        """The probability B(a, b + chances) / B(a, b)."""
        a, b = parameters
        whole = a + b + chances
        value = count @ (gammaln(b + chances) - gammaln(b) + gammaln(a + b) - gammaln(whole))
        slope = count @ (psi(a + b) - psi(whole))
        bend = count @ (polygamma(1, a + b) - polygamma(1, whole))
        slope_b = count @ (psi(b + chances) - psi(b))
        bend_b = count @ (polygamma(1, b + chances) - polygamma(1, b))
        return (
            float(value),
            np.array([slope, slope + slope_b]),
            np.array([[bend, bend], [bend, bend + bend_b]]),
        )

    def odds(self, parameters: Floats, chances: Floats) -> tuple[Floats, Floats, Floats]:
        """The odds a / (b + chances - 1)."""
        a, b = parameters
        stayed = 1.0 / np.maximum(b + chances - 1.0, _NEAR)
        slopes = np.stack([np.full_like(stayed, 1.0 / a), -stayed])
        return np.log(a * stayed), slopes, np.stack([-(slopes[0] ** 2), stayed**2])

    def bought(self, parameters: Floats, chances: Floats, shape: Floats, ratio: Floats) -> Floats:
        """Fader and Hardie's conditional expectation, whole / less × (1 - still).

        Their form of `still` overflows for frequent customers; Euler's transformation of it, in which only
        one parameter grows with frequency, overflows for long times. If both overflow, a is in the hundreds,
        so the customers' dropout probabilities are nearly one.
        """
        a, b = parameters
        # The limits at a = 1 and at whole = 0 are approximated.
        less = a - 1.0 if abs(a - 1.0) > _NEAR else _NEAR
        whole = a + b + chances - 1.0
        whole = np.where(abs(whole) > _NEAR, whole, _NEAR)
        horizon = ratio / (1.0 + ratio)
        with np.errstate(over="ignore", invalid="ignore"):
            still = _hypergeometric(less, whole - shape, whole, horizon) / (1.0 + ratio) ** less
            lost = ~np.isfinite(still)
            still[lost] = (
                _hypergeometric(shape[lost], b + chances[lost], whole[lost], horizon[lost])
                / (1.0 + ratio[lost]) ** shape[lost]
            )
        bought = whole / less * (1.0 - still)
        lost = ~np.isfinite(bought)
        bought[lost] = _with_one_chance(a / (a + b + chances[lost]), shape[lost], ratio[lost])
        return bought

    def chances_taken(self, parameters: Floats, chances: Floats, most: int) -> tuple[Floats, Floats]:
        """The probability B(a, b + chances + n) / B(a, b + chances), and its decrease at each n."""
        a, b = parameters
        stays = b + chances[:, None] + np.arange(most)
        none = np.ones((len(chances), most + 1))
        np.cumprod(stays / (a + stays), axis=1, out=none[:, 1:])
        last = np.zeros_like(none)
        last[:, 1:] = none[:, :-1] * a / (a + stays)
        return none, last


class Equal:
    """All customers have the same dropout probability, given as `odds`."""

    names: tuple[str, ...] = ("odds",)

    def stayed(self, parameters: Floats, chances: Floats, count: Floats) -> Terms:
        """The probability (1 - p) ** chances."""
        (odds,) = parameters
        had = count @ chances
        return (
            float(-had * np.log1p(odds)),
            np.array([-had / (1.0 + odds)]),
            np.array([[had / (1.0 + odds) ** 2]]),
        )

    def odds(self, parameters: Floats, chances: Floats) -> tuple[Floats, Floats, Floats]:
        """The odds p / (1 - p)."""
        slopes = np.full((1, len(chances)), 1.0 / parameters[0])
        return np.full_like(chances, np.log(parameters[0])), slopes, -(slopes**2)

    def bought(self, parameters: Floats, chances: Floats, shape: Floats, ratio: Floats) -> Floats:
        """The expectation (1 - (1 + p ratio) ** -shape) / p."""
        return _with_one_chance(parameters[0] / (1.0 + parameters[0]), shape, ratio)

    def chances_taken(self, parameters: Floats, chances: Floats, most: int) -> tuple[Floats, Floats]:
        """The probabilities (1 - p) ** n and p (1 - p) ** (n - 1)."""
        none = (1.0 + parameters[0]) ** -np.arange(most + 1.0)
        last = np.append(0.0, none[:-1] - none[1:])
        return none + np.zeros((len(chances), 1)), last + np.zeros((len(chances), 1))


class Never:
    """No dropout: the NBD model of Ehrenberg (1959)."""

    names: tuple[str, ...] = ()

    def stayed(self, parameters: Floats, chances: Floats, count: Floats) -> Terms:
        """Log-probability 0: no customer drops out."""
        return 0.0, np.zeros(0), np.zeros((0, 0))

    def odds(self, parameters: Floats, chances: Floats) -> tuple[Floats, Floats, Floats]:
        """None."""
        return np.full_like(chances, -np.inf), np.zeros((0, len(chances))), np.zeros((0, len(chances)))

    def bought(self, parameters: Floats, chances: Floats, shape: Floats, ratio: Floats) -> Floats:
        """The expected rate times the time."""
        return shape * ratio

    def chances_taken(self, parameters: Floats, chances: Floats, most: int) -> tuple[Floats, Floats]:
        """Probability 1, and 0 for the last."""
        return np.ones((len(chances), most + 1)), np.zeros((len(chances), most + 1))


def _with_one_chance(chance: Floats | float, shape: Floats, ratio: Floats) -> Floats:
    return -np.expm1(-shape * np.log1p(chance * ratio)) / chance


def _hypergeometric(a: Floats | float, b: Floats, c: Floats, z: Floats) -> Floats:
    """Return scipy's hyp2f1; if c - a - b is near an integer, the mean of two neighbouring values.

    Near integers scipy 1.17 returns infinity, half the value, or a value with few correct digits.
    """
    apart = c - a - b
    is_near = abs(apart - np.rint(apart)) < _WHOLE
    nudge = np.where(is_near, _NUDGE, 0.0)
    found = hyp2f1(a, b + nudge, c, z)
    found[is_near] += hyp2f1(
        np.broadcast_to(a, b.shape)[is_near], b[is_near] - _NUDGE, c[is_near], z[is_near]
    )
    found[is_near] /= 2.0
    return found
