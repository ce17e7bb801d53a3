"""True price effects: who replaces whom, who is bought with whom, and what a dearer category loses.

Choice elasticities are exact for the planted utilities given the nests drawn: ``d ln D_j / d ln p_k =
-sum_i w_i s_i P_ij (1[j = k] - P_ik) / sum_i w_i P_ij``, with person i's need ``w_i`` and price slope
``s_i``, averaged over draws of the day's tastes of nests. Category elasticities are reruns with every price
of the category raised by 5 % under common random numbers: visits, incidence, units and rivals included.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.choice import OUT, utilities
from shopkeeper.demo.omnichannel.behaviour.day import live
from shopkeeper.demo.omnichannel.behaviour.settings import Today, morning
from shopkeeper.demo.omnichannel.effects.reruns import Stage
from shopkeeper.demo.omnichannel.randomness import pair

RISE = 0.05


def choice_elasticities(found: Stage, day: int, draws: int = 4) -> pa.Table:
    """Return one row a pair of products of a category: own, substitute and complement elasticities of first
    choices.
    """
    retailer, goods = found.retailer, found.retailer.goods
    today, parts = morning(retailer, day), []
    for category in range(goods.count // goods.per):
        row = np.flatnonzero(found.people.cycle[:, category] < 1e6)
        need = 1 / found.people.cycle[row, category]
        slope = found.people.slope[row] * today.slope_factor * goods.slope[category]
        product = category * goods.per + np.arange(goods.per)
        plain = utilities(
            retailer, today, found.people, found.state, row, np.full(len(row), category), with_noise=False
        )
        demand, change = np.zeros(goods.per), np.zeros((goods.per, goods.per))
        for draw in range(draws):
            nest = pair(found.people.person[row][:, None], goods.nest[product][None, :] + 5 * draw)
            noise = retailer.parameters.choice.nest_spread * retailer.draw.normal("price/nest", nest)
            utility = np.where(plain <= OUT, -np.inf, plain + noise)
            share = np.exp(utility - utility.max(axis=1, keepdims=True))
            share /= share.sum(axis=1, keepdims=True)
            weight = (need * slope)[:, None] * share
            demand += (need[:, None] * share).sum(axis=0)
            change += np.einsum("ij,ik->jk", weight, share) - np.diag(weight.sum(axis=0))
        sold = np.flatnonzero(demand > 0)
        elasticity = change[np.ix_(sold, sold)] / demand[sold][:, None]
        left, right = np.meshgrid(product[sold], product[sold], indexing="ij")
        parts.append((left.ravel(), right.ravel(), elasticity.ravel()))
    bought, priced, elasticity = (np.concatenate(part) for part in zip(*parts, strict=True))
    together = (goods.complement_of[bought] == priced) | (goods.complement_of[priced] == bought)
    relation = np.select([bought == priced, together], ["own", "complement"], "substitute")
    return pa.table(
        {"product_id": bought, "priced_product_id": priced, "relation": relation, "elasticity": elasticity}
    )


def category_elasticities(found: Stage, days: range) -> pa.Table:
    """Return one row a category: relative change of its units for one relative change of its prices."""
    names = list(found.retailer.parameters.assortment.categories)
    usual = _units(found, days, None)
    told = [(_units(found, days, k)[k] / usual[k] - 1) / RISE for k in range(len(names))]
    return pa.table({"category": names, "units": usual, "elasticity": told})


def _units(found: Stage, days: range, dearer: int | None) -> np.ndarray:
    rows = np.arange(found.people.count)
    people, state = found.people.take(rows), found.state.take(rows)
    units = np.zeros(found.retailer.goods.count // found.retailer.goods.per)
    for day in days:
        today = morning(found.retailer, day)
        if dearer is not None:
            today = _raised(found, today, dearer)
        baskets = live(found.retailer, today, people, state, found.serve(day)).baskets
        units += np.bincount(baskets.category, baskets.units, len(units))
    return units


def _raised(found: Stage, today: Today, category: int) -> Today:
    of_it = found.retailer.goods.category == category
    factor = np.where(of_it, 1 + RISE, 1.0)
    prices = today.prices
    rival = prices.rival + np.log1p(RISE) * (np.arange(prices.rival.shape[1]) == category)
    raised = replace(
        prices,
        charged=prices.charged * factor,
        rival=rival,
        log_relative=prices.log_relative + np.log(factor),
    )
    return replace(today, prices=raised)
