"""What a basket costs: prices, coupons, points, delivery; and which lines come back."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.baskets import Lines
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.behaviour.visits import STORE, Visits
from shopkeeper.demo.omnichannel.people.persons import People
from shopkeeper.demo.omnichannel.people.state import State
from shopkeeper.demo.omnichannel.randomness import pair

CNY_PER_GBP = 9.2
REASONS = ("fit", "quality", "late", "changed_mind", "damaged")
TIERS = ("bronze", "silver", "gold")
BURN = 500


@dataclass
class Baskets:
    """One row a buying visit, and its lines sorted by it; money in the market's currency.

    ``coupon`` is the campaign whose coupon was used (-1: none), ``burned`` points spent, ``back_day`` the
    day on which a line comes back (-1: it stays).
    """

    visit: np.ndarray
    goods: np.ndarray
    discount: np.ndarray
    delivery: np.ndarray
    net: np.ndarray
    coupon: np.ndarray
    burned: np.ndarray
    promised: np.ndarray
    taken: np.ndarray
    basket: np.ndarray
    category: np.ndarray
    product: np.ndarray
    wanted: np.ndarray
    units: np.ndarray
    price: np.ndarray
    line_discount: np.ndarray
    line_net: np.ndarray
    line_number: np.ndarray
    back_day: np.ndarray
    back_reason: np.ndarray

    @property
    def count(self) -> int:
        """Number of baskets."""
        return len(self.visit)


def pay(
    retailer: Retailer, today: Today, people: People, state: State, visits: Visits, lines: Lines
) -> Baskets:
    """Return the baskets of a day; ``lines`` holds what was served, sorted by nothing."""
    draw, day, known = retailer.draw, today.day, retailer.parameters
    order = np.lexsort((lines.product, lines.visit))
    at, product, units = lines.visit[order], lines.product[order], lines.units[order]
    visit, start, size = np.unique(at, return_index=True, return_counts=True)
    basket = np.repeat(np.arange(len(visit)), size)
    row = visits.row[visit]
    market, ids = people.market[row], pair(people.person[row], visits.slot[visit])
    price = today.prices.charged[market[basket], product]
    gross = np.round(price * units, 2)
    goods = np.round(np.bincount(basket, gross, len(visit)), 2)
    coupon, off = _coupons(today, state, row, retailer.goods.category[product], basket, gross, goods)
    off = np.where(people.kind[row] == 1, np.maximum(off, 0.10 * goods), off)
    may = (state.points[row] >= BURN) & (draw.uniform("pay/burns", ids, day) < known.loyalty.burn_rate)
    worth = BURN * known.loyalty.point_amount * np.where(market == 0, CNY_PER_GBP, 1.0)
    burns = may & (goods - off > 2 * worth)
    discount = np.round(off + burns * worth, 2)
    share = np.floor(discount[basket] * gross / np.maximum(goods, 0.01)[basket] * 100) / 100
    share[start] += np.round(discount - np.bincount(basket, share, len(visit)), 2)
    share = np.round(share, 2)
    screen = visits.channel[visit] != STORE
    free = np.where(market == 0, 99.0, 35.0)
    delivery = np.where(screen & (goods - discount < free), np.where(market == 0, 8.0, 3.95), 0.0)
    promised = np.where(screen, 1 + (draw.uniform("pay/promised", ids, day) * 3).astype(int), 0)
    strain = known.feelings.late_rate * (1 + 1.2 * today.peak[market])
    late = screen & (draw.uniform("pay/late", ids, day) < strain)
    taken = promised + late * (1 + (draw.exponential("pay/late_days", ids, day) * 2).astype(int).clip(0, 12))
    back_day, reason = _come_back(retailer, today, people, visits, visit, basket, product, taken)
    return Baskets(
        visit, goods, discount, delivery, np.round(goods - discount, 2), coupon,
        burns * BURN, promised, taken, basket, retailer.goods.category[product], product,
        lines.wanted[order], units, price, share, np.round(gross - share, 2),
        np.arange(len(at)) - start[basket] + 1,
        back_day, reason,
    )  # fmt: skip


def _coupons(
    today: Today, state: State, row: np.ndarray, category: np.ndarray, basket: np.ndarray, gross: np.ndarray,
    goods: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return the campaign whose coupon a basket uses, and what it takes off."""
    used, off = np.full(len(row), -1, np.int32), np.zeros(len(row))
    valid = np.where(state.coupon_until[row] >= today.day, state.coupon[row], -1)
    for offer in today.offers:
        holds = valid == offer.campaign_id
        if not holds.any():
            continue
        counts = (
            goods
            if offer.category < 0
            else np.bincount(basket, gross * (category == offer.category), len(row))
        )
        fits = holds & (counts > 0) & (goods >= offer.minimum)
        used[fits] = offer.campaign_id
        off[fits] = np.minimum(offer.rate * counts + offer.amount, 0.6 * goods)[fits]
    return used, np.round(off, 2)


def _come_back(
    retailer: Retailer, today: Today, people: People, visits: Visits, visit: np.ndarray, basket: np.ndarray,
    product: np.ndarray, taken: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    draw, goods = retailer.draw, retailer.goods
    rates = np.array([kind.return_rate for kind in retailer.parameters.assortment.categories.values()])
    screen = (visits.channel[visit] != STORE)[basket]
    ids = pair(people.person[visits.row[visit]][basket], product)
    chance = rates[goods.category[product]] * np.where(screen, 1.0, 0.15)
    chance = (
        chance
        * np.exp(1.4 * (0.5 - goods.traits[product, 0]))
        * np.exp(0.4 * (people.market[visits.row[visit]][basket]))
    )
    comes = draw.uniform("pay/back", ids, today.day) < np.minimum(chance, 0.6)
    wait = taken[basket] + 1 + (draw.exponential("pay/back_days", ids, today.day) * 6).astype(int).clip(0, 28)
    reason = draw.choice("pay/reason", ids, np.array([0.38, 0.24, 0.06, 0.24, 0.08]), today.day)
    return np.where(comes, today.day + wait, -1), np.where(comes, reason, -1)
