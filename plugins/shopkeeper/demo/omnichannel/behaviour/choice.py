"""Which product is taken: utilities with lasting tastes, nests and prices; the greatest one wins.

Utility of product j for person i on day t: ``appeal_j + trait fit_ij + taste_ij + nest_it(j) + loyalty_i(j)
- slope_i slope_category log(price_jt / usual level) + Gumbel_ijt``. A day's taste of a subcategory is
shared by its products, so they replace each other more than the rest do.
"""

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.people.persons import People
from shopkeeper.demo.omnichannel.people.state import State
from shopkeeper.demo.omnichannel.randomness import pair

OUT = -1e9
MOST = 8


def utilities(
    retailer: Retailer, today: Today, people: People, state: State, row: np.ndarray, category: np.ndarray,
    with_noise: bool = True,
) -> np.ndarray:  # fmt: skip
    """Return the utility of each of a category's products, (pairs, products per category), for rows and
    categories.
    """
    known, draw, goods = retailer.parameters.choice, retailer.draw, retailer.goods
    product = category[:, None] * goods.per + np.arange(goods.per)
    market, ids = people.market[row], people.person[row]
    traits = goods.traits[product]
    weights = np.stack(
        [
            people.motives[row, 1] * 2.2, people.motives[row, 2] * 2.2, people.values[row, 0] - 0.3,
            people.values[row, 2] - 0.3, 2 * people.tradition[row] - 1, 1.6 * people.spicy[row] - 0.6,
        ],
        axis=1,
    )  # fmt: skip
    utility = known.trait_effect * np.einsum("rpt,rt->rp", traits - 0.5, weights)
    utility += goods.appeal[product]
    slope = people.slope[row] * today.slope_factor * goods.slope[category]
    level = np.log(today.prices.charged)
    usual = np.log(today.prices.usual).reshape(2, -1, goods.per).mean(axis=2)
    utility -= slope[:, None] * (level[market[:, None], product] - usual[market, category][:, None])
    utility += 0.2 * today.prices.is_promo[market[:, None], product]
    taste = pair(ids[:, None], product)
    utility += known.taste_spread * draw.normal("choice/taste", taste)
    last = goods.brand[product] == state.brand[row, category][:, None]
    utility += known.brand_loyalty * (0.4 + people.values[row, 1])[:, None] * last
    if with_noise:
        nest = pair(ids[:, None], category[:, None] * 5 + goods.nest[product])
        utility += known.nest_spread * draw.normal("choice/nest", nest, today.day)
        utility += draw.gumbel("choice/noise", taste, today.day)
    return np.where(today.prices.on_sale[product], utility, OUT)


def choose(
    retailer: Retailer, today: Today, people: People, state: State, row: np.ndarray, category: np.ndarray,
    counts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Return the best ``counts`` products of each row and category (at most `MOST`).

    Returns the place of each line in ``row``, its product, and the product to take when that is out of
    stock.
    """
    if not len(row):
        return np.zeros(0, int), np.zeros(0, np.int32), np.zeros(0, np.int32)
    utility = utilities(retailer, today, people, state, row, category)
    best = np.argpartition(-utility, 2 * MOST, axis=1)[:, : 2 * MOST]
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(utility, best, axis=1), axis=1), axis=1)
    counts = np.minimum(counts, MOST)
    at = np.repeat(np.arange(len(row)), counts)
    rank = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    base = (category * retailer.goods.per)[at]
    return at, (base + best[at, rank]).astype(np.int32), (base + best[at, counts[at] + rank]).astype(np.int32)
