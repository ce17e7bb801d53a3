"""Assembles touches and conversions into paths, with and without a conversion at the end.

Defines a path (look-back, repeats, direct traffic); its credit belongs to `credits`.
"""

from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.science.arguments import read_duration
from shopkeeper.science.attribution import money
from shopkeeper.science.attribution.following import follow
from shopkeeper.science.attribution.paths import Integers, as_text, direct_code
from shopkeeper.science.days import instant, instants, zone_of
from shopkeeper.science.engine import MEMORY_LIMIT
from shopkeeper.science.inputs import encode, read_table, read_times, require_unique

Keep = Literal["all", "unique", "first_of_repeats"]
DirectPolicy = Literal["keep", "unless_alone", "drop"]

_MICROSECOND = timedelta(microseconds=1)


def paths_from_touches(
    touches: Any,
    conversions: Any,
    *,
    lookback: timedelta,
    reuse: bool = False,
    keep: Keep = "all",
    direct: DirectPolicy = "keep",
    direct_channel: str | None = None,
    since: date | datetime | None = None,
    until: date | datetime | None = None,
    memory_limit: str = MEMORY_LIMIT,
) -> pa.Table:
    """Return a path for each conversion, and one for each run of touches that led to none.

    `touches`: `customer_id`, `touched_at` (timestamp, or a date: its midnight), `channel` (text), `touch_id`.
    `conversions`: `customer_id`, `converted_at` (timestamp, or a date: the end of its day, and touches that
    are dates too are at the end of theirs), `conversion_id` (unique), `value` (decimal or float, 0 or more;
    `net_refunds` takes refunds off). Tables as in `inputs.read_table`, times as in `inputs.read_times`; dates
    are days of the zone that the other table's times name.

    A touch leads to the customer's next conversion when it is at most `lookback` older, both ends included;
    touches of one instant are in the order of touch_id. With `reuse` it leads to every conversion within
    `lookback` after it. Conversions of one customer at one instant have the same touches. Touches that lead
    to no conversion form paths of their own, which break at a conversion and after a silence longer than
    `lookback`.

    `direct`: touches of `direct_channel` ("direct" by default; a name that is given is checked in any case)
    are kept, dropped as if they had not happened ("drop"), or dropped unless the path has no other
    ("unless_alone"). Then `keep`: all touches, each channel's first of the path ("unique"), or the first of
    immediate repeats ("first_of_repeats").

    `since` and `until` are the start and end of the period in which touches and conversions were recorded (a
    plain date: from its first moment, until its last). If they are given, a path is kept only if its last
    touch (or its conversion, if it has no touch) is at least `lookback` after the start and before the end:
    closer to the edges, earlier touches or a later conversion may be missing. Paths with and without a
    conversion are dropped alike, so that rates are unbiased; conversions near the edges are then not credited
    (docs/decisions/0044).

    Returns `customer_id`, `conversion_id` (null if none), `ended_at` (the conversion, otherwise the last
    touch that `direct` leaves), `touches` (list of channels, oldest first), `touch_ids`, `ages` (list of
    durations until `ended_at`), `conversions` (1 or 0), `value` (0 if none), `nulls` (0 or 1). Conversions
    come first, by customer, time and id, also those without touches; then the others, by customer and time.
    Times are read to the microsecond.

    Raises `ValueError` on a missing column, nulls, a repeated conversion_id, a negative value, a look-back
    that is not above 0, a time zone on one side only, or a direct channel that no touch has or that is
    spelled in two ways. Empty tables give an empty table.
    """
    span = read_duration("lookback", lookback)
    _check_choices(keep, direct)
    touches, conversions, zone = _read(touches, conversions)
    channels, code = encode(touches["channel"])
    is_named = direct != "keep" or direct_channel is not None
    named = direct_code(channels.to_pylist(), direct_channel) if is_named else None
    if direct == "drop" and named is not None:
        is_other = code != named
        touches, code = touches.filter(pa.array(is_other)), code[is_other]
    customers, touched, converted = _numbered(touches, conversions)
    led, idle = follow(
        touched.append_column("code", pa.array(code, pa.int32())),
        converted,
        span // _MICROSECOND,
        reuse,
        memory_limit,
    )
    begins = idle["begins"].to_numpy()
    path = np.concatenate([led["path"].to_numpy(), converted.num_rows + np.cumsum(begins) - 1])
    flat = pa.concat_tables(table.select(["moment", "touch_id", "code"]) for table in (led, idle))
    if direct == "unless_alone" and named is not None:
        kept = _unless_alone(path, flat["code"].to_numpy(), named)
        path, flat = path[kept], flat.take(pa.array(kept))

    customer = np.concatenate([converted["customer"].to_numpy(), idle["customer"].to_numpy()[begins]])
    last = np.append(converted["moment"].to_numpy(), np.zeros(int(begins.sum()), dtype=np.int64))
    # Touches are in the order of their paths and of time, so the latest of a path is written last.
    last[path] = flat["moment"].to_numpy()
    is_conversion = np.arange(len(last)) < converted.num_rows
    ended = np.append(converted["moment"].to_numpy(), last[~is_conversion])
    stays = np.bincount(path, minlength=len(last)) > 0
    stays |= is_conversion
    if since is not None:
        stays &= last >= instant("since", since, zone, at_day_end=False) + span // _MICROSECOND
    if until is not None:
        stays &= last <= instant("until", until, zone) - span // _MICROSECOND
    kept = np.flatnonzero(stays[path])
    kept = kept[_of_repeats(path[kept], flat["code"].to_numpy()[kept], len(channels), keep)]
    path, flat = path[kept], flat.take(pa.array(kept))

    ids, (amounts, value_type) = converted["conversion_id"], money.read(converted["value"])
    idle_count = len(last) - len(amounts)
    offsets = pa.array(np.append(0, np.cumsum(np.bincount(path, minlength=len(last)))), pa.int32())

    def lists(values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, values)

    paths = pa.table(
        {
            "customer_id": customers.take(pa.array(customer)),
            "conversion_id": pa.chunked_array([*ids.chunks, pa.nulls(idle_count, ids.type)]),
            "ended_at": pa.array(ended).cast(pa.timestamp("us", zone)),
            "touches": lists(channels.take(flat["code"].combine_chunks())),
            "touch_ids": lists(flat["touch_id"].combine_chunks().cast(touches["touch_id"].type)),
            "ages": lists(pa.array(ended[path] - flat["moment"].to_numpy()).cast(pa.duration("us"))),
            "conversions": is_conversion.astype(np.int64),
            "value": money.write(np.append(amounts, np.zeros(idle_count, amounts.dtype)), value_type),
            "nulls": (~is_conversion).astype(np.int64),
        }
    )
    return paths.filter(pa.array(stays))


