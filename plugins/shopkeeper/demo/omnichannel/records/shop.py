"""The retailer's own tables of a day: prices, stock, weather, holidays, campaigns, market reports; and the
start.
"""

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.behaviour.stock import Stock
from shopkeeper.demo.omnichannel.marketing.plans import campaign_table, offer_table
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS, date_of, holiday_table
from shopkeeper.demo.omnichannel.surroundings.goods import price_table, rival_table
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill


def shop_tables(retailer: Retailer, today: Today, stock: Stock) -> dict[str, pa.Table]:
    """Return the tables of a day that belong to nobody."""
    day, parameters = today.day, retailer.parameters
    told = {
        "prices": price_table(today.prices, day),
        "stock": _stock_rows(stock, day),
        "weather": _weather_rows(today),
        "campaigns": campaign_table(today.campaigns, parameters),
        "offers": offer_table(today.campaigns, parameters),
    }
    if day == 0 or date_of(day).timetuple().tm_yday == 1:
        told["holidays"] = holiday_table(day, day + 364)
    if date_of(day).weekday() == 0:
        told["competitor_prices"] = rival_table(retailer.goods, today.prices, retailer.draw, day)
    if date_of(day).day == 1:
        told["market_reports"] = _market_report(retailer, today)
    return told


def _stock_rows(stock: Stock, day: int) -> pa.Table:
    """Return the cells in which something lies or moved."""
    parts = (stock.opening, stock.received, stock.returned, stock.sold, stock.on_hand.copy(), stock.lost)
    places, products = stock.on_hand.shape
    cell = np.arange(places * products)
    return fill(
        TABLES["stock"], len(cell), date=date_of(day), place_id=cell // products, product_id=cell % products,
        **{name: part.ravel() for name, part in zip(
            ("opening_units", "received_units", "returned_units", "sold_units", "closing_units",
            "lost_units"),
            parts, strict=True)},
    )  # fmt: skip


def _weather_rows(today: Today) -> pa.Table:
    sky = today.weather
    return fill(
        TABLES["weather"], len(sky["low"]), date=date_of(today.day), city_id=np.arange(len(sky["low"])),
        low_celsius=np.round(sky["low"], 1), high_celsius=np.round(sky["high"], 1),
        rain_mm=np.round(sky["rain"], 1),
    )  # fmt: skip


def _market_report(retailer: Retailer, today: Today) -> pa.Table:
    names = list(retailer.parameters.assortment.categories)
    kinds = list(retailer.parameters.assortment.categories.values())
    ids = np.arange(2 * len(kinds))
    market, category = ids // len(kinds), ids % len(kinds)
    price = np.array([[kind.price_cny, kind.price_gbp] for kind in kinds]).T.ravel()
    pull = np.array([kind.appeal / kind.cycle_days * kind.units for kind in kinds])[category]
    season = np.exp(today.season[market, category])
    noise = np.exp(0.06 * retailer.draw.normal("report/noise", ids, today.day))
    people = np.array([310e6, 29e6])[market]
    return fill(
        TABLES["market_reports"], len(ids), month=date_of(today.day), market=Codes(market, MARKETS),
        category=Codes(category, names), market_amount=np.round(people * pull * price * 30 * season * noise,
        -3),
        online_rate=1 / (1 + np.exp(1.1 - np.array([kind.online for kind in kinds])[category])),
        growth_rate=0.03 + 0.03 * retailer.draw.normal("report/growth", ids, today.day),
    )  # fmt: skip
