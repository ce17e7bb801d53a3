"""A channel's true share: its Shapley value over the 64 worlds in which each group of channels is on or
off.

``phi_c = sum over S without c of |S|! (5 - |S|)! / 6! (v(S + c) - v(S))``, v the net revenue (Shapley
1953). It is computed by person, so its mean has a standard error over persons.
"""

from dataclasses import dataclass
from itertools import product
from math import factorial

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.settings import Switches
from shopkeeper.demo.omnichannel.effects.reruns import Stage, revenue, side_by_side
from shopkeeper.demo.omnichannel.marketing.plans import GROUPS

SUBSETS = np.array(list(product((False, True), repeat=len(GROUPS))))


@dataclass(frozen=True)
class ChannelEffects:
    """``value`` (64 worlds, persons) is net revenue in GBP; ``shapley`` (persons, 6) each channel's part of
    it.
    """

    value: np.ndarray
    shapley: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Share of each channel in what all channels bring, (6,); nan when they bring nothing."""
        total = self.shapley.sum()
        return self.shapley.sum(axis=0) / total if abs(total) > 1e-9 else np.full(len(GROUPS), np.nan)

    def table(self) -> pa.Table:
        """Return one row a channel group: mean effect a person, its standard error, the share."""
        count = len(self.shapley)
        return pa.table(
            {
                "channel_group": list(GROUPS),
                "net_amount": self.shapley.mean(axis=0),
                "standard_error": self.shapley.std(axis=0, ddof=1) / np.sqrt(count),
                "share": self.shares,
            }
        )


def channel_effects(found: Stage, day_count: int | None = None) -> ChannelEffects:
    """Return the true effect of each channel group over the first days of a world (all that were lived)."""
    people, state = side_by_side(found, len(SUBSETS))
    channels = np.repeat(SUBSETS, found.people.count, axis=0)
    days = range(day_count or found.day_count)
    value = revenue(found, people, state, days, Switches(channels=channels)).reshape(len(SUBSETS), -1)
    return ChannelEffects(value, shapley(value))


def shapley(value: np.ndarray) -> np.ndarray:
    """Return Shapley values, (persons, players), from the value of every subset of `SUBSETS`, (64,
    persons).
    """
    players = SUBSETS.shape[1]
    index = {tuple(subset): k for k, subset in enumerate(SUBSETS.tolist())}
    result = np.zeros((value.shape[1], players))
    for subset in SUBSETS.tolist():
        size = sum(subset)
        for player in range(players):
            if subset[player]:
                continue
            joined = [*subset[:player], True, *subset[player + 1 :]]
            weight = factorial(size) * factorial(players - size - 1) / factorial(players)
            result[:, player] += weight * (value[index[tuple(joined)]] - value[index[tuple(subset)]])
    return result
