"""What a day is to everybody: the shop, its prices, the weather, the campaigns; and what is switched off."""

from dataclasses import dataclass, field

import numpy as np

from shopkeeper.demo.omnichannel.marketing.plans import Campaign, campaigns_of_week, spend_factor
from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.surroundings.days import date_of, day_off, peaks, rush
from shopkeeper.demo.omnichannel.surroundings.goods import DayPrices, Goods, day_prices, goods, season
from shopkeeper.demo.omnichannel.surroundings.places import Places, places, weather


@dataclass(frozen=True)
class Retailer:
    """What does not change while the world runs."""

    parameters: Parameters
    draw: Randomness
    goods: Goods
    places: Places
    person_count: int
    plans: dict[int, list[Campaign]] = field(default_factory=dict)

    def campaigns(self, day: int) -> list[Campaign]:
        """Return the campaigns that send on a day."""
        week = day // 7
        if week not in self.plans:
            self.plans[week] = campaigns_of_week(self.parameters, self.draw, week)
        return [campaign for campaign in self.plans[week] if campaign.first_day == day]


@dataclass(frozen=True)
class Today:
    """One day, the same for everybody; arrays by market (2, …) or by city."""

    day: int
    is_weekend: bool
    prices: DayPrices
    season: np.ndarray
    peak: np.ndarray
    visit_shift: np.ndarray
    rain: np.ndarray
    heat: np.ndarray
    spend: np.ndarray
    campaigns: list[Campaign]
    offers: list[Campaign]
    slope_factor: float
    weather: dict[str, np.ndarray]


@dataclass(frozen=True)
class Switches:
    """What a rerun takes away, by row; None: nothing is taken away."""

    channels: np.ndarray | None = None
    campaign: np.ndarray | None = None
    programme: np.ndarray | None = None
    spend: np.ndarray | None = None

    def take(self, rows: slice) -> "Switches":
        """Return the switches of these rows."""
        parts = (self.channels, self.campaign, self.programme, self.spend)
        return Switches(*(None if part is None else part[rows] for part in parts))

    def is_on(self, group: int, rows: np.ndarray | slice) -> np.ndarray | bool:
        """Return whether a channel group reaches these rows."""
        return True if self.channels is None else self.channels[rows, group]


def open_retailer(parameters: Parameters, seed: int, person_count: int) -> Retailer:
    """Return the retailer of a world."""
    draw = Randomness(seed)
    return Retailer(parameters, draw, goods(parameters, draw), places(), person_count)


def morning(retailer: Retailer, day: int) -> Today:
    """Return what a day is to everybody."""
    parameters, draw = retailer.parameters, retailer.draw
    sky, known = weather(draw, day), parameters.visits
    near = [peaks(day, market) for market in (0, 1)]
    when = date_of(day)
    shift = np.array(known.market_shift)
    shift[0] += known.holiday_cn * (near[0].get("spring_festival", 0) > 0.9)
    shift[1] += known.closed_christmas * (when.month == 12 and when.day == 25)
    off = np.array([day_off(day, market) is not None for market in (0, 1)])
    weekend = when.weekday() >= 5
    shift += known.weekend * (weekend | off)
    return Today(
        day, weekend, day_prices(parameters, retailer.goods, draw, day), season(parameters, day),
        np.array([rush(day, market) for market in (0, 1)]), shift,
        sky["rain"], (sky["high"] > 32) | (sky["high"] < 0), spend_factor(parameters, draw, day),
        retailer.campaigns(day),
        [c for back in range(11) for c in retailer.campaigns(day - back) if c.has_offer],
        float(np.exp(parameters.lives.drift_daily * max(day - parameters.lives.drift_from_day, 0))), sky,
    )  # fmt: skip
