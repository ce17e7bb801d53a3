"""The number formats of a contract, in spreadsheet notation: `#.##0,00`, `￥#,##0.00`, `0.00;(0.00)`.

Each column declares one format; nothing here guesses whether 1,234 is more than a thousand.
"""

import re
from dataclasses import dataclass

_DRAWN = re.compile(
    r"(?P<prefix>[^#0]*)(?:#(?P<group>[^#0])##0|#*0)(?:(?P<point>[.,])(?P<least>0*)(?P<more>#*))?(?P<suffix>[^#0]*)"
)
_GROUPS = ",.'’ \u00a0\u202f"
_SIGNS = "-−()▲△"


@dataclass(frozen=True)
class Affixes:
    """The text before and after the digits."""

    prefix: str
    suffix: str

    @property
    def length(self) -> int:
        """Characters of both."""
        return len(self.prefix) + len(self.suffix)


@dataclass(frozen=True)
class NumberFormat:
    """How a number is written: its affixes, group separator and decimal separator.

    `sign` is the character that only negative numbers have.
    """

    positive: Affixes
    negative: Affixes
    sign: str
    group: str | None
    point: str
    least_scale: int
    scale: int

    @property
    def pattern(self) -> str:
        """A regular expression for the whole text."""
        digits = rf"[0-9]{{1,3}}(?:{re.escape(self.group)}[0-9]{{3}})*" if self.group else "[0-9]+"
        if self.scale:
            fraction = rf"{re.escape(self.point)}[0-9]{{{max(self.least_scale, 1)},{self.scale}}}"
            digits += fraction if self.least_scale else f"(?:{fraction})?"
        both = (
            re.escape(each.prefix) + digits + re.escape(each.suffix)
            for each in (self.positive, self.negative)
        )
        return f"(?:{'|'.join(both)})"


def number_format(declared: str) -> NumberFormat:
    """Parse a declared format; `ValueError` if a number could be read in two ways or not at all."""
    drawn, has_negative, drawn_negative = declared.partition(";")
    match = _DRAWN.fullmatch(drawn)
    if match is None:
        raise ValueError(
            f"{declared} is not a number format; draw it as #,##0.00, 0,00 or #.##0,00;(#.##0,00)"
        )
    positive = Affixes(match["prefix"], match["suffix"])
    digits = drawn[len(positive.prefix) : len(drawn) - len(positive.suffix)]
    negative = Affixes("-" + positive.prefix, positive.suffix)
    if has_negative:
        before, found, after = drawn_negative.partition(digits)
        negative = Affixes(before, after)
        if not found:
            raise ValueError(
                f"number format {declared} draws negative numbers with other digits; repeat {digits}"
            )
    group, point = match["group"], match["point"] or "."
    fault = _fault(positive, negative, group, point)
    if fault:
        raise ValueError(f"number format {declared} {fault}")
    least = len(match["least"] or "")
    sign = next(each for each in negative.prefix + negative.suffix if each in _SIGNS)
    return NumberFormat(positive, negative, sign, group, point, least, least + len(match["more"] or ""))


def _fault(positive: Affixes, negative: Affixes, group: str | None, point: str) -> str | None:
    """Return why two different numbers could be written alike."""
    around = positive.prefix + positive.suffix
    if group is not None and (group not in _GROUPS or group == point):
        return f"groups digits by {group!r}; write one of {_GROUPS!r} that is not its decimal point"
    if re.search("[0-9%‰]", around + negative.prefix + negative.suffix):
        return "has digits or a percent sign around the number; only plain words and signs are allowed there"
    if not set(around).isdisjoint(_SIGNS):
        return "marks positive numbers as negative ones; draw those after a semicolon"
    if set(negative.prefix + negative.suffix).isdisjoint(_SIGNS):
        return "does not mark negative numbers; write -, −, ▲ or brackets around them"
    return None
