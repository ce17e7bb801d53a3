"""Amounts of mass, volume, length and pieces, in grams, millilitres, millimetres and pieces.

Factors are exact by law: the international pound and yard (1959), China's market units (1959, 1 斤 = 500 g),
the British and American fluid measures. Prices and converting between mass and volume do not belong here.
"""

import re
from collections.abc import Iterable
from concurrent.futures import Executor
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.numerals import LETTERS, read_numeral
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import words
from shopkeeper.standardize.texts import says_nothing, simplify

SCALE = 9
PARTS = pa.schema([("amount", pa.decimal128(27, SCALE)), ("unit", pa.string())])

SYSTEMS = ("uk", "us", None)

_FACTORS = {
    name: (Decimal(factor), base)
    for base, rows in words()["units"].items()
    for factor, names in rows.items()
    for name in names.split()
}
_FLUIDS = {name: unit for unit in words()["fluid_units"] for name in unit["names"]}
_CONTAINERS = frozenset(words()["containers"].split())
_VAGUE = _CONTAINERS | frozenset(words()["vague_units"].split())


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_DECIMAL = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\.\d+|\d+)"
_NUMBER = rf"-?\d+\s\d+/\d+|-?\d+/\d+|-?{_DECIMAL}|半|[{LETTERS}]+"
_UNIT = _any_of([*_FACTORS, *_FLUIDS, *_VAGUE])
_TERM = re.compile(
    rf"\s*(?P<number>{_NUMBER})?\s*(?P<unit>{_UNIT})(?![a-z])\.?(?P<half>半)?\s*", re.IGNORECASE
)
_SOME_UNIT = re.compile(rf"(?:{_NUMBER})?\s*[^\W\d_]+", re.IGNORECASE)
_TIMES = re.compile(r"\s*[×*]\s*|(?<=\d)\s*x\s*(?=\d)|\s+x\s*(?=\d)|(?<=[lg])x(?=\d)", re.IGNORECASE)
_COUNTED = _any_of(_CONTAINERS | {name for name, (_, base) in _FACTORS.items() if base == "piece"})
_COUNT = re.compile(rf"({_DECIMAL})\s*(?:{_COUNTED})?", re.IGNORECASE)
_PER_CONTAINER = re.compile(rf"\s*/\s*(?:{_COUNTED})$", re.IGNORECASE)
_RANGE = re.compile(r"\d\s*[^\W\d_]*\s*(?:[-~–]|至|到)\s*\d")
_DECIMAL_COMMA = re.compile(r"(?<![\d,])\d+,(?:\d{1,2}|\d{4,})(?![\d,])")
_LIMIT = Decimal(10) ** 15


def standardize_measures(values: Texts, system: str | None = None, pool: Executor | None = None) -> pa.Table:
    """Return `amount`, `unit` (`g`, `ml`, `mm` or `piece`) and `reason` of each value.

    A bare unit is one of it: `公斤` is 1000 g. `6 x 330 ml` is the whole, 1980 ml. `system`: `uk` or `us`,
    for fluid ounces, pints, quarts and gallons. Raises `ValueError` on another system.
    """
    if system not in SYSTEMS:
        raise ValueError(f"no system {system!r}: give 'uk' or 'us'")
    return standardize_column(values, partial(read_measure, system=system), PARTS, pool)


def read_measure(text: str, system: str | None = None) -> tuple[Decimal, str] | Reason:
    """Return one amount and its base unit."""
    if says_nothing(text):
        return Reason.PLACEHOLDER
    text = simplify(text)
    if _RANGE.search(text):
        return Reason.SEVERAL
    if _DECIMAL_COMMA.search(text):
        return Reason.AMBIGUOUS
    parts = _TIMES.split(_PER_CONTAINER.sub("", text))
    counts = [_COUNT.fullmatch(part) for part in parts]
    amounts = [part for part, count in zip(parts, counts, strict=True) if not count or len(parts) == 1]
    if len(amounts) != 1:
        return Reason.SEVERAL if amounts else Reason.INCOMPLETE
    if re.fullmatch(_DECIMAL, amounts[0]):
        return Reason.INCOMPLETE
    found = _sum(amounts[0], system)
    if isinstance(found, Reason):
        return found
    amount = found[0]
    for count in counts if len(parts) > 1 else []:
        amount *= Decimal(count[1].replace(",", "")) if count else 1
    if not 0 <= amount < _LIMIT:
        return Reason.IMPOSSIBLE
    return amount.quantize(Decimal(1).scaleb(-SCALE), ROUND_HALF_EVEN), found[1]


def _sum(text: str, system: str | None) -> tuple[Decimal, str] | Reason:
    """Return the sum of amounts written one after another, as in 1 lb 8 oz or 三斤二两."""
    total, end = Decimal(0), 0
    bases: list[str] = []
    while end < len(text):
        term = _TERM.match(text, end)
        if not term or (bases and term["number"] is None):
            return Reason.UNKNOWN if not bases and _SOME_UNIT.fullmatch(text) else Reason.MALFORMED
        unit, count = _unit(term["unit"], system), _number(term["number"])
        if isinstance(unit, Reason):
            return unit
        if count is None:
            return Reason.MALFORMED
        total += (count + (Decimal("0.5") if term["half"] else 0)) * unit[0]
        bases.append(unit[1])
        end = term.end()
    return (total, bases[0]) if len(set(bases)) == 1 else Reason.MALFORMED


def _number(text: str | None) -> Decimal | None:
    if text is None:
        return Decimal(1)
    if text == "半":
        return Decimal("0.5")
    if "/" in text:
        whole, _, fraction = text.rpartition(" ")
        above, below = fraction.split("/")
        return Decimal(whole or 0) + Decimal(above) / Decimal(below) if int(below) else None
    if text[-1].isdecimal():
        return Decimal(text.replace(",", ""))
    found = read_numeral(text)
    return None if found is None else Decimal(found)


def _unit(name: str, system: str | None) -> tuple[Decimal, str] | Reason:
    name = name.casefold()
    if fluid := _FLUIDS.get(name):
        return Reason.AMBIGUOUS if system is None else (Decimal(fluid[system]), "ml")
    return Reason.AMBIGUOUS if name in _VAGUE else _FACTORS[name]
