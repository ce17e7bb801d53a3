"""The one text of each identifier that is hashed: its standard form, whatever the day and the way of writing.

What a standard form is, `shopkeeper.standardize` decides; here is which of its parts make a token.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import date
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper import standardize
from shopkeeper.standardize import Reason

Texts: TypeAlias = pa.Array | pa.ChunkedArray

_DAYS = (date(2025, 1, 1), date(2145, 1, 1), date(1905, 1, 1))
"""A birth date is read as of each of these, 120 years apart: a token must not depend on the day."""

_ORDERS = {"CN": None, "US": "MDY"}
"""How a country writes 03/04/1985; elsewhere the day comes first."""


def standard_texts(values: pa.Array, kind: str, country: str | None, pool: Executor | None) -> pa.Table:
    """Return `text`, never null, and `reason` of distinct values without nulls."""
    if kind not in _READERS:
        raise ValueError(f"no kind {kind!r} of identifiers: give one of {', '.join(KINDS)}")
    found, reason = _READERS[kind](values, country, pool)
    trimmed = pc.utf8_trim_whitespace(values).cast(pa.string())
    text = pc.coalesce(pc.if_else(pc.is_null(reason), found, pa.scalar(None, pa.string())), trimmed)
    return pa.table({"text": text, "reason": reason})


Found: TypeAlias = tuple[Texts, Texts]


def _phones(values: pa.Array, country: str | None, pool: Executor | None) -> Found:
    found = standardize.standardize_phones(values, country or "CN", pool)
    return _joined(";ext=", found["phone"], found["phone_extension"]), found["reason"]


def _emails(values: pa.Array, _: str | None, pool: Executor | None) -> Found:
    found = standardize.standardize_emails(values, pool)
    return found["email"], found["reason"]


def _names(values: pa.Array, _: str | None, pool: Executor | None) -> Found:
    found = standardize.standardize_names(values, pool)
    return found["name"], found["reason"]


def _addresses(values: pa.Array, _: str | None, pool: Executor | None) -> Found:
    found = standardize.standardize_addresses(values, pool)
    return _joined(" ", found["division_code"], found["street"]), found["reason"]


def _postcodes(values: pa.Array, _: str | None, pool: Executor | None) -> Found:
    found = standardize.standardize_postcodes(values, pool)
    return found["postcode"], found["reason"]


def _identity_cards(values: pa.Array, _: str | None, pool: Executor | None) -> Found:
    return _of_some_day(
        lambda day: standardize.standardize_identity_cards(values, day, pool), "identity_card"
    )


def _birth_dates(values: pa.Array, country: str | None, pool: Executor | None) -> Found:
    order = _ORDERS.get(country, "DMY") if country else None
    return _of_some_day(
        lambda day: standardize.standardize_birth_dates(values, day, order, pool), "birth_date"
    )


def _texts(values: pa.Array, _: str | None, __: Executor | None) -> Found:
    trimmed = pc.utf8_trim_whitespace(values).cast(pa.string())
    is_empty = pc.equal(trimmed, "")
    return trimmed, pc.if_else(is_empty, pa.scalar(str(Reason.EMPTY)), pa.scalar(None, pa.string()))


def _joined(separator: str, first: Texts, second: Texts) -> Texts:
    first = pc.coalesce(first, "")  # Arrow drops a row of which all parts are null
    return pc.binary_join_element_wise(first, second, separator, null_handling="skip")


def _of_some_day(read: Callable[[date], pa.Table], part: str) -> Found:
    """Return what is a birth date as of one of the days: only nonsense stays in the future or too old."""
    found = read(_DAYS[0])
    text, reason = found[part].cast(pa.string()), found["reason"]
    outside = pa.array([str(Reason.FUTURE), str(Reason.TOO_OLD)])
    for day in _DAYS[1:]:
        if not pc.any(pc.is_in(reason, outside)).as_py():
            break
        other = read(day)
        text = pc.coalesce(text, other[part].cast(pa.string()))
        reason = pc.if_else(pc.is_null(other["reason"]), pa.scalar(None, pa.string()), reason)
    return text, reason


_READERS: dict[str, Callable[[pa.Array, str | None, Executor | None], Found]] = {
    "phone": _phones,
    "email": _emails,
    "name": _names,
    "address": _addresses,
    "postcode": _postcodes,
    "identity_card": _identity_cards,
    "birth_date": _birth_dates,
    "text": _texts,
}
KINDS = tuple(_READERS)
"""The kinds of identifiers; `text` is any other, trimmed."""
