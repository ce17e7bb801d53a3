"""Shops whose customers buy and leave by known laws, with what became of each customer."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.science.value import summarize

OPENED = date(2020, 1, 1)


@dataclass(frozen=True)
class World:
    """Transactions of `days` days, and of each customer (by id) the day after which they buy no more."""

    transactions: pa.Table
    last_day: np.ndarray
    days: int

    def until(self, day: int) -> date:
        return OPENED + timedelta(days=day - 1)

    def held_out(self, day: int) -> tuple[pa.Table, np.ndarray]:
        """Histories in weeks that end after `day` days, and purchases since."""
        seen = summarize(self.transactions, until=self.until(day), unit="week")
        whole = summarize(self.transactions, until=self.until(self.days), unit="week")
        place = pc.index_in(seen["customer_id"], whole["customer_id"].combine_chunks())
        return seen, (whole["frequency"].take(place).to_numpy() - seen["frequency"].to_numpy())


def world(law: str, size: int, seed: int, *, days: int = 1_092, returning: float = 0.0) -> World:
    """Customers of Gamma(0.9, 60) rates a day who come in the first 485 days.

    `law`: "pareto" (rates of leaving from Gamma(0.9, 200)), "bg" or "mbg" (chances to leave from
    Beta(0.9, 3)), or "never". A share `returning` of those who left comes back for good on a later day.
    """
    random = np.random.default_rng(seed)
    begun, rate = random.integers(0, 485, size), random.gamma(0.9, 1 / 60.0, size)
    leaving, chance = random.gamma(0.9, 1 / 200.0, size), random.beta(0.9, 3.0, size)
    life = random.exponential(1 / leaving) if law == "pareto" else np.full(size, np.inf)
    if law == "mbg":
        life[random.random(size) < chance] = 0.0
    at, here = np.zeros(size), np.ones(size, dtype=bool)
    who, when = [np.arange(size)], [begun]
    while here.any():
        at = at + random.exponential(1 / rate)
        here &= (at <= life) & (begun + at < days)
        who.append(np.flatnonzero(here))
        when.append((begun + at).astype(np.int64)[here])
        if law in ("bg", "mbg"):
            left = here & (random.random(size) < chance)
            life[left] = at[left]
    last = begun + life
    for customer in np.flatnonzero((last < days) & (random.random(size) < returning)):
        again = random.integers(int(last[customer]), days)
        count = random.poisson(rate[customer] * (days - again))
        who.append(np.full(count, customer))
        when.append(random.integers(again, days, count))
    days_of = np.concatenate(when)
    return World(
        pa.table(
            {
                "customer_id": np.concatenate(who),
                "transacted_at": pa.array([OPENED + timedelta(days=int(day)) for day in days_of]),
                "amount": np.full(len(days_of), 10.0),
            }
        ),
        last,
        days,
    )


def restless(size: int, seed: int, *, days: int = 364, change: float = 0.01) -> World:
    """Customers who never leave and buy once a week or so, and of whom a share takes up a new rate each week."""
    random = np.random.default_rng(seed)
    weeks = days // 7
    rates = random.gamma(1.4, 0.7, (weeks, size))
    is_new = random.random((weeks, size)) < change
    is_new[0] = True
    lasting = np.maximum.accumulate(np.where(is_new, np.arange(weeks)[:, None], 0), axis=0)
    count = random.poisson(np.take_along_axis(rates, lasting, axis=0))
    week, customer = (np.repeat(each, count.ravel()) for each in np.indices(count.shape).reshape(2, -1))
    day = week * 7 + random.integers(0, 7, len(week))
    table = {
        "customer_id": customer,
        "transacted_at": pa.array([OPENED + timedelta(days=int(each)) for each in day]),
        "amount": np.full(len(day), 10.0),
    }
    return World(pa.table(table), np.full(size, np.inf), days)
