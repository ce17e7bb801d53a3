"""Cities, stores and warehouses, and the weather over them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS, date_of
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill

# name, market, latitude, longitude, weight of inhabitants, income, mean temperature, half its yearly swing,
# share of wet days
CITIES = (
    ("shanghai", 0, 31.23, 121.47, 5.0, 1.25, 17.0, 12.0, 0.34),
    ("beijing", 0, 39.90, 116.40, 4.4, 1.25, 13.0, 15.5, 0.19),
    ("guangzhou", 0, 23.13, 113.26, 3.6, 1.10, 22.5, 7.5, 0.40),
    ("chengdu", 0, 30.57, 104.07, 3.2, 0.95, 16.8, 9.8, 0.37),
    ("wuhan", 0, 30.59, 114.31, 2.4, 0.92, 17.0, 12.5, 0.33),
    ("xian", 0, 34.34, 108.94, 2.2, 0.85, 14.6, 13.5, 0.25),
    ("harbin", 0, 45.80, 126.53, 1.6, 0.75, 5.0, 21.0, 0.28),
    ("hong_kong", 0, 22.32, 114.17, 1.4, 1.40, 23.5, 6.5, 0.37),
    ("london", 1, 51.51, -0.13, 5.5, 1.28, 11.4, 6.6, 0.42),
    ("manchester", 1, 53.48, -2.24, 2.6, 0.95, 10.0, 6.0, 0.51),
    ("birmingham", 1, 52.48, -1.90, 2.4, 0.90, 10.2, 6.4, 0.45),
    ("glasgow", 1, 55.86, -4.25, 1.7, 0.92, 9.1, 5.6, 0.55),
    ("cardiff", 1, 51.48, -3.18, 1.1, 0.88, 10.8, 6.0, 0.49),
    ("leeds", 1, 53.80, -1.55, 1.6, 0.93, 9.7, 6.1, 0.46),
)
STORES = (2, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1)
MARKET_OF_CITY = np.array([city[1] for city in CITIES], np.int8)
WEIGHTS = np.array([city[4] for city in CITIES])
MEMORY = 0.72 ** np.arange(12)


@dataclass(frozen=True)
class Places:
    """Stores by city; the warehouses are the first two places, one a market."""

    city: np.ndarray
    market: np.ndarray
    first_store: np.ndarray
    store_count: np.ndarray

    @property
    def count(self) -> int:
        """Number of places."""
        return len(self.city)


def places() -> Places:
    """Return every place."""
    city = np.array([0, 8, *(c for c, count in enumerate(STORES) for _ in range(count))], np.int16)
    first = np.array([2 + sum(STORES[:c]) for c in range(len(STORES))], np.int16)
    return Places(city, MARKET_OF_CITY[city], first, np.array(STORES, np.int16))


def city_table() -> pa.Table:
    """Return `cities`."""
    name, market, latitude, longitude, _, income, *_ = zip(*CITIES, strict=True)
    return fill(
        TABLES["cities"], len(CITIES), city_id=range(len(CITIES)), market=Codes(np.array(market), MARKETS),
        name_key=list(name), latitude=list(latitude), longitude=list(longitude), income_index=list(income),
    )  # fmt: skip


def place_table(known: Places, draw: Randomness) -> pa.Table:
    """Return `places`."""
    ids = np.arange(known.count)
    return fill(
        TABLES["places"], known.count, place_id=ids, city_id=known.city,
        kind=Codes((ids < 2).astype(int), ("store", "warehouse")),
        market=Codes(known.market, MARKETS),
        opened_date=[date_of(-int(400 + 3000 * u)) for u in draw.uniform("place/opened", ids)],
        catchment_persons=40_000 + 260_000 * draw.uniform("place/catchment", ids),
        rival_count=1 + 6 * draw.uniform("place/rivals", ids),
    )  # fmt: skip


def weather(draw: Randomness, day: int) -> dict[str, np.ndarray]:
    """Return low and high (degrees Celsius) and rain (mm) of each city on a day: a season, and a memory of
    days.
    """
    ids = np.arange(len(CITIES))
    mean, swing, wet = (np.array([c[k] for c in CITIES]) for k in (6, 7, 8))
    season = mean - swing * np.cos(2 * np.pi * (date_of(day).timetuple().tm_yday - 20) / 365.25)
    past = np.stack([draw.normal("weather/heat", ids, day - lag) for lag in range(len(MEMORY))])
    front = np.stack([draw.normal("weather/front", ids, day - lag) for lag in range(4)])
    anomaly = 2.6 * (MEMORY @ past) / np.sqrt((MEMORY**2).sum())
    damp = (np.array([1.0, 0.6, 0.3, 0.1]) @ front) / np.sqrt(1.46)
    from_wet = damp > -ndtri(wet)
    rain = np.where(from_wet, 0.2 + 6.0 * draw.exponential("weather/rain", ids, day), 0.0)
    middle = season + anomaly - 1.5 * from_wet
    spread = 3.0 + 2.5 * draw.uniform("weather/spread", ids, day)
    return {"low": middle - spread, "high": middle + spread, "rain": rain}
