"""From touches and conversions to paths: who saw what before buying, and who saw it and did not buy.

What counts as a path (look-back, repeats, direct traffic) belongs here; what it earns belongs to `credits`.
"""

from datetime import timedelta
from typing import Literal, get_args

import numpy as np
import pyarrow as pa

from shopkeeper.science.attribution import money
from shopkeeper.science.attribution.paths import Integers, as_text, encode
from shopkeeper.science.engine import engine
from shopkeeper.science.inputs import require_columns, require_unique

Keep = Literal["all", "unique", "first_of_repeats"]
DirectPolicy = Literal["keep", "unless_alone", "drop"]

_MICROSECOND = timedelta(microseconds=1)

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


def paths_from_touches(
    touches: pa.Table,
    conversions: pa.Table,
    *,
    lookback: timedelta,
    reuse: bool = False,
    keep: Keep = "all",
    direct: DirectPolicy = "keep",
    direct_channel: str = "direct",
) -> pa.Table:
    """Return a path for each conversion, and one for each run of touches that led to none.

    `touches`: `customer_id`, `touched_at` (timestamp, or a date: its midnight), `channel` (text), `touch_id`.
    `conversions`: `customer_id`, `converted_at`, `conversion_id` (unique), `value` (decimal or float, 0 or
    more).

    A touch leads to the customer's next conversion when it is at most `lookback` older, both ends included;
    touches of one instant are in the order of touch_id. With `reuse` it leads to every conversion within
    `lookback` after it. Conversions of one customer at one instant have the same touches. Touches that lead
    to no conversion form paths of their own, which break at a conversion and after a silence longer than
    `lookback`.

    `direct`: touches of `direct_channel` are kept, dropped ("drop"), or dropped unless the path has no other
    ("unless_alone"). Then `keep`: all touches, each channel's first of the path ("unique"), or the first of
    immediate repeats ("first_of_repeats").

    Returns `customer_id`, `conversion_id` (null where none), `ended_at` (the conversion, otherwise the last
    touch), `touches` (list of channels, oldest first), `touch_ids`, `ages` (list of durations until
    `ended_at`), `conversions` (1 or 0), `value` (0 where none), `nulls` (0 or 1). Conversions come first, by
    customer, time and id, also those without touches; then the others, by customer and time. Times are read
    to the microsecond.

    Raises `ValueError` on a missing column, nulls, a repeated conversion_id, a negative value, a look-back
    that is not above 0, or a time zone on one side only. Empty tables give an empty table.
    """
    _check(touches, conversions, lookback, keep, direct)
    channels, code = encode(as_text(touches["channel"], "channel"))
    customers, touched, converted = _numbered(touches, conversions)
    led, idle = _join(
        touched.append_column("code", pa.array(code, pa.int32())), converted, lookback // _MICROSECOND, reuse
    )
    begins = idle["begins"].to_numpy()
    path = np.concatenate([led["path"].to_numpy(), converted.num_rows + np.cumsum(begins) - 1])
    flat = pa.concat_tables(table.select(["moment", "touch_id", "code"]) for table in (led, idle))
    kept = _kept(path, flat["code"].to_numpy(), channels.to_pylist(), keep, direct, direct_channel)
    path, flat = path[kept], flat.take(pa.array(kept))

    idle_count = int(begins.sum())
    customer = np.concatenate([converted["customer"].to_numpy(), idle["customer"].to_numpy()[begins]])
    ended = np.concatenate([converted["moment"].to_numpy(), idle["moment"].to_numpy()[np.roll(begins, -1)]])
    ids, (amounts, value_type) = converted["conversion_id"], money.read(converted["value"])
    is_conversion = np.arange(len(ended)) < len(amounts)
    lengths = np.bincount(path, minlength=len(ended))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())

    def lists(values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, values)

    paths = pa.table(
        {
            "customer_id": customers.take(pa.array(customer)),
            "conversion_id": pa.chunked_array([*ids.chunks, pa.nulls(idle_count, ids.type)]),
            "ended_at": pa.array(ended).cast(pa.timestamp("us", _zone(conversions["converted_at"]))),
            "touches": lists(channels.take(flat["code"].combine_chunks())),
            "touch_ids": lists(flat["touch_id"].combine_chunks().cast(touches["touch_id"].type)),
            "ages": lists(pa.array(ended[path] - flat["moment"].to_numpy()).cast(pa.duration("us"))),
            "conversions": is_conversion.astype(np.int64),
            "value": money.write(np.append(amounts, np.zeros(idle_count, amounts.dtype)), value_type),
            "nulls": (~is_conversion).astype(np.int64),
        }
    )
    return paths.filter(pa.array(is_conversion | (lengths > 0)))


