"""Calendar days from the ways in which people write them; an order of day and month is never guessed.

Whether a day can be a birth date, and times of day, belong to their modules.
"""

import re
from datetime import date

from shopkeeper.standardize.numerals import LETTERS, read_numeral
from shopkeeper.standardize.reasons import Reason

ORDERS = ("DMY", "MDY", None)

_NUMBER = rf"(?:\d+|[{LETTERS}元]+)"
_CHINESE = re.compile(rf"(?:公元|西元)?(民国)?({_NUMBER})\s?年\s?({_NUMBER})\s?月\s?({_NUMBER})\s?[日号]?")
_YEAR_FIRST = re.compile(r"(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}|\d{6}|'?\d\d年\d{1,2}月\d{1,2}[日号]?")
_PARTIAL = re.compile(r"\d{4}([-/.]\d{1,2})?|\d{4}年(\d{1,2}月)?|\d{1,2}月\d{1,2}[日号]?|\d{1,2}[-/]\d{4}")
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-](?:of )?([a-z]{3,9})\.?,?[\s-](\d{4})", re.IGNORECASE)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?[\s-](\d{1,2})(?:st|nd|rd|th)?,?[\s-](\d{4})", re.IGNORECASE)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_LUNAR = re.compile(r"[农阴]历|[正冬腊]月|闰|初[一二三四五六七八九十]|廿")
_FIRST_ROC_YEAR = 1911


def read_day(text: str, order: str | None = None) -> date | Reason:
    """Return one day; `order` says whether 03/04/1985 is the third of April (`DMY`) or March 4 (`MDY`)."""
    if _LUNAR.search(text):
        return Reason.LUNAR
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(int(found[1]), int(found[3]), int(found[4]))
    if found := _COMPACT.fullmatch(text):
        return _day(*map(int, found.groups()))
    if found := _YEAR_LAST.fullmatch(text):
        return _ordered(int(found[1]), int(found[3]), int(found[4]), order)
    if _SHORT_YEAR.fullmatch(text):
        return Reason.AMBIGUOUS
    if _PARTIAL.fullmatch(text):
        return Reason.INCOMPLETE
    if found := _CHINESE.fullmatch(text):
        return _chinese(found)
    if found := _DAY_NAME.fullmatch(text):
        return _named(found[3], found[2], found[1])
    if found := _NAME_DAY.fullmatch(text):
        return _named(found[3], found[1], found[2])
    return Reason.MALFORMED


def _day(year: int, month: int, day: int) -> date | Reason:
    try:
        return date(year, month, day)
    except ValueError:
        return Reason.PLACEHOLDER if year == month == day == 0 else Reason.IMPOSSIBLE


def _ordered(first: int, second: int, year: int, order: str | None) -> date | Reason:
    if order is not None:
        return _day(year, second, first) if order == "DMY" else _day(year, first, second)
    readings = {
        day for day in (_day(year, second, first), _day(year, first, second)) if isinstance(day, date)
    }
    if len(readings) > 1:
        return Reason.AMBIGUOUS
    return readings.pop() if readings else _day(year, second, first)


def _chinese(found: re.Match[str]) -> date | Reason:
    year, month, day = (read_numeral(part) for part in found.groups()[1:])
    if year is None or month is None or day is None:
        return Reason.MALFORMED
    if found[1]:
        return _day(year + _FIRST_ROC_YEAR, month, day)
    return Reason.AMBIGUOUS if len(found[2]) < 4 else _day(year, month, day)


def _named(year: str, name: str, day: str) -> date | Reason:
    months = [place for place, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())]
    if name.lower() == "sept":
        months = [9]
    return _day(int(year), months[0], int(day)) if len(months) == 1 else Reason.MALFORMED
