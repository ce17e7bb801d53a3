"""A customer's purchases in four numbers, from which every model of value learns.

Reading and summing purchase histories belongs here; what follows from them belongs to the models.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.engine import engine
from shopkeeper.science.inputs import require_columns

Unit = Literal["day", "week"]
Floats = NDArray[np.float64]

DAYS: dict[Unit, int] = {"day": 1, "week": 7}

_SUMMARY = """
    with days as (
        select
            customer_id,
            day,
            sum(amount) as amount,
            bool_or(amount >= 0) as has_purchase,
            bool_or(amount < 0) as has_return,
        from transactions
        group by all
    ),
    numbered as (
        select
            *,
            count(*) filter (where has_purchase) over (partition by customer_id order by day) as number,
        from days
    ),
    netted as (
        select
            customer_id,
            min(day) as day,
            sum(amount) as amount,
            bool_or(has_return) as has_return,
        from numbered
        where number > 0
        group by customer_id, number
    ),
    purchases as (
        select *, day = min(day) over (partition by customer_id) as is_first
        from netted
        where amount > 0 or not has_return
    )
    select
        customer_id,
        count(*) - 1 as frequency,
        (max(day) - min(day)) / $days::double as recency,
        ($until - min(day)) / $days::double as age,
        (sum(amount) filter (where not is_first))::double / nullif(count(*) - 1, 0) as monetary_value,
    from purchases
    group by customer_id
    order by customer_id
"""


def summarize(transactions: pa.Table, *, until: date | datetime, unit: Unit) -> pa.Table:
    """Return one row per customer who bought something by `until`, sorted by customer.

    `transactions`: `customer_id`, `transacted_at` (timestamp, UTC where it has no zone, or date), `amount`
    (decimal, or float read to its sixth decimal; negative: a return). What happened after `until` is not
    looked at; a plain date counts whole. Purchases of one day (UTC) are one purchase. A return is netted
    against the customer's latest purchase up to then, and what exceeds it is dropped; a purchase returned
    whole did not happen, a free one did.

    Returns `customer_id`, `frequency` (int64: purchases after the first), `recency` (double: time from the
    first purchase to the last), `age` (double: from the first purchase to `until`), both in `unit`, and
    `monetary_value` (double: mean net amount of the purchases after the first; null where there are none).

    Raises `ValueError` on a missing column, nulls, an amount that is not finite, or an unknown unit. A table
    without rows gives none.
    """
    require_columns(transactions, "customer_id", "transacted_at", "amount")
    if unit not in get_args(Unit):
        raise ValueError(f"unit is {unit}; give one of: {', '.join(get_args(Unit))}")
    when, amount = transactions["transacted_at"], transactions["amount"]
    if not (pa.types.is_timestamp(when.type) or pa.types.is_date(when.type)):
        raise ValueError(f"column transacted_at is {when.type}; give timestamps or dates")
    if pa.types.is_floating(amount.type) or pa.types.is_integer(amount.type):
        if not pc.all(pc.is_finite(amount), min_count=0).as_py():
            raise ValueError("column amount has values that are not finite; remove those rows")
        amount = amount.cast(pa.float64())
    elif not pa.types.is_decimal(amount.type):
        raise ValueError(f"column amount is {amount.type}; give decimals or floats")
    last = until if isinstance(until, datetime) else datetime.combine(until, time.max)
    if last.tzinfo is not None:
        last = last.astimezone(UTC).replace(tzinfo=None)
    moment = when.cast(pa.timestamp("us"), safe=False)
    rows = pa.table(
        {
            "customer_id": transactions["customer_id"],
            "day": moment.cast(pa.date32(), safe=False).cast(pa.int32()),
            "amount": amount,
        }
    ).filter(pc.less_equal(moment, pa.scalar(last, pa.timestamp("us"))))
    return _summary(rows, last.date().toordinal() - date(1970, 1, 1).toordinal(), DAYS[unit])


def _summary(rows: pa.Table, until: int, days: int) -> pa.Table:
    # A sum of floats depends on its order, a sum of decimals does not.
    exact = "amount" if pa.types.is_decimal(rows["amount"].type) else "amount::decimal(38, 6)"
    with engine(given=rows) as connection:
        connection.execute(
            f"create temp view transactions as select customer_id, day, {exact} as amount from given"
        )
        found = connection.execute(_SUMMARY, {"until": until, "days": days}).to_arrow_table()
    return found.set_column(0, "customer_id", found["customer_id"].cast(rows["customer_id"].type))


@dataclass(frozen=True)
class Histories:
    """The columns of `summarize` as arrays; `monetary_value` is 0 where there is none."""

    frequency: Floats
    recency: Floats
    age: Floats
    monetary_value: Floats


def read_histories(customers: pa.Table, *, money: bool = False) -> Histories:
    """Lay a table of histories out; raise `ValueError` where no customer can have such a history."""
    require_columns(customers, "frequency", "recency", "age")
    names = ["frequency", "recency", "age"]
    if money:
        require_columns(customers, "monetary_value", nullable=("monetary_value",))
        names.append("monetary_value")
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
