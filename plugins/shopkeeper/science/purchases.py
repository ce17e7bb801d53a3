"""Defines a purchase for all methods that count them: a customer's day, less returns.

Reads transactions and nets refunds; what follows from purchases belongs to the topics.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.amounts import read_amounts
from shopkeeper.science.days import Integers, day, days, instant, instants, zone_of
from shopkeeper.science.inputs import encode, read_table, read_times

Days = tuple[Integers, Integers, Integers]


@dataclass(frozen=True)
class Purchases:
    """Purchases sorted by customer and day.

    `customers`: the distinct customers of the table, sorted, also those without a purchase; `customer`: the
    place there of each purchase; `day`: days since 1970; `amount`: its net amount, in 1 / `units`;
    `last_day`: the day until which purchases were seen.
    """

    customers: pa.Array
    customer: Integers
    day: Integers
    amount: Integers
    units: int
    last_day: int


def read_purchases(transactions: Any, name: str, until: date | datetime) -> Purchases:
    """Return the purchases by `until` (an argument called `name`) of a table of transactions.

    `transactions`: `customer_id`, `transacted_at` (timestamp or date, as in `inputs.read_times`), `amount`
    (decimal, or float read to its sixth decimal; negative: a refund), and where the shop knows it `order_id`
    (of a sale its order, of a refund the refunded order, or null).

    A purchase is all sales of a customer on one day in the column's time zone (UTC if it has none). A refund
    is subtracted from its order's day; it is dropped if the order is not in the table. A refund without an
    order is subtracted from the customer's latest earlier (or same) day with enough remaining purchases, or
    else from the latest days one after the other, back to the first day of the table; any excess is dropped.
    All refunds of one day count as one. A purchase that was refunded in full is not a purchase; a free one
    is. Rows after `until` are ignored; a plain date includes its whole day.

    Raises `ValueError` on a missing column, nulls, an amount that is not finite, or amounts too large to sum.
    """
    table = read_table(
        transactions,
        *("customer_id", "transacted_at", "amount"),
        nullable=("order_id",),
        optional=("order_id",),
    )
    times = read_times(table, "transacted_at")
    zone = zone_of(times)
    last = instant(name, until, zone)
    amount, units = read_amounts(table, "amount")
    customers, customer = encode(table["customer_id"])
    order = np.full(table.num_rows, -1)
    if "order_id" in table.column_names:
        has_order = pc.is_valid(table["order_id"]).to_numpy()
        named = encode(table["order_id"].drop_null())[1]
        order[has_order] = customer[has_order] * (named.max(initial=0) + 1) + named
    seen = pa.table({"customer": customer, "day": days(times), "amount": amount, "order": order}).filter(
        pc.less_equal(instants(times, zone), last)
    )
    is_refund = pc.less(seen["amount"], 0)
    sales, refunds = seen.filter(pc.invert(is_refund)), seen.filter(is_refund)
    bought = _summed(sales, "day")
    kept, has_refund = _net(bought, sales, refunds)
    happened = (kept > 0) | ~has_refund
    return Purchases(
        customers, bought[0][happened], bought[1][happened], kept[happened], units, day(last, zone)
    )


def _summed(rows: pa.Table, day: str) -> tuple[Integers, Integers, Integers]:
    """Return customer, day and amount of each customer's days, sorted."""
    summed = rows.group_by(["customer", day]).aggregate([("amount", "sum")])
    summed = summed.sort_by([("customer", "ascending"), (day, "ascending")])
    customer, on, amount = (summed[name].to_numpy() for name in ("customer", day, "amount_sum"))
    return customer, on.astype(np.int64), amount


def _net(bought: Days, sales: pa.Table, refunds: pa.Table) -> tuple[Integers, NDArray[np.bool_]]:
    """Return each day's sales less refunds, and whether any of it was refunded."""
    customer, on, amount = bought
    kept, has_refund = amount.copy(), np.zeros(len(amount), dtype=bool)
    orders = sales.filter(pc.greater_equal(sales["order"], 0)).group_by("order").aggregate([("day", "min")])
    place = pc.index_in(refunds["order"], orders["order"].combine_chunks())
    named = refunds.append_column("order_day", orders["day_min"].take(place)).filter(pc.is_valid(place))
    who, when, back = _summed(named, "order_day")
    place = np.searchsorted(_joint(customer, on), _joint(who, when))
    kept[place] = np.maximum(kept[place] + back, 0)
    has_refund[place] = True

    who, when, back = _summed(refunds.filter(pc.less(refunds["order"], 0)), "day")
    first = np.searchsorted(customer, who)
    end = np.searchsorted(_joint(customer, on), _joint(who, when), side="right")
    turn = np.arange(len(who)) - np.searchsorted(who, who)
    # A refund depends on earlier refunds, so each round takes one per customer: the first, the second, …
    for number in range(turn.max(initial=-1) + 1):
        rows = np.flatnonzero((turn == number) & (end > first))
        days_back, taken = _taken(kept, first[rows], end[rows], -back[rows])
        kept[days_back] -= taken
        has_refund[days_back[taken > 0]] = True
    return kept, has_refund


def _taken(kept: Integers, first: Integers, end: Integers, back: Integers) -> tuple[Integers, Integers]:
    """Return the days that each refund can be subtracted from, and the amounts; refunds share no days."""
    lengths = end - first
    starts = np.cumsum(lengths) - lengths
    refund = np.repeat(np.arange(len(first)), lengths)
    days_back = np.arange(lengths.sum()) + (first - starts)[refund]
    left, wanted = kept[days_back], back[refund]
    covering = np.full(len(first), -1)
    np.maximum.at(covering, refund, np.where(left >= wanted, days_back, -1))
    until_here = np.cumsum(left)
    later = until_here[starts + lengths - 1][refund] - until_here
    alone = np.where(days_back == covering[refund], wanted, 0)
    return days_back, np.where(covering[refund] >= 0, alone, np.clip(wanted - later, 0, left))


def _joint(customer: Integers, on: Integers) -> Integers:
    """Return customer and day as one number that sorts as both."""
    return (customer << 32) + on
