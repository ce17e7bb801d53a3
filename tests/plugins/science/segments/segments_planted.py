"""Customers with planted groups: the truth that clustering is measured against.

How they are made (everything follows from the seed):

- 8 groups take 25, 20, 15, 12, 10, 8, 6 and 4 percent of the customers.
- 12 of the features separate the groups. Each group is, on each of them, at one of three levels: low,
  middle or high (-2, 0 and 2 standard deviations of its members), drawn so that any two groups differ by two
  levels or more on at least two features. Members spread round their group's level normally, and share a
  customer-wide factor, as heavy buyers are heavy in many ways: features of one customer correlate by .1
  within a group.
- 8 features say nothing: the same distribution for everybody.
- Then each feature takes the shape that retail data has: money (log-normal, skewed: a mean several times the
  median), counts (rounded down, so that ties abound and small ones are 0), days (0 … 365, cut at both ends),
  shares (0–1 in steps of 5 %).
- A share of the values, 2 to 8 percent by feature, is missing at random.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SHARES = (0.25, 0.20, 0.15, 0.12, 0.10, 0.08, 0.06, 0.04)
KINDS = ("amount", "count", "days", "rate")
TELLING = 12


def _levels(rng: np.random.Generator, groups: int) -> NDArray[np.float64]:
    while True:
        levels = rng.integers(-1, 2, size=(groups, TELLING))
        gaps = np.abs(levels[:, None] - levels[None])
        apart = (gaps == 2).sum(axis=2) + 100 * np.eye(groups)
        if apart.min() >= 2:
            return 2.0 * levels.astype(np.float64)


def _shape(kind: str, latent: NDArray[np.float64]) -> NDArray[np.float64]:
    if kind == "amount":
        return np.round(40 * np.exp(0.9 * latent), 2)
    if kind == "count":
        return np.floor(3 * np.exp(0.7 * latent))
    if kind == "days":
        return np.clip(np.floor(90 + 60 * latent), 0, 365)
    return np.round(20 / (1 + np.exp(-1.2 * latent))) / 20


def planted(customers: int, *, seed: int, features: int = 20) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return a feature table (`customer_id` and `features` columns) and each row's true group."""
    rng = np.random.default_rng(seed)
    levels = _levels(rng, len(SHARES))
    group = rng.choice(len(SHARES), size=customers, p=SHARES)
    heaviness = rng.normal(size=customers)
    columns: dict[str, pa.Array] = {"customer_id": pa.array(rng.permutation(customers))}
    for j in range(features):
        latent = np.sqrt(0.1) * heaviness + np.sqrt(0.9) * rng.normal(size=customers)
        if j < TELLING:
            latent += levels[group, j]
        kind = KINDS[j % len(KINDS)]
        missing = rng.random(customers) < rng.uniform(0.02, 0.08)
        columns[f"feature{j:02d}_{kind}"] = pa.array(_shape(kind, latent), mask=missing)
    return pa.table(columns), group


def one_crowd(kind: str) -> NDArray[np.float64]:
    """Return customers × habits without any groups, spread as `kind` says."""
    rng = np.random.default_rng(6)
    drawn = {
        "normal": rng.normal(size=(1_500, 3)),
        "correlated": rng.normal(size=(1_500, 1)) + 0.5 * rng.normal(size=(1_500, 4)),
        "money": np.exp(rng.normal(size=(1_500, 1)) + 0.5 * rng.normal(size=(1_500, 4))),
        "counts": rng.poisson(3, size=(1_500, 4)).astype(float),
        "even": rng.uniform(size=(1_500, 2)),
    }
    return drawn[kind]