def _read(touches: Any, conversions: Any) -> tuple[pa.Table, pa.Table, str | None]:
    """Return both tables with their moments as microseconds of UTC, and the zone in which paths end."""
    touches = read_table(touches, "customer_id", "touched_at", "channel", "touch_id")
    conversions = read_table(conversions, "customer_id", "converted_at", "conversion_id", "value")
    require_unique(conversions, "conversion_id")
    touched, converted = read_times(touches, "touched_at"), read_times(conversions, "converted_at")
    dated = [pa.types.is_date(times.type) for times in (touched, converted)]
    if not any(dated) and (zone_of(touched) is None) != (zone_of(converted) is None):
        raise ValueError("only one of touched_at and converted_at has a time zone; give both or neither")
    zone = zone_of(converted) or zone_of(touched)
    return (
        touches.set_column(2, "channel", as_text(touches["channel"], "channel")).set_column(
            1, "moment", instants(touched, zone, at_day_end=all(dated))
        ),
        conversions.set_column(1, "moment", instants(converted, zone, at_day_end=True)),
        zone,
    )


def _numbered(touches: pa.Table, conversions: pa.Table) -> tuple[pa.Array, pa.Table, pa.Table]:
    """Return the sorted customers, and touches and (sorted) conversions that name them by number."""
    their = conversions["customer_id"].cast(touches["customer_id"].type)
    customers, customer = encode(pa.chunked_array([*touches["customer_id"].chunks, *their.chunks]))
    touched = touches.select(["moment", "touch_id"]).add_column(
        0, "customer", pa.array(customer[: touches.num_rows])
    )
    converted = conversions.set_column(0, "customer", pa.array(customer[touches.num_rows :])).sort_by(
        [("customer", "ascending"), ("moment", "ascending"), ("conversion_id", "ascending")]
    )
    return customers, touched, converted.append_column("path", pa.array(np.arange(converted.num_rows)))


def _unless_alone(path: Integers, code: Integers, direct: int) -> Integers:
    """Return the touches that stay where direct ones leave every path that has another."""
    is_direct = code == direct
    has_other = np.bincount(path[~is_direct], minlength=path.max(initial=0) + 1) > 0
    return np.flatnonzero(~(is_direct & has_other[path]))


def _of_repeats(path: Integers, code: Integers, channels: int, keep: Keep) -> NDArray[Any]:
    """Return the touches that stay of those of one channel in one path."""
    if keep == "unique":
        _, firsts = np.unique(path * channels + code, return_index=True)
        return np.sort(firsts)
    if keep == "first_of_repeats":
        return np.flatnonzero((np.diff(path, prepend=-1) != 0) | (np.diff(code, prepend=-1) != 0))
    return np.arange(len(path))


def _check_choices(keep: Keep, direct: DirectPolicy) -> None:
    if keep not in get_args(Keep):
        raise ValueError(f"keep is {keep}; give one of: {', '.join(get_args(Keep))}")
    if direct not in get_args(DirectPolicy):
        raise ValueError(f"direct is {direct}; give one of: {', '.join(get_args(DirectPolicy))}")
