"""Joins each touch to the conversion that follows it in time, if any.

Only the join in time; assembling paths belongs to `touches`.
"""

import pyarrow as pa

from shopkeeper.science.engine import engine

# Each touch with the customer's next moment of conversion, within the look-back or not. A window instead of
# an asof join, which takes minutes where customers are many (duckdb 1.5).
_NEXT = """
    create temp table next as
    with events as (
        select customer, moment, touch_id, code, null as converted_moment from touches
        union all
        select distinct customer, moment, null, null, moment from conversions
    ),
    looked_ahead as (
        select
            *,
            min(converted_moment) over (
                partition by customer
                order by moment, converted_moment nulls first
                rows between current row and unbounded following
            ) as next_moment
        from events
    )
    select customer, moment, touch_id, code, next_moment from looked_ahead where converted_moment is null
"""

# One row per touch and conversion that it led to; `path` is the conversion's row.
_LED = """
    select conversions.path, next.moment, next.touch_id, next.code
    from next
    join conversions on next.customer = conversions.customer and next.next_moment = conversions.moment
    where next.next_moment - next.moment <= $lookback
    order by all
"""
_LED_WITH_REUSE = """
    select conversions.path, next.moment, next.touch_id, next.code
    from next
    join conversions
        on next.customer = conversions.customer
        and next.moment between conversions.moment - $lookback and conversions.moment
    order by all
"""

# One row per touch that led to no conversion; `begins` a path after a conversion or a silence.
_IDLE = """
    select
        customer,
        moment,
        touch_id,
        code,
        lag(moment) over past is null
        or moment - lag(moment) over past > $lookback
        or next_moment is distinct from lag(next_moment) over past as begins
    from next
    where next_moment is null or next_moment - moment > $lookback
    window past as (partition by customer order by moment, touch_id, code)
    order by customer, moment, touch_id, code
"""


def follow(
    touches: pa.Table, conversions: pa.Table, lookback: int, reuse: bool, memory_limit: str
) -> tuple[pa.Table, pa.Table]:
    """Return the touches that led to a conversion within `lookback` microseconds, and those that led to none.

    `touches`: `customer`, `moment`, `touch_id`, `code`; `conversions`: `customer`, `moment`, `path`. The
    first table has `path`, `moment`, `touch_id`, `code`, sorted so; the second `customer`, `moment`,
    `touch_id`, `code`, `begins` (a path, after a conversion or a silence), sorted so.
    """
    with engine(memory_limit, touches=touches, conversions=conversions) as connection:
        connection.execute(_NEXT)
        led = connection.execute(_LED_WITH_REUSE if reuse else _LED, {"lookback": lookback}).to_arrow_table()
        idle = connection.execute(_IDLE, {"lookback": lookback}).to_arrow_table()
    return led, idle
