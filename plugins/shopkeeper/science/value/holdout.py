"""Measures how well models forecast a holdout period.

Only the measures; model selection belongs to `choice`, each model to its own module.
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
    """A model's forecast for each customer, and the actual purchases.

    `expected`: number of purchases; `alive`, `active`: the probability of not having dropped out, and of at
    least one purchase; `lower`, `upper`: the probability of fewer purchases than happened, and of at most as
    many. Each is empty if the model does not give it. `bought`: the actual purchases.
    """

    expected: Floats
    alive: Floats
    active: Floats
    lower: Floats
    upper: Floats
    bought: Integers


def foretell(model: CountForecast, customers: Any, bought: Integers, t: float) -> Foretold:
    """Return a model's forecast of the next `t` for customers (table of `summarize`) who then `bought`."""
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
    """Return the randomised probability integral transform of each customer's purchases, from 0 to 1.

    It is uniform if the predicted probabilities are right (Czado, Gneiting, Held 2009, "Predictive model
    assessment for count data"): for a count, the value is drawn at random between `lower` and `upper`.
    """
    drawn = np.random.default_rng(seed).random(len(told.bought))
    return told.lower + drawn * (told.upper - told.lower)


def measures(told: Foretold) -> dict[str, float | None]:
    """Return the measures of a forecast, None for those that it does not support.

    `mean_absolute_error`, `root_mean_squared_error`; `total_bias`: expected purchases / actual purchases - 1;
    `calibration_error`: the sum over deciles of the forecast of |expected - actual| / all actual purchases;
    `alive_auc`, `active_auc`: the AUC of `alive`, and of `active`, for customers who bought against those who
    did not; `coverage_90`: the share of customers whose purchases are within the central 90 % interval
    (`randomized_pit`).
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
    """Return expected and actual purchases by decile of the forecast, highest first.

    `expected`, `happened`: one number per customer. Columns: `decile` (1 … 10), `customer_count`, `expected`,
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
    """Return the area under the ROC curve of `scores` for `happened`.

    A tie counts half (Mann, Whitney 1947). None if all or no customers are positive.
    """
    yes = int(happened.sum())
    no = len(happened) - yes
    if yes == 0 or no == 0:
        return None
    return float((rankdata(scores)[happened].sum() - yes * (yes + 1) / 2.0) / (yes * no))
