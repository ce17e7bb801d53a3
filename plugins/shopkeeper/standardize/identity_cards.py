"""Chinese identity numbers (GB 11643-1999) as 18 characters, with the birth date and gender that they hold.

A number that passes can exist; whether it was ever issued, only its issuer knows.
"""

import re
from concurrent.futures import Executor
from datetime import date
from functools import partial

import pyarrow as pa

from shopkeeper.standardize.birth_dates import check_birth_date
from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import words
from shopkeeper.standardize.texts import is_masked, is_one_digit, says_nothing

PARTS = pa.schema([("identity_card", pa.string()), ("birth_date", pa.date32()), ("gender", pa.string())])

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = frozenset(words()["identity_card_provinces"].split())
_CENTENARIANS = frozenset({"996", "997", "998", "999"})
"""In 15-digit numbers, of people born before 1900."""


def standardize_identity_cards(values: Texts, as_of: date, pool: Executor | None = None) -> pa.Table:
    """Return `identity_card` (18 characters), `birth_date`, `gender` and `reason` of each value.

    `as_of`: the day after which nobody is born yet. A 15-digit number gets its century and check digit.
    """
    return standardize_column(values, partial(read_identity_card, as_of=as_of), PARTS, pool)


def read_identity_card(text: str, as_of: date) -> tuple[str, date, str] | Reason:
    """Return one number, and the birth date and gender in it."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    if is_masked(text):
        return Reason.MASKED
    number = re.sub(r"[\s\-']", "", text).upper()
    if number.isascii() and number.isdigit() and is_one_digit(number):
        return Reason.PLACEHOLDER
    if re.fullmatch(r"[0-9]{15}", number):
        if number[12:] in _CENTENARIANS:
            return Reason.AMBIGUOUS
        number = f"{number[:6]}19{number[6:]}"
        number += check_digit(number)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Reason.MALFORMED
    if number[:2] not in _PROVINCES:
        return Reason.IMPOSSIBLE
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return Reason.IMPOSSIBLE
    if check_digit(number[:17]) != number[17]:
        return Reason.CHECKSUM
    return check_birth_date(born, as_of) or (number, born, "male" if int(number[16]) % 2 else "female")


def check_digit(first: str) -> str:
    """Return the 18th character after the first 17 (ISO 7064, MOD 11-2)."""
    return _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first, strict=True)) % 11]
