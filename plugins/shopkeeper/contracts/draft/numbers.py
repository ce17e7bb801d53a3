"""Finds the number formats in which a column may be written."""

import re
from collections.abc import Sequence

from shopkeeper.contracts.number_formats import number_format

_WRITTEN = re.compile(
    r"(?P<before>[^0-9]*?)(?P<digits>[0-9](?:[0-9.,'’ \u00a0\u202f]*[0-9])?)(?P<after>[^0-9]*)"
)
_SIGNS = set("-−()▲△")
_UNIT = re.compile(r"[A-Z]{3}|(US|CA|AU|R)?\$|kr\.?|zł|Kč|Ft|lei|Rs\.?|元|円")
"""Letters allowed next to a number; others make it a code, such as K0031."""
_SHAPES = ((None, "."), (None, ","), (",", "."), (".", ","), ("'", "."), ("’", "."), (" ", ","), (" ", "."),
           ("\u00a0", ","), ("\u202f", ","))  # fmt: skip
MOST_DECIMALS = 9


def possible_formats(texts: Sequence[str]) -> list[str | None]:
    """Return the formats in which all texts may be written, the plain one (`None`) first."""
    matches = [_WRITTEN.fullmatch(text) for text in texts]
    around = {(m["before"], m["after"]) for m in matches if m}
    is_code = any(map(_is_lettered, around)) or any(re.match("0[0-9]", m["digits"]) for m in matches if m)
    if not texts or None in matches or len(around) > 2 or is_code:
        return []
    positive = [each for each in around if _SIGNS.isdisjoint("".join(each))]
    negative = [each for each in around if each not in positive]
    if len(positive) > 1 or len(negative) > 1:
        return []
    before, after = positive[0] if positive else _unsigned(negative[0])
    digits = [m["digits"] for m in matches if m]
    formats = [_drawn(shape, digits, before, after, negative) for shape in _SHAPES]
    reading = list(dict.fromkeys(each for each in formats if each is not None and _reads(each, texts)))
    grouped = [each for mark in ",." if _groups(mark, digits) for each in reading if f"#{mark}##0" in each]
    return list(dict.fromkeys([*grouped, None, *reading]))


def _groups(mark: str, digits: list[str]) -> bool:
    """Say whether a mark groups thousands, as in 1,200 beside 300."""
    return {len(each.rpartition(mark)[2]) if mark in each else 0 for each in digits} == {0, 3}


def decimals_of(texts: Sequence[str]) -> int:
    """Return how many digits follow the point in plain numbers."""
    return max((len(text.partition(".")[2]) for text in texts), default=0)


def scale_of(declared: str) -> int | None:
    """Return how many decimals a format writes; `None` if a contract cannot declare it."""
    try:
        return number_format(declared).scale
    except ValueError:
        return None


def _reads(declared: str, texts: Sequence[str]) -> bool:
    if scale_of(declared) is None:
        return False
    pattern = re.compile(number_format(declared).pattern)
    return all(pattern.fullmatch(text) for text in texts)


def _drawn(
    shape: tuple[str | None, str], digits: list[str], before: str, after: str, negative: list[tuple[str, str]]
) -> str | None:
    group, point = shape
    if group and not any(group in each for each in digits):
        return None
    scales = {len(each.partition(point)[2]) for each in digits}
    if max(scales) > MOST_DECIMALS:
        return None
    least, most = min(scales), max(scales)
    fraction = f"{point}{'0' * least}{'#' * (most - least)}" if most else ""
    number = (f"#{group}##0" if group else "0") + fraction
    drawn = f"{before}{number}{after}"
    if negative and negative[0] != (f"-{before}", after):
        drawn += f";{negative[0][0]}{number}{negative[0][1]}"
    return drawn


def _is_lettered(around: tuple[str, str]) -> bool:
    plain = ["".join(c for c in each if c not in _SIGNS).strip() for each in around]
    return any(any(c.isalpha() for c in each) and not _UNIT.fullmatch(each) for each in plain)


def _unsigned(around: tuple[str, str]) -> tuple[str, str]:
    before, after = ("".join(c for c in each if c not in _SIGNS) for each in around)
    return before, after
