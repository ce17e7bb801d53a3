"""What traits make of a person's needs, visits and prices."""

import numpy as np

from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.people.households import Homes
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.tables.people import INTERESTS, MOTIVES, VALUES

NEVER = np.float32(1e6)


def category_cycles(
    parameters: Parameters, draw: Randomness, homes: Homes, motives: np.ndarray, values: np.ndarray,
    interests: np.ndarray, tradition: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the days between two needs of each category, (n, categories); `NEVER` where there is no need."""
    traits = {f"motive_{name}": 2 * motives[:, k] for k, name in enumerate(MOTIVES)}
    traits |= {f"value_{name}": values[:, k] for k, name in enumerate(VALUES)}
    traits |= {f"interest_{name}": interests[:, k] for k, name in enumerate(INTERESTS)}
    traits["taste_tradition"] = tradition
    ids, columns = homes.person, []
    for k, (name, kind) in enumerate(parameters.assortment.categories.items()):
        lean = sum(weight * (traits[trait] - 0.45) for trait, weight in kind.drivers.items())
        lean = lean + 0.45 * draw.normal("person/affinity", ids, k)
        appeal = np.full(len(ids), kind.appeal)
        if name == "baby":
            appeal = np.select([homes.stage == 2, homes.stage == 3], [0.62, 0.18], 0.03)
        elif name == "pets":
            appeal = kind.appeal * (0.5 + traits["interest_pets"])
        needs = draw.uniform("person/needs", ids, k) < appeal * np.exp(0.15 * lean)
        cycle = kind.cycle_days * np.exp(-lean) / homes.size**0.3
        columns.append(np.where(needs, cycle, NEVER))
    return np.stack(columns, axis=1).astype(np.float32)


def price_slopes(parameters: Parameters, draw: Randomness, homes: Homes, thrift: np.ndarray) -> np.ndarray:
    """Return the utility each person loses per unit of log price, (n,)."""
    known, ids = parameters.choice, homes.person
    rich = np.log(np.maximum(homes.income, 2_000) / np.where(homes.market == 0, 84_000, 27_000))
    noise = known.price_slope_spread * draw.normal("person/price_slope", ids)
    return (known.price_slope * np.exp(noise + 0.25 * thrift - 0.2 * rich)).astype(np.float32)


def wallets(parameters: Parameters, draw: Randomness, ids: np.ndarray) -> np.ndarray:
    """Return the log odds that a person fills a need here rather than at a rival, (n,)."""
    known = parameters.choice
    return (known.wallet_median + known.wallet_spread * draw.normal("person/wallet", ids)).astype(np.float32)


def visit_rates(
    parameters: Parameters, draw: Randomness, ids: np.ndarray, kind: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Return the log of a person's visits a day, (n,): skewed, and moved by thrift and hurry."""
    known = parameters.visits
    skew = draw.normal("person/rate", ids) - 0.35 * draw.exponential("person/rare", ids)
    busy = np.where(kind == 2, 1.0, np.where(kind == 1, 0.6, 0.0))
    rate = np.log(known.daily_mean) + known.spread * skew + 0.12 * z[:, 0] - 0.10 * z[:, 3] + busy
    return rate.astype(np.float32)
