"""Phone numbers to E.164, with their extension apart.

Add ways to write a number here; which numbers exist is for `phonenumbers` to say.
"""

import re
from concurrent.futures import Executor
from functools import partial

import phonenumbers
import pyarrow as pa
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.texts import is_masked, is_one_digit, says_nothing

PARTS = pa.schema([("phone", pa.string()), ("phone_extension", pa.string())])

_LABEL = re.compile(
    r"^(?:联系)?(?:电话|手机|座机|固话|传真)(?:号码|号)?[\s:]*|^(?:tel|phone|mobile|mob|cell)\b[\s.:]*",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"[\s,;(-]*(?:转|分机号?|\bextension|\bext\.?|(?<=\d)ext\.?|#|x)[\s.:]*(\d{1,7})\)?$", re.IGNORECASE
)
_DASHED_EXTENSION = re.compile(r"^(\(?0[1-9]\d{1,2}\)?[\s-]*\d{3,4}[\s-]?\d{3,4})-(\d{1,6})$")
_SEPARATORS = re.compile(r"[;,、|/]|或| or ", re.IGNORECASE)
_SPREADSHEET = re.compile(r"^'|(?<=\d{7})\.0+$")
_ALLOWED = re.compile(r"\+?[\d\s().\-\u2010-\u2015\u2212~]+")
_NOBODY = frozenset({"12345678", "123456789", "1234567890", "12345678901", "13800138000", "8613800138000"})
"""Counted up, and the number of China Mobile's top-up service, which forms show as their example."""
_ONLY_ZEROS = re.compile(r"(?:(?:00)?440?|0)?70{9}|(?:(?:00)?86|0)?1[3-9]\d0{8}")
_NO_BRITONS = frozenset({"+447111111111", "+447999999999", "+447123456789"})
"""Forms are filled so behind 07; the same digits behind 0711, 0712 and 0799 are landlines in China."""
_HIDDEN = re.compile(r"\d[\s.-]*[xX#?_]{3,}|[xX#?_]{3,}[\s.-]*\d")
_SHORT = (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
_MOST_DIGITS = 15


def standardize_phones(values: Texts, region: str = "CN", pool: Executor | None = None) -> pa.Table:
    """Return `phone` (E.164), `phone_extension` and `reason` of each value.

    `region`: the ISO 3166 country of numbers without a country code. Raises `ValueError` if it is unknown.
    """
    require_region(region)
    return standardize_column(values, partial(read_phone, region=region), PARTS, pool)


def require_region(region: str) -> None:
    """Raise `ValueError` unless numbers of a country, by its ISO 3166 code, can be read."""
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"no region {region!r}: give an ISO 3166 code like 'CN' or 'GB'")


def read_phone(text: str, region: str = "CN") -> tuple[str, str | None] | Reason:
    """Return one number and its extension."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    extension = None
    if not _ALLOWED.fullmatch(text):
        if is_masked(text) or _HIDDEN.search(text):
            return Reason.MASKED
        text = _LABEL.sub("", text)
        if found := _EXTENSION.search(text):
            text, extension = text[: found.start()], found[1]
    text = _SPREADSHEET.sub("", text)
    if extension is None and (found := _DASHED_EXTENSION.match(text)):
        text, extension = found[1], found[2]
    if _holds_several(text):
        return Reason.SEVERAL
    bare = text.replace("+", "", 1) if text.startswith("(+") else text
    digits = re.sub(r"\D", "", bare)
    if not digits or not digits.isascii() or not _ALLOWED.fullmatch(bare):
        return Reason.MALFORMED
    if is_one_digit(digits) or digits in _NOBODY or _ONLY_ZEROS.fullmatch(digits):
        return Reason.PLACEHOLDER
    return _parse(f"+{digits}" if text.startswith(("+", "(+")) else bare, region, extension)


def _parse(text: str, region: str, extension: str | None) -> tuple[str, str | None] | Reason:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as fault:
        kind = phonenumbers.NumberParseException
        if fault.error_type in (kind.TOO_SHORT_NSN, kind.TOO_SHORT_AFTER_IDD):
            return Reason.INCOMPLETE
        return Reason.IMPOSSIBLE if fault.error_type == kind.TOO_LONG else Reason.MALFORMED
    if not phonenumbers.is_valid_number(number):
        possible = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
        return Reason.INCOMPLETE if possible in _SHORT else Reason.IMPOSSIBLE
    phone = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Reason.PLACEHOLDER if phone in _NO_BRITONS else (phone, extension)


def _holds_several(text: str) -> bool:
    parts = [part for part in _SEPARATORS.split(text) if any(letter.isdigit() for letter in part)]
    if len(parts) < 2 and sum(letter.isdigit() for letter in text) > _MOST_DIGITS:
        parts = text.split()
        return len(parts) > 1 and all(len(part) > 6 for part in parts)
    return len(parts) > 1
