"""British postcodes as `SW1A 1AA`, by the rules of the Post Office's bulk data transfer guide.

The rules say what can be a postcode; whether one is in use only Royal Mail's address file knows.
"""

import re
from concurrent.futures import Executor

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import words
from shopkeeper.standardize.texts import is_masked, says_nothing

PARTS = pa.schema([("postcode", pa.string()), ("postcode_area", pa.string())])

_AREAS = frozenset(words()["postcode_areas"].split())
_OUTWARD = r"([A-Z]{1,2})(\d{1,2}|\d[A-Z])"
_WHOLE = re.compile(rf"{_OUTWARD}(\d[ABD-HJLNP-UW-Z]{{2}})")
_ONLY_OUTWARD = re.compile(_OUTWARD)
_LETTER_AFTER_ONE = frozenset("ABCDEFGHJKPSTUW")
_LETTER_AFTER_TWO = frozenset("ABEHMNPRVWXY")


def standardize_postcodes(values: Texts, pool: Executor | None = None) -> pa.Table:
    """Return `postcode`, `postcode_area` (its first letters) and `reason` of each value."""
    return standardize_column(values, read_postcode, PARTS, pool)


def read_postcode(text: str) -> tuple[str, str] | Reason:
    """Return one postcode and its area."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    if is_masked(text):
        return Reason.MASKED
    code = re.sub(r"[\s.\-_]", "", text.upper())
    if code == "GIR0AA":
        return "GIR 0AA", "GIR"
    found = _WHOLE.fullmatch(code) or _ONLY_OUTWARD.fullmatch(code)
    if not found or not code.isascii():
        return Reason.MALFORMED
    area, district = found[1], found[2]
    if area not in _AREAS:
        return Reason.UNKNOWN
    if district[-1].isalpha():
        allowed = _LETTER_AFTER_ONE if len(area) == 1 else _LETTER_AFTER_TWO
        if district[-1] not in allowed:
            return Reason.MALFORMED
    if found.re is _ONLY_OUTWARD:
        return Reason.INCOMPLETE
    return f"{area}{district} {found[3]}", area
