"""Draws null data: customers without groups but otherwise like the real ones, as a reference.

Add null hypotheses about groups here; the stability of groups belongs to `resampling`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.special import ndtri
from scipy.stats import rankdata

from shopkeeper.science.segments.grouping import Labels
from shopkeeper.science.segments.preparation import Matrix

_BINS = 512
_VALLEY = 6.0
_BISECTIONS = 12


@dataclass(frozen=True)
class Crowd:
    """A group of customers as if it had no groups within: a Gaussian copula and smoothed features.

    `members`: rows of the table. `root`: the root of the covariance of its normal scores. `widths`: the
    normal kernel that smooths each feature: the narrowest without a valley deeper than chance (Silverman
    1981).
    """

    members: NDArray[np.bool_]
    values: NDArray[np.float64]
    root: NDArray[np.float64]
    widths: NDArray[np.float64]

    @classmethod
    def of(cls, matrix: Matrix, members: NDArray[np.bool_]) -> "Crowd":
        """Fit the distribution of the members, as if they had no groups."""
        values = matrix[members].astype(np.float64)
        normal = ndtri((rankdata(values, axis=0) - 0.5) / len(values))
        widths = np.array([_width(values[:, j]) for j in range(values.shape[1])])
        return cls(members, values, _root(normal, 0.5), widths)

    def draw(self, random: np.random.Generator) -> NDArray[np.float64]:
        """Return as many customers, with exactly the crowd's correlations of normal scores and its spread."""
        count, features = self.values.shape
        if count <= features + 2:
            return self.values[random.integers(count, size=count)]
        noise = random.normal(size=(count, features))
        drawn = (noise - noise.mean(axis=0)) @ _root(noise, -0.5) @ self.root
        places = drawn.argsort(axis=0).argsort(axis=0)
        means, spreads = self.values.mean(axis=0), self.values.std(axis=0)
        blurred = self.values - means + self.widths * random.normal(size=(count, features))
        shrunk = np.sqrt(1 + (self.widths / np.where(spreads > 0, spreads, 1)) ** 2)
        return np.take_along_axis(np.sort(means + blurred / shrunk, axis=0), places, axis=0)


def crowds_of(matrix: Matrix, groups: Labels) -> list[Crowd]:
    """Return one crowd for each group."""
    return [Crowd.of(matrix, groups == group) for group in np.unique(groups)]


def draw(crowds: list[Crowd], random: np.random.Generator) -> Matrix:
    """Return as many customers as the crowds were learned from, in their places."""
    drawn = np.empty((len(crowds[0].members), crowds[0].values.shape[1]), dtype=np.float32)
    for crowd in crowds:
        drawn[crowd.members] = crowd.draw(random)
    return drawn


def _root(values: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Return a power of the covariance matrix; that of a single row is zero."""
    if len(values) == 1:
        return np.zeros((values.shape[1], values.shape[1]))
    variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(values, rowvar=False)))
    is_flat = variances < 1e-9
    return (directions * np.where(is_flat, 0, np.where(is_flat, 1, variances) ** power)) @ directions.T


def _width(values: NDArray[np.float64]) -> float:
    """Return the standard deviation of the narrowest kernel without a true valley; 0 if none is needed."""
    spread = values.std()
    if spread < 1e-9:
        return 0.0
    edges = np.linspace(values.min() - 3 * spread, values.max() + 3 * spread, _BINS + 1)
    step = edges[1] - edges[0]
    density = np.histogram(values, edges)[0] / (len(values) * step)
    low, high = step, 2 * spread
    for _ in range(_BISECTIONS):
        middle = np.sqrt(low * high)
        if _has_valley(density, middle, step, len(values)):
            low = middle
        else:
            high = middle
    return float(high) if high > 1.5 * step else 0.0


def _has_valley(density: NDArray[np.float64], width: float, step: float, count: int) -> bool:
    smooth = gaussian_filter1d(density, width / step, mode="constant", truncate=6)
    error = np.sqrt(np.maximum(smooth, 1e-12) / (2 * np.sqrt(np.pi) * width * count))
    left, right = np.maximum.accumulate(smooth), np.maximum.accumulate(smooth[::-1])[::-1]
    return bool((np.minimum(left, right) - smooth > _VALLEY * error).any())
