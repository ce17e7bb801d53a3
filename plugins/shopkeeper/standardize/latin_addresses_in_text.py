"""Finds postal addresses in Latin letters in free text: a street with a number, or what leads to a postcode.

A street, a town or a shop without a number is no address of a person and stays.
"""

import re
from collections.abc import Iterator

from shopkeeper.standardize.latin_name_words import begins_with_name
from shopkeeper.standardize.postcodes import read_postcode
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.spans import Span
from shopkeeper.standardize.tables import words

_SUFFIX = (
    r"(?:Street|St|Str|Road|Rd|Avenue|Ave?|Lane|Ln|Drive|Dr|Close|Court|Ct|Crescent|Cres|"
    r"Place|Pl|Square|Sq|Terrace|Tce|Way|Gardens?|Gdns"
    r"|Grove|Hill|Park|Mews|Row|Walk|Green|Rise|View|Boulevard|Blvd|Parade|Broadway|Highway|"
    r"Hwy|Vale|Quay|Wharf|Yard|Croft|Meadows?|Fields?"
    r"|Embankment|Circus|Common|Gate|Heights|Path|Passage|Drove|Parkway|Pkwy|Circle|Mount|"
    r"Wood|Villas|Buildings|Bank|Cottages|End|Chase|Dene|Garth)\b\.?"
)
_UNIT = (
    r"(?:(?:Flat|Apartment|Apt\.?|Unit|Suite|Room|Rm\.?|Floor|Block|Building|Bldg|Studio)\s?[A-Za-z]?[\d/]{0,5}[A-Za-z]?|"
    r"\d{1,2}/F)"
)
_NUMBER = r"(?:No\.? ?)?\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
_WORD = r"[A-Z][\w'\u2019.-]*"
_LEAD = (
    rf"(?:{_UNIT}(?: of)?[,\s]{{1,3}}(?:{_WORD} (?:House|Court|Building|Tower|Mansions?|"
    rf"Lodge|Point|Heights)[,\s]{{1,3}})?){{0,3}}"
)
_STREET = re.compile(
    rf"(?<![A-Za-z0-9_£$€¥.-])(?<!\d:)(?:(?i:{_LEAD}))(?:{_NUMBER}),? (?:(?:{_WORD}|of|"
    rf"the|and|de|le|on) ){{1,4}}?(?i:{_SUFFIX})(?![A-Za-z])"
    rf"|(?<![A-Za-z0-9_£$€¥.-])(?<!\d:)(?:(?i:{_LEAD}))(?:{_NUMBER}),? (?:Broadway|The {_WORD}|"
    rf"High St(?:reet)?)(?= ?[,\n])"
)
_LOWER_STREET = re.compile(
    rf"(?<![A-Za-z0-9_£$€¥.-])(?<!\d:){_LEAD}{_NUMBER},? (?:[a-z'\u2019.-]{{2,15}} ){{1,3}}?"
    rf"{_SUFFIX}(?![a-z])",
    re.IGNORECASE,
)
_POSTCODE = r"(?:GIR ?0AA|[A-Z]{1,2}(?:\d{1,2}|\d[A-Z]) ?\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])"
_SPACED_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9-])[A-Z]{1,2}(?:\d{1,2}|\d[A-Z]) \d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])", re.IGNORECASE
)
_JOINED_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9-])[A-Z]{1,2}(?:\d{1,2}|\d[A-Z])\d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])", re.IGNORECASE
)
_POSTCODE_WORD = re.compile(
    r"(?:post ?code|postal code|zip(?: code)?|邮编|邮政编码)\s*(?:is|[是为:,])?\s*$|[A-Z][a-z]+,? $",
    re.IGNORECASE,
)
_TO_POSTCODE = re.compile(rf"[A-Za-z ,.'\u2019\n-]{{0,60}}?[ ,\n]{_POSTCODE}", re.IGNORECASE)
_LOCALITY = re.compile(
    rf"(?:,\s{{0,2}}|\n| (?={_WORD},? ?{_POSTCODE}))({_WORD}(?:[ -](?:{_WORD}|on|upon|"
    rf"under|le|in|by|the|of)){{0,3}})(?![\w@])"
)
_STATE = re.compile(r",? [A-Z]{2} \d{5}(?:-\d{4})?(?!\d)")
_BEFORE_POSTCODE = re.compile(rf"(?:{_WORD}(?: {_WORD}){{0,3}},\s?){{0,5}}{_WORD}(?: {_WORD}){{0,2}},?\s?$")
_NUMBER_BEFORE = re.compile(rf"(?:{_LEAD})(?<![A-Za-z0-9_£$€¥.]){_NUMBER},? $", re.IGNORECASE)
_BOX = re.compile(r"\bP\.?O\.? ?Box \d{1,6}", re.IGNORECASE)
_NOT_A_PLACE = frozenset(words()["free_text"]["no_places"].split())

