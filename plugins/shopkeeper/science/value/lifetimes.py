"""Customer lifetimes: with dropout rates that vary between customers, with one rate for all, or unlimited.

A new lifetime distribution needs the densities of the likelihood; dropout after a purchase belongs to
`leaving`.
"""

from typing import Protocol

import numpy as np

from shopkeeper.science.value.fitting import Floats

Derived = tuple[Floats, list[Floats], list[Floats]]
"""A log-density, its gradient by the logs of the parameters, and its Hessian (upper triangle, by rows)."""


class Lifetimes(Protocol):
    """A lifetime distribution; its parameters are arrays, one value per customer, broadcast against moments.

    `covaried`: the parameter that a lifetime covariate changes, and 1 if it multiplies it, -1 if it divides.
    """

    names: tuple[str, ...]
    covaried: tuple[int, float]

    def left(self, parameters: Floats, moment: Floats) -> Derived:
        """Return the log-density of dropping out at each moment."""

    def stayed(self, parameters: Floats, moment: Floats) -> Derived:
        """Return the log-probability of surviving beyond each moment."""

    def scale(self, parameters: Floats) -> Floats:
        """Return the time scale below which the density is nearly constant."""

    def haste(self, parameters: Floats, moment: Floats) -> Floats:
        """Return how fast the log-density of dropping out falls at each moment."""

    def stay(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """Return the mean time within the next `t` that a customer active at `age` stays active."""

    def moments(self, parameters: Floats, age: Floats, staying: Floats) -> Floats:
        """Return the times after `age` beyond which that share of the customers active at `age` stays."""

    def staying(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """Return the share of the customers active at `age` that stays active for the next `t`."""


class Varied:
    """The dropout rate differs by customer: Gamma(s, beta)."""

    names: tuple[str, ...] = ("s", "beta")
    covaried: tuple[int, float] = (1, -1.0)

    def left(self, parameters: Floats, moment: Floats) -> Derived:
        """The density s beta ** s / (beta + moment) ** (s + 1)."""
        s, beta = parameters
        return self._derived(s, beta, moment, 1.0)

    def stayed(self, parameters: Floats, moment: Floats) -> Derived:
        """The probability (beta / (beta + moment)) ** s."""
        s, beta = parameters
        return self._derived(s, beta, moment, 0.0)

    def scale(self, parameters: Floats) -> Floats:
        """The time beta."""
        return parameters[1]

    def haste(self, parameters: Floats, moment: Floats) -> Floats:
        """The fall (s + 1) / (beta + moment)."""
        s, beta = parameters
        return (s + 1.0) / (beta + moment)

    def stay(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """The integral of ((beta + age) / (beta + age + time)) ** s."""
        s, beta = parameters
        longer = np.log1p(t / (beta + age))
        # The limit at s = 1 is approximated.
        power = np.where(abs(1.0 - s) > 1e-9, 1.0 - s, 1e-9)
        return (beta + age) * np.expm1(power * longer) / power

    def moments(self, parameters: Floats, age: Floats, staying: Floats) -> Floats:
        """The inverse of `staying`."""
        s, beta = parameters
        return (beta + age) * np.expm1(-np.log(staying) / s)

    def staying(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """The share ((beta + age) / (beta + age + t)) ** s."""
        s, beta = parameters
        return np.exp(-s * np.log1p(t / (beta + age)))

    def _derived(self, s: Floats, beta: Floats, moment: Floats, is_density: float) -> Derived:
        reached = beta + moment
        longer, part = np.log(reached / beta), beta / reached
        power = s + is_density
        value = -power * longer + is_density * (np.log(s) - np.log(beta))
        by_s = is_density - s * longer
        by_beta = power * (1.0 - part) - is_density
        return value, [by_s, by_beta], [-s * longer, s * (1.0 - part), -power * part * (1.0 - part)]


class Equal:
    """All customers drop out at the rate `mu`."""

    names: tuple[str, ...] = ("mu",)
    covaried: tuple[int, float] = (0, 1.0)

    def left(self, parameters: Floats, moment: Floats) -> Derived:
        """The density mu exp(-mu moment)."""
        (mu,) = parameters
        return np.log(mu) - mu * moment, [1.0 - mu * moment], [-mu * moment]

    def stayed(self, parameters: Floats, moment: Floats) -> Derived:
        """The probability exp(-mu moment)."""
        (mu,) = parameters
        return -mu * moment, [-mu * moment], [-mu * moment]

    def scale(self, parameters: Floats) -> Floats:
        """No time."""
        return np.full_like(parameters[0], np.inf)

    def haste(self, parameters: Floats, moment: Floats) -> Floats:
        """The fall mu."""
        return parameters[0] + np.zeros_like(moment)

    def stay(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """The integral of exp(-mu time)."""
        (mu,) = parameters
        return -np.expm1(-mu * t) / mu + np.zeros_like(age)

    def moments(self, parameters: Floats, age: Floats, staying: Floats) -> Floats:
        """The inverse of `staying`."""
        return -np.log(staying) / parameters[0] + np.zeros_like(age)

    def staying(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """The share exp(-mu t)."""
        return np.exp(-parameters[0] * t) + np.zeros_like(age)


class Never:
    """No dropout: the NBD model of Ehrenberg (1959)."""

    names: tuple[str, ...] = ()
    covaried: tuple[int, float] = (0, 0.0)

    def left(self, parameters: Floats, moment: Floats) -> Derived:
        """The density 0."""
        return np.full_like(moment, -np.inf), [], []

    def stayed(self, parameters: Floats, moment: Floats) -> Derived:
        """The probability 1."""
        return np.zeros_like(moment), [], []

    def scale(self, parameters: Floats) -> Floats:
        """No time."""
        return np.array(np.inf)

    def haste(self, parameters: Floats, moment: Floats) -> Floats:
        """None."""
        return np.zeros_like(moment)

    def stay(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """All of `t`."""
        return np.full_like(age, t)

    def moments(self, parameters: Floats, age: Floats, staying: Floats) -> Floats:
        """Infinity: no customer drops out."""
        return np.full_like(age, np.inf)

    def staying(self, parameters: Floats, age: Floats, t: Floats | float) -> Floats:
        """Share 1."""
        return np.ones_like(age)
