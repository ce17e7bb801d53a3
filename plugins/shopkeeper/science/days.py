"""Converts moments to one axis, and to calendar days in the zone of their column.

Only compares times; reading them from a column belongs to `inputs`.
"""

from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.science.arguments import read_moment

Integers = NDArray[np.int64]

DAY = 86_400_000_000
"""Microseconds."""


def zone_of(times: pa.ChunkedArray) -> str | None:
    """Return the time zone that a column of timestamps names."""
    return times.type.tz if pa.types.is_timestamp(times.type) else None


def instants(times: pa.ChunkedArray, zone: str | None, *, at_day_end: bool = False) -> pa.ChunkedArray:
    """Return each moment as microseconds of UTC (int64, null for nulls).

    A timestamp without zone is read in UTC; a date is the first moment of its day in `zone` (UTC where that
    is None), or with `at_day_end` the last.
    """
    if not pa.types.is_date(times.type):
        return times.cast(pa.timestamp("us", zone_of(times)), safe=False).cast(pa.int64())
    days = times.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    start = pc.multiply(pc.add(days, int(at_day_end)), DAY)
    return pc.subtract(_utc(start, zone), int(at_day_end))


def days(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the day of each moment in the column's zone (UTC where it names none), counted from 1970."""
    if zone_of(times) is not None:
        times = pc.local_timestamp(times)
    return times.cast(pa.date32(), safe=False).cast(pa.int32())


def instant(name: str, value: Any, zone: str | None, *, at_day_end: bool = True) -> int:
    """Return a moment given as a value, in microseconds of UTC.

    A plain date is the last moment of its day in `zone`, or the first; a moment without zone is read in
    `zone`, where one is given. Errors as in `read_moment`.
    """
    moment = read_moment(name, value)
    if not isinstance(moment, datetime):
        return instants(pa.chunked_array([[moment]], pa.date32()), zone, at_day_end=at_day_end)[0].as_py()
    if moment.tzinfo is None:
        return _utc(pa.chunked_array([[_micros(moment.replace(tzinfo=UTC))]]), zone)[0].as_py()
    return _micros(moment.astimezone(UTC))


def day(instant_of_utc: int, zone: str | None) -> int:
    """Return the day of one moment (microseconds of UTC) in `zone`, counted from 1970."""
    moment = pa.chunked_array([[instant_of_utc]]).cast(pa.timestamp("us", zone))
    return days(moment)[0].as_py()


def _utc(local: pa.ChunkedArray, zone: str | None) -> pa.ChunkedArray:
    """Return microseconds of UTC from those of a zone's clock; an hour that comes twice is its first."""
    if zone is None:
        return local
    clock = local.cast(pa.timestamp("us"))
    return pc.assume_timezone(clock, zone, ambiguous="earliest", nonexistent="earliest").cast(pa.int64())


def _micros(moment: datetime) -> int:
    whole = datetime.combine(date(1970, 1, 1), time(), UTC)
    elapsed = moment - whole
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
