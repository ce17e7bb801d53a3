"""Finds the date and time formats in which a column may be written."""

import re
from collections.abc import Sequence
from functools import cache

from shopkeeper.contracts.time_formats import time_format

_DAYS = (
    "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyyMMdd", "yyyy/M/d", "yyyy-M-d", "yyyy年M月d日",
    "dd/MM/yyyy", "MM/dd/yyyy", "dd.MM.yyyy", "dd-MM-yyyy", "MM-dd-yyyy", "d/M/yyyy", "M/d/yyyy", "d.M.yyyy",
    "dd/MM/yy", "MM/dd/yy", "dd.MM.yy", "d/M/yy", "M/d/yy", "d.M.yy",
)  # fmt: skip
_CLOCKS = ("HH:mm:ss", "HH:mm", "H:mm", "H:mm:ss", "h:mm a", "h:mm:ss a", "hh:mm a", "hh:mm:ss a")
_OFFSETS = ("", "XXX", "XX", " XXX", " XX", " 'UTC'")
_FRACTIONS = ("yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "yyyy-MM-dd HH:mm:ss.SSS",
              "yyyy-MM-dd HH:mm:ss.SSSSSS")  # fmt: skip
_POSTGRES = "yyyy-MM-dd HH:mm:ss[.SSSSSS][.SSSSS][.SSSS][.SSS][.SS][.S]X"
_COULD_BE = re.compile(r"[0-9]{8}|[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}.*")


def possible_formats(texts: Sequence[str]) -> list[str]:
    """Return the formats to try on these texts, dates before moments, the strictest first."""
    if not texts or not all(_COULD_BE.fullmatch(text) for text in texts):
        return []
    if all(":" not in text for text in texts):
        return _fitting(_DAYS, texts)
    joins = ("'T'",) if any("T" in text.removesuffix("UTC") for text in texts) else (" ",)
    moments = [
        f"{day}{join}{clock}{offset}"
        for day in _DAYS
        for join in joins
        for clock in _CLOCKS
        for offset in _OFFSETS
    ]
    fractions = [f"{each}{offset}" for each in _FRACTIONS for offset in ("", "XXX")] + [_POSTGRES]
    midnights = [f"{day}{join}'00:00:00'".replace("''", "") for day in _DAYS for join in joins]
    return _fitting([*moments, *fractions, *midnights], texts)


def _fitting(formats: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return the formats whose pattern matches all texts; the casts check that the dates exist."""
    return [each for each in formats if all(_pattern(each).fullmatch(text) for text in texts)]


@cache
def _pattern(declared: str) -> re.Pattern[str]:
    return re.compile(time_format(declared).pattern)


def has_clock(declared: str) -> bool:
    """Whether a format contains the time of day."""
    return time_format(declared).has_clock


def other_order(declared: str) -> str:
    """Return the format with day and month swapped."""
    letters = {"d": "M", "M": "d"}
    return "".join(letters.get(letter, letter) for letter in declared)
