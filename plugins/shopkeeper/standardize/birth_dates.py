"""Birth dates: a day on which a person now alive can have been born.

Lunar dates are not converted: which of two calendars a date without a word is in, nobody can tell.
"""

import re
from concurrent.futures import Executor
from datetime import date
from functools import partial

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.days import ORDERS, read_day
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.texts import is_masked, says_nothing, simplify

PARTS = pa.schema([("birth_date", pa.date32())])

OLDEST = 120
"""Years; the oldest person whose age was proven became 122."""

_MIDNIGHT = re.compile(r"[T ]0?0:00(:00(\.0+)?)?$|[T ]12:00(:00)? ?AM$", re.IGNORECASE)
_TIME = re.compile(r"[T ]\d{1,2}:\d\d")
_ENDS = [(1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1970, 1, 1), (9999, 12, 31)]
_NOBODY = frozenset(date(*day) for day in _ENDS)
"""Where the calendars of databases, spreadsheets and programs begin or end."""


def standardize_birth_dates(
    values: Texts, as_of: date, order: str | None = None, pool: Executor | None = None
) -> pa.Table:
    """Return `birth_date` and `reason` of each value.

    `as_of`: the day after which nobody is born yet. `order`: `DMY` or `MDY`, how the source writes
    03/04/1985; without it such a date is ambiguous. Raises `ValueError` on another order.
    """
    if order not in ORDERS:
        raise ValueError(f"no order {order!r}: give 'DMY' or 'MDY'")
    return standardize_column(values, partial(read_birth_date, as_of=as_of, order=order), PARTS, pool)


def read_birth_date(text: str, as_of: date, order: str | None = None) -> tuple[date] | Reason:
    """Return one birth date."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    if is_masked(text):
        return Reason.MASKED
    text = _MIDNIGHT.sub("", simplify(text))
    if _TIME.search(text):
        return Reason.AMBIGUOUS  # a moment elsewhere: 1985-03-06T16:00Z is midnight of the 7th in Beijing
    found = read_day(text, order)
    if text.isdigit() and len(text) == 5:
        return Reason.AMBIGUOUS  # a spreadsheet's day number, in one of its two calendars
    if isinstance(found, Reason):
        return found
    if found in _NOBODY:
        return Reason.PLACEHOLDER
    return check_birth_date(found, as_of) or (found,)


def check_birth_date(day: date, as_of: date) -> Reason | None:
    """Return why nobody alive was born on a day, or `None`."""
    if day > as_of:
        return Reason.FUTURE
    age = as_of.year - day.year - ((as_of.month, as_of.day) < (day.month, day.day))
    return Reason.TOO_OLD if age > OLDEST else None
