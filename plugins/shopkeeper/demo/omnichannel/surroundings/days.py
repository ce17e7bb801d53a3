"""Days, seasons and holidays of both markets; day 0 is the first day of every world."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays as public
import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.tables import TABLES, fill

START = date(2025, 1, 1)
MARKETS = ("CN", "GB")
ZONES = (ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London"))

# Festivals by the moon, as the public-holiday calendars name them, and shopping days by the sun.
LUNAR = {"spring_festival": "Spring Festival", "mid_autumn": "Mid-Autumn", "dragon_boat": "Dragon Boat"}
FIXED = {
    0: {"singles_day": (11, 11), "midyear_sale": (6, 18), "valentine": (2, 14), "double_seven": (8, 7)},
    1: {"christmas": (12, 25), "valentine": (2, 14), "boxing_day": (12, 26)},
}
# Days before a festival over which need swells, and after it.
SWELL = {
    "spring_festival": (21, 3), "mid_autumn": (12, 1), "singles_day": (4, 2), "midyear_sale": (4, 2),
    "valentine": (6, 0), "double_seven": (5, 0), "christmas": (30, 1), "black_friday": (2, 4),
    "boxing_day": (0, 3),
}  # fmt: skip
SEASONS = {"summer": (6, 8), "spring": (3, 5)}


def date_of(day: int) -> date:
    """Return the calendar date of a day."""
    return START + timedelta(days=day)


def day_of(when: date) -> int:
    """Return the day of a calendar date."""
    return (when - START).days


def utc_midnight(day: int, market: int) -> np.datetime64:
    """Return the instant at which a market's day begins."""
    local = datetime.combine(date_of(day), datetime.min.time(), ZONES[market])
    return np.datetime64(local.astimezone(UTC).replace(tzinfo=None), "ms")


@lru_cache(maxsize=64)
def festivals(year: int, market: int) -> dict[str, date]:
    """Return the day of each festival of a year that moves what people need."""
    found = {name: date(year, *day) for name, day in FIXED[market].items()}
    if market == 1:
        fourth = date(year, 11, 1) + timedelta(days=(3 - date(year, 11, 1).weekday()) % 7 + 21)
        found["black_friday"] = fourth + timedelta(days=1)
        return found
    for day, name in sorted(_public_holidays(year, market).items()):
        for key, words in LUNAR.items():
            if words in name and key not in found and "Eve" not in name and "observed" not in name:
                found[key] = day
    return found


@lru_cache(maxsize=4096)
def peaks(day: int, market: int) -> dict[str, float]:
    """Return how near each season is to its peak, 0 to 1; seasons far off are left out."""
    when, result = date_of(day), {}
    for year in (when.year, when.year + 1):
        for name, peak in festivals(year, market).items():
            before, after = SWELL.get(name, (0, 0))
            distance = (peak - when).days
            if -after <= distance <= before:
                span = before + 1 if distance > 0 else after + 1
                result[name] = 1 - abs(distance) / span
    for name, (first, last) in SEASONS.items():
        if first <= when.month <= last:
            result[name] = 1.0
    return result


def rush(day: int, market: int) -> float:
    """Return how near the nearest festival or sale is to its peak, 0 to 1."""
    return max((near for name, near in peaks(day, market).items() if name not in SEASONS), default=0.0)


def day_off(day: int, market: int) -> str | None:
    """Return the name of the public holiday, or None."""
    when = date_of(day)
    return _public_holidays(when.year, market).get(when)


@lru_cache(maxsize=64)
def _public_holidays(year: int, market: int) -> dict[date, str]:
    if market == 1:
        return dict(public.country_holidays("GB", subdiv="ENG", years=year))
    return dict(public.country_holidays("CN", years=year, language="en_US"))


def holiday_table(first: int, last: int) -> pa.Table:
    """Return `holidays` for the days from ``first`` to ``last``, both included."""
    rows = []
    for day in range(first, last + 1):
        when = date_of(day)
        for market, code in enumerate(MARKETS):
            off = day_off(day, market)
            if off:
                rows.append((when, code, off, True))
            names = [name for name, peak in festivals(when.year, market).items() if peak == when]
            rows += [(when, code, name, False) for name in names]
    columns = zip(("date", "market", "name_key", "is_day_off"), zip(*rows, strict=True), strict=False)
    told: dict[str, list[Any]] = {"date": [], "market": [], "name_key": [], "is_day_off": []}
    return fill(TABLES["holidays"], len(rows), **(told | {name: list(values) for name, values in columns}))
