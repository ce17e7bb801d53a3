"""Summarizes a customer's purchases in four numbers, the input of every model of value.

Only reads and sums histories; what follows from them belongs to the models.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.arguments import read_moment
from shopkeeper.science.days import Integers
from shopkeeper.science.inputs import read_table, require_columns
from shopkeeper.science.purchases import read_purchases

Unit = Literal["day", "week", "month"]
Floats = NDArray[np.float64]

DAYS: dict[Unit, float] = {"day": 1.0, "week": 7.0, "month": 365.2425 / 12}


def summarize(transactions: Any, *, until: date | datetime, unit: Unit) -> pa.Table:
    """Return one row per customer who bought something by `until`, sorted by customer.

    `transactions`, `until` and what a purchase is: as in `purchases.read_purchases`.

    Returns `customer_id`, `frequency` (int64: purchases after the first), `recency` (double: time from the
    first purchase to the last), `age` (double: from the first purchase to `until`), both in `unit` (a month
    is a twelfth of 365.2425 days), and `monetary_value` (double: mean net amount of the purchases after the
    first; null without any).

    Raises `ValueError` on a missing column, nulls, an amount that is not finite, or an unknown unit. A table
    without rows gives none.
    """
    if unit not in get_args(Unit):
        raise ValueError(f"unit is {unit}; give one of: {', '.join(get_args(Unit))}")
    found = read_purchases(transactions, "until", until)
    first = np.flatnonzero(np.diff(found.customer, prepend=-1))
    count = np.diff(first, append=len(found.customer))
    begun = found.day[first]
    spent = np.add.reduceat(found.amount, first) - found.amount[first] if len(first) else found.amount
    mean = spent / (np.maximum(count - 1, 1) * found.units)
    return pa.table(
        {
            "customer_id": found.customers.take(pa.array(found.customer[first])),
            "frequency": pa.array(count - 1, pa.int64()),
            "recency": (found.day[first + count - 1] - begun) / DAYS[unit],
            "age": (found.last_day - begun) / DAYS[unit],
            "monetary_value": pa.array(mean, mask=count == 1),
        }
    )


def before(end: date | datetime, horizon: int, unit: Unit) -> date | datetime:
    """Return the moment `horizon` units before `end`, to the nearest day."""
    return end - timedelta(days=round(horizon * DAYS[unit]))


def hold_out(
    transactions: Any, *, until: date | datetime, unit: Unit, horizon: int
) -> tuple[pa.Table, Integers]:
    """Return the histories (table of `summarize`) that end `horizon` units before `until`, and how often each
    customer bought since.

    Arguments and errors are those of `summarize`.
    """
    rows = read_table(transactions)
    end = read_moment("until", until)
    later = summarize(rows, until=end, unit=unit)
    seen = summarize(rows, until=before(end, horizon, unit), unit=unit)
    place = pc.index_in(seen["customer_id"], later["customer_id"].combine_chunks())
    now = pc.fill_null(later["frequency"].take(place), 0).to_numpy()
    # A purchase that came back later counts in the history, and no longer among those bought.
    return seen, np.maximum(now - seen["frequency"].to_numpy(), 0)


@dataclass(frozen=True)
class Histories:
    """The columns of `summarize` as arrays; `monetary_value` is 0 instead of null."""

    frequency: Floats
    recency: Floats
    age: Floats
    monetary_value: Floats


def read_histories(given: Any, *, money: bool = False) -> Histories:
    """Lay a table of histories out; raise `ValueError` if no customer can have such a history."""
    names = ["frequency", "recency", "age", *(["monetary_value"] if money else [])]
    customers = read_table(given, *names, nullable=("monetary_value",))
    found = {name: _numbers(customers, name) for name in names}
    frequency, recency, age = (found[name] for name in names[:3])
    if np.any(frequency != np.floor(frequency)):
        raise ValueError("column frequency has values that are not whole numbers")
    if np.any(recency > age):
        raise ValueError("column recency is above age somewhere; both count from the first purchase")
    if np.any((frequency == 0) & (recency > 0)):
        raise ValueError("column recency is above 0 where frequency is 0; a single purchase has recency 0")
    monetary = found.get("monetary_value", np.zeros_like(frequency))
    if money and np.any(np.isnan(monetary) & (frequency > 0)):
        raise ValueError("column monetary_value is null where frequency is above 0")
    return Histories(frequency, recency, age, np.nan_to_num(monetary))


def read_number_column(table: pa.Table, name: str) -> Floats:
    """Return a covariate: a column of finite numbers or booleans; raise `ValueError` otherwise."""
    require_columns(table, name)
    kind = table[name].type
    if not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    ):
        raise ValueError(f"column {name} is {kind}; give numbers, or a column of 0 and 1 for each category")
    values = table[name].cast(pa.float64()).to_numpy()
    if not np.all(np.isfinite(values)):
        raise ValueError(f"column {name} has values that are not finite")
    return values


def _numbers(customers: pa.Table, name: str) -> Floats:
    kind = customers[name].type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise ValueError(f"column {name} is {kind}; give numbers")
    values = customers[name].cast(pa.float64()).to_numpy()
    if (
        np.any(values < 0)
        or np.any(np.isinf(values))
        or (name != "monetary_value" and np.any(np.isnan(values)))
    ):
        raise ValueError(f"column {name} has values that are negative or not finite")
    return values
