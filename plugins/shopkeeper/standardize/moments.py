"""Moments as UTC instants, with the offset from UTC at which their clock ran.

A local time that a change of clocks skips or repeats is no single moment, and a zone's abbreviation (CST,
BST) is no zone: neither is guessed.
"""

import re
from concurrent.futures import Executor
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache, partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.days import ORDERS, read_day
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.texts import says_nothing, simplify

PARTS = pa.schema([("moment_at", pa.timestamp("us", "UTC")), ("utc_offset_seconds", pa.int32())])

_TIME = re.compile(
    r"(?P<half>上午|下午|凌晨|中午|晚上|早上)?\s?(?P<hour>\d{1,2})[:时点](?P<minute>\d{2})(?:[:分](?:(?P<second>\d{2})"
    r"(?:[.,](?P<fraction>\d{1,9}))?秒?)?)?\s?(?P<noon>[ap]\.?m\.?)?(?![\d:])",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{8})T?(\d{2})(\d{2})(\d{2})")
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?", re.IGNORECASE)
_REGION = re.compile(r"[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?")
_NAMED = {"z": "UTC", "utc": "UTC", "gmt": "UTC", "北京时间": "Asia/Shanghai"}
_EPOCH_DIGITS = {10: 1, 13: 1_000, 16: 1_000_000}
_AFTERNOON = frozenset({"下午", "晚上"})
_LARGEST_OFFSET = 15
"""Hours; local mean time in Manila and Alaska was more than 14 from Greenwich."""


def standardize_moments(
    values: Texts, zone: str | None = None, order: str | None = None, pool: Executor | None = None
) -> pa.Table:
    """Return `moment_at` (UTC), `utc_offset_seconds` and `reason` of each value.

    `zone`: the IANA zone of values that name none; without it they are incomplete. `order`: as for birth
    dates. Raises `ValueError` on an unknown zone or order.
    """
    if order not in ORDERS:
        raise ValueError(f"no order {order!r}: give 'DMY' or 'MDY'")
    if zone is not None and _zone(zone) is None:
        raise ValueError(f"no time zone {zone!r}: give an IANA name like 'Asia/Shanghai'")
    return standardize_column(values, partial(read_moment, zone=zone, order=order), PARTS, pool)


def read_moment(
    text: str, zone: str | None = None, order: str | None = None
) -> tuple[datetime, int] | Reason:
    """Return one instant and the offset of its clock, in seconds."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    if text.isascii() and text.isdigit() and len(text) in _EPOCH_DIGITS:
        return _epoch(text)
    text = simplify(text)
    if found := _COMPACT.match(text):
        day_text, clock, rest = found[1], found.groups()[1:], text[found.end() :]
        clock_time = _clock(*clock)
    else:
        found = _TIME.search(text)
        if not found:
            return Reason.INCOMPLETE if isinstance(read_day(text, order), date) else Reason.MALFORMED
        day_text, rest = text[: found.start()].rstrip(" T"), text[found.end() :]
        clock_time = _clock_of(found)
    day = read_day(day_text, order)
    if isinstance(day, Reason):
        return day
    if isinstance(clock_time, Reason):
        return clock_time
    days, clock_at = clock_time
    try:
        local = datetime.combine(day, clock_at) + timedelta(days=days)
        return _placed(local, rest.strip(), zone)
    except OverflowError:
        return Reason.IMPOSSIBLE


def _epoch(digits: str) -> tuple[datetime, int] | Reason:
    if len(digits) == 10 and _is_recent(read_day(digits[:8])) and int(digits[8:]) < 24:
        return Reason.AMBIGUOUS  # 2024031002 is two o'clock, or seconds of 2034
    scale = _EPOCH_DIGITS[len(digits)]
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(digits) * 1_000_000 // scale), 0


def _is_recent(day: date | Reason) -> bool:
    return isinstance(day, date) and 1900 <= day.year < 2100


def _clock_of(found: re.Match[str]) -> tuple[int, time] | Reason:
    hour = int(found["hour"])
    noon, half = (found["noon"] or "").lower()[:1], found["half"]
    if noon:
        if not 1 <= hour <= 12:
            return Reason.IMPOSSIBLE
        hour = hour % 12 + (12 if noon == "p" else 0)
    elif half in _AFTERNOON and 1 <= hour < 12:
        hour += 12
    elif half == "晚上" and hour == 12:
        return Reason.AMBIGUOUS
    return _clock(hour, found["minute"], found["second"] or 0, (found["fraction"] or "")[:6].ljust(6, "0"))


def _clock(
    hour: int | str, minute: int | str, second: int | str, micro: int | str = 0
) -> tuple[int, time] | Reason:
    parts = int(hour), int(minute), int(second), int(micro)
    try:
        return (1, time()) if parts == (24, 0, 0, 0) else (0, time(*parts))
    except ValueError:
        return Reason.IMPOSSIBLE


def _placed(local: datetime, rest: str, zone: str | None) -> tuple[datetime, int] | Reason:
    """Return the instant of a local time, from what follows it and the zone of the source."""
    region = None
    if rest.endswith("]") and "[" in rest:
        rest, _, name = rest[:-1].partition("[")
        region = _zone(name)
        if region is None:
            return Reason.UNKNOWN
    elif _REGION.fullmatch(rest):
        region, rest = _zone(rest), ""
        if region is None:
            return Reason.UNKNOWN
    rest = rest.strip().strip("()").strip()
    offset = None
    if found := _OFFSET.fullmatch(rest):
        hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
        if hours > _LARGEST_OFFSET or minutes > 59 or seconds > 59:
            return Reason.IMPOSSIBLE
        ahead = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        offset = timezone(ahead if found[1] == "+" else -ahead)
    elif rest.lower() in _NAMED:
        region = region or _zone(_NAMED[rest.lower()])
    elif rest:
        return Reason.AMBIGUOUS if re.fullmatch(r"[A-Za-z]{3,5}", rest) else Reason.MALFORMED
    if offset is not None:
        return _checked(local.replace(tzinfo=offset), region)
    region = region or (_zone(zone) if zone else None)
    return Reason.INCOMPLETE if region is None else _in_zone(local, region)


def _checked(moment: datetime, region: ZoneInfo | None) -> tuple[datetime, int] | Reason:
    offset = moment.utcoffset()
    if region is not None and moment.astimezone(region).utcoffset() != offset:
        return Reason.CONTRADICTORY
    return moment.astimezone(UTC), int(offset.total_seconds()) if offset else 0


def _in_zone(local: datetime, region: ZoneInfo) -> tuple[datetime, int] | Reason:
    first, second = (local.replace(tzinfo=region, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        is_gap = first.astimezone(UTC).astimezone(region).replace(tzinfo=None) != local
        return Reason.IMPOSSIBLE if is_gap else Reason.AMBIGUOUS
    return _checked(first, None)


@lru_cache(1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
