"""Measures how well models predict what customers did in a period that the models have not seen.

Only the measures; choosing a model belongs to `choice`, and models to modules of their own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import rankdata

from shopkeeper.science.inputs import read_table
from shopkeeper.science.value.counts import CountForecast
from shopkeeper.science.value.fitting import Floats

Integers = NDArray[np.int64]

_PARTS = 10
_LEVEL = 0.9


@dataclass(frozen=True)
class Foretold:
    """What a model foretold of customers, beside what they did.

    `expected`: purchases; `alive`, `active`: the probability that they have not left, that they buy at all;
    `lower`, `upper`: the probability of fewer purchases than happened, and of no more; each empty where the
    rival does not say. `bought`: what happened.
    """

    expected: Floats
    alive: Floats
    active: Floats
    lower: Floats
    upper: Floats
    bought: Integers


def foretell(model: CountForecast, customers: Any, bought: Integers, t: float) -> Foretold:
    """Ask a model about the next `t` of customers (table of `summarize`) who then bought so often."""
    seen = read_table(customers)
    lower, upper = model.cumulative(seen, t, bought)
    return Foretold(
        model.expected_transactions(seen, t),
        model.probability_alive(seen),
        1.0 - model.transaction_probabilities(seen, t, 0)[:, 0],
        lower,
        upper,
        bought,
    )


def randomized_pit(told: Foretold, seed: int = 0) -> Floats:
    """Return where each customer's purchases lie in what was foretold, from 0 to 1.

    It is uniform where the probabilities are right (Czado, Gneiting, Held 2009, "Predictive model assessment
    for count data"): a whole number's place is drawn from the probability that it has.
    """
    drawn = np.random.default_rng(seed).random(len(told.bought))
    return told.lower + drawn * (told.upper - told.lower)


def measures(told: Foretold) -> dict[str, float | None]:
    """Return the measures of a rival, None for what it does not say.

    `mean_absolute_error`, `root_mean_squared_error`; `total_bias`: purchases expected over those that
    happened, less 1; `calibration_error`: purchases expected in the wrong tenth (of customers by
    expectation), over all; `alive_auc`, `active_auc`: how probably who bought was held for alive, and for
    going to buy, more surely than who did not; `coverage_90`: the share whose purchases lie in the middle
    90 % of what was foretold (`randomized_pit`).
    """
    found: dict[str, float | None] = dict.fromkeys(MEASURES)
    if len(told.expected):
        apart, total = told.expected - told.bought, max(int(told.bought.sum()), 1)
        table = calibration(told.expected, told.bought)
        wrong = np.abs(table["expected"].to_numpy() - table["happened"].to_numpy()).sum()
        found |= {
            "mean_absolute_error": float(np.abs(apart).mean()),
            "root_mean_squared_error": float(np.sqrt((apart**2).mean())),
            "total_bias": float(apart.sum() / total),
            "calibration_error": float(wrong / total),
        }
    if len(told.alive):
        found["alive_auc"] = auc(told.alive, told.bought > 0)
        found["active_auc"] = auc(told.active, told.bought > 0)
    if len(told.lower):
        place, tail = randomized_pit(told), (1.0 - _LEVEL) / 2.0
        found["coverage_90"] = float(((place > tail) & (place < 1.0 - tail)).mean())
    return found


MEASURES = (
    "mean_absolute_error",
    "root_mean_squared_error",
    "total_bias",
    "calibration_error",
    "alive_auc",
    "active_auc",
    "coverage_90",
)


def calibration(expected: Any, happened: Any) -> pa.Table:
    """Return what was expected of each tenth of customers, most first, beside what happened.

    `expected`, `happened`: one number a customer. Columns: `decile` (1 … 10), `customer_count`, `expected`,
    `happened` (both summed; double).
    """
    foreseen, seen = np.asarray(expected, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    if foreseen.shape != seen.shape or foreseen.ndim != 1:
        raise ValueError("expected and happened differ in length; give one number a customer in each")
    deciles = np.array_split(np.argsort(-foreseen, kind="stable"), _PARTS)
    return pa.table(
        {
            "decile": pa.array(range(1, _PARTS + 1), pa.int64()),
            "customer_count": pa.array([len(members) for members in deciles], pa.int64()),
            "expected": pa.array([foreseen[members].sum() for members in deciles], pa.float64()),
            "happened": pa.array([seen[members].sum() for members in deciles], pa.float64()),
        }
    )


def auc(scores: Floats, happened: NDArray[np.bool_]) -> float | None:
    """Return the probability that one of those it happened to scores higher than one of the others.

    A tie counts half (Mann, Whitney 1947); None if it happened to all or to nobody.
    """
    yes = int(happened.sum())
    no = len(happened) - yes
    if yes == 0 or no == 0:
        return None
    return float((rankdata(scores)[happened].sum() - yes * (yes + 1) / 2.0) / (yes * no))
