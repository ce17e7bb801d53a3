"""The products, and what they cost, here and at the rival, on a day."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.randomness import Randomness, pair
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS, date_of, peaks
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill

TRAITS = ("quality", "status", "sustainable", "healthy", "traditional", "spicy")
APPEAL_TO_SALES = 0.56  # measured: the slope of log sales over appeal
COMPETITORS = (("hema", "freshgo"), ("northway", "marlow_and_sons"))


@dataclass(frozen=True)
class Goods:
    """Every product as arrays by product; categories lie one after the other, ``per`` products each."""

    per: int
    category: np.ndarray
    nest: np.ndarray
    brand: np.ndarray
    list_price: np.ndarray
    cost: np.ndarray
    traits: np.ndarray
    appeal: np.ndarray
    launched: np.ndarray
    withdrawn: np.ndarray
    complement_of: np.ndarray
    slope: np.ndarray

    @property
    def count(self) -> int:
        """Number of products."""
        return len(self.category)

    @property
    def usual_share(self) -> np.ndarray:
        """Share of its category's sales that a product's appeal lets expect; tastes differ, so less than
        logit's.
        """
        weight = np.exp(APPEAL_TO_SALES * self.appeal)
        return weight / weight.reshape(-1, self.per).sum(axis=1)[self.category]


@dataclass(frozen=True)
class DayPrices:
    """Prices of a day, each (2 markets, products); ``rival`` (2, categories) is his log price advantage."""

    usual: np.ndarray
    charged: np.ndarray
    cost: np.ndarray
    is_promo: np.ndarray
    rival: np.ndarray
    log_relative: np.ndarray
    on_sale: np.ndarray


def goods(parameters: Parameters, draw: Randomness) -> Goods:
    """Return the assortment of a world."""
    known = parameters.assortment
    kinds, per = list(known.categories.values()), known.products_per_category
    ids = np.arange(len(kinds) * per)
    category = ids // per
    nest = (ids % per) * 5 // per
    traits = np.stack([draw.uniform(f"product/{trait}", ids) for trait in TRAITS], axis=1)
    mixed = known.quality_price * (traits[:, 0] * 2 - 1) * 1.7
    noise = np.sqrt(1 - known.quality_price**2) * draw.normal("product/price", ids)
    spread = np.array([kind.price_spread for kind in kinds])[category]
    middle = np.array([[kind.price_cny, kind.price_gbp] for kind in kinds]).T[:, category]
    local = 0.08 * np.stack([draw.normal("product/market", ids, market) for market in (0, 1)])
    price = middle * np.exp(spread * (mixed + noise) + local)
    charm = np.where(price < 5, np.round(price, 1), np.ceil(price)) - np.array([[0.1], [0.01]])
    list_price = np.maximum(np.round(charm, 2), 0.49)
    margin = np.clip(known.margin + 0.09 * draw.normal("product/margin", ids), 0.08, 0.7)
    launched = np.where(
        draw.uniform("product/new", ids) < known.new_rate, 365 * draw.uniform("product/launch", ids), -400
    ).astype(np.int32)
    withdrawn = np.where(
        draw.uniform("product/old", ids) < known.withdrawn_rate,
        30 + 335 * draw.uniform("product/end", ids), 100_000,
    ).astype(np.int32)  # fmt: skip
    mate = (draw.uniform("product/mate", ids) * per).astype(int) + category * per
    pairs = (draw.uniform("product/pairs", ids) < known.complement_rate) & (mate != ids)
    brand = (known.brands * draw.uniform("product/brand", ids) ** 1.6).astype(np.int16)
    return Goods(
        per, category, nest, brand, list_price, np.round(list_price * (1 - margin), 2), traits,
        parameters.choice.popularity_spread * (draw.exponential("product/appeal", ids) - 1), launched,
        np.maximum(withdrawn, launched + 60), np.where(pairs, mate, -1),
        np.array([kind.price_slope for kind in kinds]),
    )  # fmt: skip


def season(parameters: Parameters, day: int) -> np.ndarray:
    """Return the log factor of need of each category on a day, (2 markets, categories)."""
    kinds = list(parameters.assortment.categories.values())
    return np.array(
        [
            [
                sum(kind.peaks.get(name, 0.0) * near for name, near in peaks(day, market).items())
                for kind in kinds
            ]
            for market in (0, 1)
        ]
    )


def day_prices(parameters: Parameters, known: Goods, draw: Randomness, day: int) -> DayPrices:
    """Return what everything costs on a day; promotions run by the week and crowd round the seasons."""
    told, week = parameters.assortment, day // 7
    ids = np.arange(known.count)
    swell = season(parameters, week * 7 + 3)[:, known.category]
    odds = told.promo_rate * np.exp(told.promo_season * swell)
    is_promo = np.stack([draw.uniform("price/promo", ids, week, market) for market in (0, 1)]) < odds
    depth = np.array(told.promo_depths)[
        np.stack([draw.bits("price/depth", ids, week, market) for market in (0, 1)]) % len(told.promo_depths)
    ]
    grown = 1 + told.inflation * (day // 30) / 12
    usual = np.round(known.list_price * grown, 2)
    charged = np.where(is_promo, np.maximum(np.round(usual * (1 - depth), 2), 0.2), usual)
    groups = np.arange(known.count // known.per)
    past = np.stack(
        [[draw.normal("price/rival", groups, week - lag, market) for lag in range(8)] for market in (0, 1)]
    )
    weights = 0.8 ** np.arange(8)
    index = told.rival_spread * np.einsum("mlc,l->mc", past, weights) / np.sqrt((weights**2).sum())
    ours = np.log(charged / usual).reshape(2, -1, known.per).mean(axis=2)
    on_sale = (known.launched <= day) & (day <= known.withdrawn)
    return DayPrices(
        usual,
        charged,
        np.round(known.cost * grown, 2),
        is_promo,
        ours - index,
        np.log(charged / usual),
        on_sale,
    )


def product_table(known: Goods, parameters: Parameters, draw: Randomness) -> pa.Table:
    """Return `products`."""
    ids, kinds = np.arange(known.count), parameters.assortment.categories
    words = [name for kind in kinds.values() for name in kind.subcategories]
    traits = {name: known.traits[:, k] for k, name in enumerate(TRAITS)}
    return fill(
        TABLES["products"], known.count, product_id=ids, category=Codes(known.category, list(kinds)),
        subcategory=Codes(known.category * 5 + known.nest, words), brand_id=known.brand,
        name_key=draw.bits("product/name", ids), cost_cny=known.cost[0], cost_gbp=known.cost[1],
        list_cny=known.list_price[0], list_gbp=known.list_price[1],
        launched_date=[date_of(int(day)) for day in known.launched],
        withdrawn_date=[date_of(int(day)) if day < 100_000 else None for day in known.withdrawn],
        complement_of=(known.complement_of, known.complement_of < 0), **traits,
    )  # fmt: skip


def price_table(today: DayPrices, day: int) -> pa.Table:
    """Return `prices` of a day."""
    count = today.usual.shape[1]
    return fill(
        TABLES["prices"], 2 * count, date=date_of(day), market=Codes(np.repeat([0, 1], count), MARKETS),
        product_id=np.tile(np.arange(count), 2), list_amount=today.usual.ravel(),
        price_amount=today.charged.ravel(), cost_amount=today.cost.ravel(), is_promo=today.is_promo.ravel(),
    )  # fmt: skip


def rival_table(known: Goods, today: DayPrices, draw: Randomness, day: int) -> pa.Table:
    """Return `competitor_prices` as a Monday's survey of every third product saw them, with errors of its
    own.
    """
    ids = np.arange(day // 7 % 3, known.count, 3)
    cells = [(market, rival) for market in (0, 1) for rival in (0, 1)]
    shown = []
    for market, rival in cells:
        noise = 0.05 * draw.normal("price/seen", pair(ids, rival), day, market)
        ours = today.charged[market, ids] * np.exp(-today.rival[market, known.category[ids]] + noise)
        shown.append(np.round(ours, 2))
    words = [COMPETITORS[market][rival] for market, rival in cells]
    return fill(
        TABLES["competitor_prices"], len(cells) * len(ids), date=date_of(day),
        market=Codes(np.repeat([market for market, _ in cells], len(ids)), MARKETS),
        product_id=np.tile(ids, len(cells)), price_amount=np.concatenate(shown),
        competitor=Codes(np.repeat(np.arange(len(cells)), len(ids)), words),
    )  # fmt: skip
