"""How anything is scored on this world: naive, peer, ours and oracle side by side, over seeds.

``gap closed = (ours - naive) / (oracle - naive)`` by seed; its interval is a bootstrap over seeds (Efron
1979). A bar is void where the oracle's mean is above .97 or the gap's mean below .10: then naive is as good
as anything. Scores are better when greater and lie in [0, 1].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

LEAST_SEEDS = 10
ORACLE_CEILING = 0.97
LEAST_GAP = 0.10


@dataclass(frozen=True)
class Seed:
    """The scores of one seed's world; ``ours`` is nan where nobody is scored."""

    naive: float
    peer: float
    ours: float
    oracle: float


@dataclass(frozen=True)
class Bar:
    """A score over seeds: means, 95 % intervals of the oracle and of the gap closed, and why it is void
    (None: it counts).
    """

    name: str
    naive: float
    peer: float
    ours: float
    oracle: float
    oracle_low: float
    oracle_high: float
    gap_closed: float
    low: float
    high: float
    void: str | None

    def __str__(self) -> str:
        told = f"{self.name}: naive {self.naive:.3f} peer {self.peer:.3f} "
        told += f"ours {'-' if np.isnan(self.ours) else f'{self.ours:.3f}'} oracle {self.oracle:.3f} "
        told += f"[{self.oracle_low:.3f}, {self.oracle_high:.3f}]"
        if self.void:
            return f"{told}; void: {self.void}"
        if np.isnan(self.ours):
            return told
        return f"{told}; gap closed {self.gap_closed:.2f} [{self.low:.2f}, {self.high:.2f}]"


def bar(name: str, seeds: Sequence[Seed], resamples: int = 2_000) -> Bar:
    """Return the bar of one score. Raises `ValueError` with fewer than ten seeds."""
    if len(seeds) < LEAST_SEEDS:
        raise ValueError(f"{name}: {len(seeds)} seeds, at least {LEAST_SEEDS} are needed")
    scores = np.array([[seed.naive, seed.peer, seed.ours, seed.oracle] for seed in seeds])
    naive, peer, ours, oracle = scores.mean(axis=0)
    drawn = np.random.default_rng(0).integers(len(seeds), size=(resamples, len(seeds)))
    means = scores[drawn].mean(axis=1)
    width = means[:, 3] - means[:, 0]
    closed = np.divide(means[:, 2] - means[:, 0], width, out=np.zeros(resamples), where=np.abs(width) > 1e-12)
    low, high = np.quantile(closed, [0.025, 0.975])
    void = None
    if oracle > ORACLE_CEILING:
        void = f"the oracle is above {ORACLE_CEILING}"
    elif oracle - naive < LEAST_GAP:
        void = f"the gap is below {LEAST_GAP:.2f}"
    gap = (ours - naive) / (oracle - naive) if abs(oracle - naive) > 1e-12 else 0.0
    edges = np.quantile(means[:, 3], [0.025, 0.975])
    return Bar(
        name, naive, peer, ours, oracle, float(edges[0]), float(edges[1]), gap, float(low), float(high), void
    )


def placebo(
    score: Callable[[np.ndarray, np.ndarray], float],
    truth: np.ndarray,
    estimate: np.ndarray,
    shuffles: int = 20,
) -> np.ndarray:
    """Return the scores of an estimate against shuffled truth, (shuffles,): a score that beats them by
    chance only measures nothing.
    """
    generator = np.random.default_rng(0)
    return np.array([score(generator.permutation(truth), estimate) for _ in range(shuffles)])