def _numbered(touches: pa.Table, conversions: pa.Table) -> tuple[pa.Array, pa.Table, pa.Table]:
    """Return the sorted customers, and touches and (sorted) conversions that name them by number."""
    their = conversions["customer_id"].cast(touches["customer_id"].type)
    customers, customer = encode(pa.chunked_array([*touches["customer_id"].chunks, *their.chunks]))
    touched = pa.table(
        {
            "customer": customer[: touches.num_rows],
            "moment": _micros(touches["touched_at"]),
            "touch_id": touches["touch_id"],
        }
    )
    converted = pa.table(
        {
            "customer": customer[touches.num_rows :],
            "moment": _micros(conversions["converted_at"]),
            "conversion_id": conversions["conversion_id"],
            "value": conversions["value"],
        }
    ).sort_by([("customer", "ascending"), ("moment", "ascending"), ("conversion_id", "ascending")])
    return customers, touched, converted.append_column("path", pa.array(np.arange(converted.num_rows)))


def _join(touches: pa.Table, conversions: pa.Table, lookback: int, reuse: bool) -> tuple[pa.Table, pa.Table]:
    with engine(touches=touches, conversions=conversions) as connection:
        connection.execute(_NEXT)
        led = connection.execute(_LED_WITH_REUSE if reuse else _LED, {"lookback": lookback}).to_arrow_table()
        idle = connection.execute(_IDLE, {"lookback": lookback}).to_arrow_table()
    return led, idle


def _kept(
    path: Integers,
    code: Integers,
    channels: list[str],
    keep: Keep,
    direct: DirectPolicy,
    direct_channel: str,
) -> Integers:
    """Return the rows of the touches that stay in their paths."""
    rows = np.arange(len(path))
    if direct != "keep" and direct_channel in channels:
        is_direct = code == channels.index(direct_channel)
        if direct == "unless_alone":
            has_other = np.bincount(path[~is_direct], minlength=path.max(initial=0) + 1) > 0
            is_direct &= has_other[path]
        rows = rows[~is_direct]
    if keep == "unique":
        _, firsts = np.unique(path[rows] * len(channels) + code[rows], return_index=True)
        return rows[np.sort(firsts)]
    if keep == "first_of_repeats":
        repeats = (np.diff(path[rows], prepend=-1) == 0) & (np.diff(code[rows], prepend=-1) == 0)
        return rows[~repeats]
    return rows


def _micros(times: pa.ChunkedArray) -> Integers:
    return times.cast(pa.timestamp("us", _zone(times)), safe=False).cast(pa.int64()).to_numpy()


def _zone(times: pa.ChunkedArray) -> str | None:
    return times.type.tz if pa.types.is_timestamp(times.type) else None


def _check(
    touches: pa.Table, conversions: pa.Table, lookback: timedelta, keep: Keep, direct: DirectPolicy
) -> None:
    require_columns(touches, "customer_id", "touched_at", "channel", "touch_id")
    require_columns(conversions, "customer_id", "converted_at", "conversion_id", "value")
    require_unique(conversions, "conversion_id")
    for times, name in ((touches["touched_at"], "touched_at"), (conversions["converted_at"], "converted_at")):
        if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
            raise ValueError(f"column {name} is {times.type}; give timestamps or dates")
    if (_zone(touches["touched_at"]) is None) != (_zone(conversions["converted_at"]) is None):
        raise ValueError("only one of touched_at and converted_at has a time zone; give both or neither")
    if lookback <= timedelta(0):
        raise ValueError(f"lookback is {lookback}; give a time above 0")
    if keep not in get_args(Keep):
        raise ValueError(f"keep is {keep}; give one of: {', '.join(get_args(Keep))}")
    if direct not in get_args(DirectPolicy):
        raise ValueError(f"direct is {direct}; give one of: {', '.join(get_args(DirectPolicy))}")
