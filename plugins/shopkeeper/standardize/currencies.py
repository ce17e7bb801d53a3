"""Currencies as ISO 4217 codes.

A sign that several countries share has a meaning only with a country; none is guessed.
"""

from concurrent.futures import Executor
from functools import cache, partial

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import words
from shopkeeper.standardize.texts import says_nothing, simplify

PARTS = pa.schema([("currency_code", pa.string())])

_BY_NAME = {name: code for code, names in words()["currencies"].items() for name in names.split()}

_SHARED = frozenset(words()["shared_signs"].split())
_OF_COUNTRY = {
    country: {sign: code for code, signs in row.items() for sign in signs.split()}
    for country, row in words()["signs_of_country"].items()
}
_NO_CURRENCY = frozenset({"XXX", "XTS"})


def standardize_currencies(
    values: Texts, country: str | None = None, pool: Executor | None = None
) -> pa.Table:
    """Return `currency_code` and `reason` of each value.

    `country`: the ISO 3166 country whose people wrote shared signs like ¥, $ and 元; without it they are
    ambiguous. Raises `ValueError` if its signs are not known.
    """
    if country is not None and country not in _OF_COUNTRY:
        countries = ", ".join(sorted(_OF_COUNTRY))
        raise ValueError(f"the signs of {country!r} are not known: give one of {countries}")
    return standardize_column(values, partial(read_currency, country=country), PARTS, pool)


def read_currency(text: str, country: str | None = None) -> tuple[str] | Reason:
    """Return one currency; hundredths like pence (GBX) are no currency."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    code = _codes().get(text.upper())
    if code is not None:
        return Reason.PLACEHOLDER if code in _NO_CURRENCY else (code,)
    name = simplify(text).casefold().replace(" ", "")
    if found := _OF_COUNTRY.get(country or "", {}).get(name) or _BY_NAME.get(name):
        return (found,)
    if name in _SHARED:
        return Reason.AMBIGUOUS
    return Reason.UNKNOWN


@cache
def _codes() -> dict[str, str]:
    from iso4217 import Currency

    found = {each.code: each.code for each in Currency}
    return found | {f"{each.number:03d}": each.code for each in Currency if each.number is not None}
