"""The likelihood of histories whose customers may leave at any moment, with its derivatives.

The moment of leaving is integrated out by quadrature, for any number of purchases and with all derivatives,
where Fader and Hardie use two hypergeometric functions. How long customers stay belongs to `lifetimes`.
"""

import numpy as np
from scipy.special import gammaln, polygamma, psi

from shopkeeper.science.value.fitting import Floats
from shopkeeper.science.value.lifetimes import Derived, Lifetimes

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def scores(
    law: Lifetimes, rates: Floats, lives: Floats, seen: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what each history says: its log-likelihood, slopes, bends, and how surely who is still there.

    `rates`: r and alpha; `lives`: the parameters of the law; `seen`: frequency, recency, age; each a row of
    one value a history. Slopes (histories × parameters) and bends (histories × parameters × parameters) are
    by the logs of r, alpha, and the law's parameters.
    """
    r, alpha, x, t, age = (row[:, None] for row in (*rates, *seen))
    law_rows = lives[:, :, None]
    moment, weight = _nodes(law, (r, alpha), law_rows, (x, t, age))
    left, stayed = law.left(law_rows, moment), law.stayed(law_rows, age)
    parts = [np.hstack([one, other]) for one, other in zip(_flat(left), _flat(stayed), strict=True)]
    bought = _purchases(r, alpha, x, np.hstack([moment, age]))
    value = bought[0] + parts[0] + np.hstack([weight, np.zeros_like(age)])
    highest = value.max(axis=1, keepdims=True)
    share = np.exp(value - highest)
    total = share.sum(axis=1, keepdims=True)
    share /= total
    names = len(law.names)
    slopes = np.stack([*bought[1], *parts[1 : 1 + names]], axis=1)
    mean = np.einsum("ipj,ij->ip", slopes, share)
    bends = np.einsum("ipj,iqj,ij->ipq", slopes, slopes, share) - mean[:, :, None] * mean[:, None, :]
    of_rates = [np.einsum("ij,ij->i", each, share) for each in bought[2]]
    of_lives = [np.einsum("ij,ij->i", each, share) for each in parts[1 + names :]]
    for own, offset, size in ((of_rates, 0, 2), (of_lives, 2, names)):
        for each, row, column in zip(own, *np.triu_indices(size), strict=True):
            bends[:, offset + row, offset + column] += each
            if row != column:
                bends[:, offset + column, offset + row] += each
    return (highest + np.log(total))[:, 0], mean, bends, share[:, -1]


def _nodes(
    law: Lifetimes, rates: tuple[Floats, Floats], lives: Floats, seen: tuple[Floats, ...]
) -> tuple[Floats, Floats]:
    """Return moments between the last purchase and the age, and the logs of their weights in an integral.

    In the logarithm of scale + moment the density of leaving falls ever faster, so that in a power of it that
    falls a third as fast as the density does at first, the integrand is nearly a polynomial.
    """
    (r, alpha), (x, t, age) = rates, seen
    scale = np.minimum(alpha, law.scale(lives))
    fall = ((r + x) / (alpha + t) + law.haste(lives, t)) * (scale + t) - 1.0
    power = np.maximum(fall / 3.0, 0.3)
    least = np.exp(-power * np.log((scale + age) / (scale + t)))
    place = least + (1.0 - least) * (1.0 + _NODES) / 2.0
    longer = -np.log(place) / power
    with np.errstate(divide="ignore"):
        weight = (
            np.log(_WEIGHTS / 2.0) + np.log1p(-least) - np.log(power * place) + np.log(scale + t) + longer
        )
    return t + (scale + t) * np.expm1(longer), weight


def _purchases(r: Floats, alpha: Floats, x: Floats, moment: Floats) -> Derived:
    """Return Γ(r + x) / Γ(r) × alpha ** r / (alpha + moment) ** (r + x): purchases of who stays so long."""
    reached = alpha + moment
    longer, part = np.log(reached / alpha), alpha / reached
    value = gammaln(r + x) - gammaln(r) - r * longer - x * np.log(reached)
    by_r = r * (psi(r + x) - psi(r) - longer)
    by_alpha = r - (r + x) * part
    bend = by_r + r**2 * (polygamma(1, r + x) - polygamma(1, r))
    return value, [by_r, by_alpha], [bend, r * (1.0 - part), -(r + x) * part * (1.0 - part)]


def _flat(derived: Derived) -> list[Floats]:
    value, slopes, bends = derived
    return [value, *slopes, *bends]