_MAY_HOLD_STREET = re.compile(r"\d[A-Za-z]?,? [A-Za-z]|[Bb][Oo][Xx] \d")
_MAY_END_STREET = re.compile(rf"[A-Za-z0-9] (?:{_SUFFIX}|Box|The)(?![A-Za-z])", re.IGNORECASE)
_MAY_HOLD_POSTCODE = re.compile(r"[A-Za-z]\d[0-9A-Za-z]? ?\d[A-Za-z]{2}|邮")


def find_latin_addresses(text: str) -> Iterator[Span]:
    """Yield the addresses of folded text; they may overlap."""
    if _MAY_HOLD_STREET.search(text) and _MAY_END_STREET.search(text):
        yield from _streets(text)
    if _MAY_HOLD_POSTCODE.search(text):
        yield from _postcodes(text)


def _streets(text: str) -> Iterator[Span]:
    for found in _STREET.finditer(text):
        yield found.start(), _end(text, found.end()), "address"
    for found in _LOWER_STREET.finditer(text):
        ends = _TO_POSTCODE.match(text, found.end())
        if ends:
            yield found.start(), ends.end(), "address"
    for found in _BOX.finditer(text):
        yield found.start(), _end(text, found.end()), "address"


def _postcodes(text: str) -> Iterator[Span]:
    for found in _SPACED_POSTCODE.finditer(text):
        if not isinstance(read_postcode(found[0]), Reason):
            yield _start(text, found.start()), found.end(), "address"
    for found in _JOINED_POSTCODE.finditer(text):
        if _POSTCODE_WORD.search(text[max(0, found.start() - 20) : found.start()]) and not isinstance(
            read_postcode(found[0]), Reason
        ):
            yield _start(text, found.start()), found.end(), "address"
    for found in re.finditer(r"(?:邮编|邮政编码)(?:是|为|:)?\s*(\d{6})(?!\d)", text):
        yield *found.span(1), "address"


def _end(text: str, end: int) -> int:
    """Return where the towns, the county and the postcode after a street end."""
    if found := _TO_POSTCODE.match(text, end):
        return found.end()
    for _ in range(4):
        if found := _STATE.match(text, end):
            return found.end()
        found = _LOCALITY.match(text, end)
        if not found or found[1].split()[0].casefold() in _NOT_A_PLACE or begins_with_name(found[1]):
            break
        end = found.end()
    return end


def _start(text: str, start: int) -> int:
    """Return where the town, the house and its number before a postcode begin."""
    window = max(0, start - 90)
    found = _BEFORE_POSTCODE.search(text[window:start])
    if not found:
        return start
    parts = list(re.finditer(r"[^,]+,?", found[0]))
    begins = start - len(found[0])
    for part in parts:
        first = part[0].strip(" ,").split()
        if not first or first[0].casefold() in _NOT_A_PLACE or begins_with_name(part[0].strip(" ,\n")):
            begins = start - len(found[0]) + part.end()
    while begins < start and text[begins] in " ,\n":
        begins += 1
    number = _NUMBER_BEFORE.search(text[window:begins])
    return window + number.start() if number and number[0] else begins
