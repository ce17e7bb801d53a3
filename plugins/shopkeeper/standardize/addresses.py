"""Chinese addresses to province, city and district, with the rest as the street.

An address in English, and one that names no division, is not read; a street is not looked up.
"""

import re
from concurrent.futures import Executor

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.divisions import Found, find_divisions, names_a_city
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.texts import is_masked, says_nothing, simplify

PARTS = pa.schema(
    [
        ("province", pa.string()),
        ("city", pa.string()),
        ("district", pa.string()),
        ("division_code", pa.string()),
        ("is_former_division", pa.bool_()),
        ("street", pa.string()),
    ]
)

_BEFORE = re.compile(
    r"^(?:(?:收货|详细|家庭|联系)?地址\s*:?\s*|(?:邮编\s*:?\s*)?\d{6}(?=\D)\s*,?\s*|中华人民共和国|中国(?!香港|澳门|台湾)[\s,]*|中国(?=香港|澳门|台湾))+"
)
_HAN_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def standardize_addresses(values: Texts, pool: Executor | None = None) -> pa.Table:
    """Return the divisions, their code (GB/T 2260, of the lowest), the street and `reason` of each value.

    `city` is null for counties directly under a province; `district` where the address names none, or the
    city has none. A division that was abolished keeps its name, and `is_former_division` is true.
    """
    return standardize_column(values, read_address, PARTS, pool)


def read_address(text: str) -> tuple[str, str | None, str | None, str, bool, str | None] | Reason:
    """Return one address."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    text = _BEFORE.sub("", text)
    if not any("\u4e00" <= letter <= "\u9fff" for letter in text):
        return Reason.UNKNOWN if any(letter.isalpha() for letter in text) else Reason.MALFORMED
    found = find_divisions(text)
    if not found or not text.isascii():
        simple = simplify(text)
        in_simple = find_divisions(simple) if simple != text else []
        if in_simple and (not found or in_simple[0].end > found[0].end):
            found, text = in_simple, simple
    if not found:
        return Reason.MASKED if is_masked(text) else Reason.UNKNOWN
    if len(found) > 1:
        return Reason.AMBIGUOUS
    if names_a_city(text, found[0].end) and found[0].district is None:
        return Reason.CONTRADICTORY
    return _written(found[0], text)


def _written(found: Found, text: str) -> tuple[str, str | None, str | None, str, bool, str | None]:
    street = _HAN_SPACE.sub("", text[found.end :]).strip(" ,/|>-.;")
    names = (place.name if place else None for place in (found.province, found.city, found.district))
    province, city, district = names
    return province or "", city, district, found.place.code, found.place.is_former, street or None
