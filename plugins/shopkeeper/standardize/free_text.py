"""Free text without the identifiers of persons in it: phones, names, addresses and the like become marks.

What an identifier looks like belongs to the finders of its kind; here their finds become one text.
"""

import re
import unicodedata
from collections.abc import Iterable
from concurrent.futures import Executor
from functools import partial

import pyarrow as pa

from shopkeeper.standardize.chinese_addresses_in_text import find_chinese_addresses
from shopkeeper.standardize.chinese_names_in_text import find_chinese_names
from shopkeeper.standardize.columns import Texts, read_distinct
from shopkeeper.standardize.latin_addresses_in_text import find_latin_addresses
from shopkeeper.standardize.latin_names_in_text import find_latin_names
from shopkeeper.standardize.numbers_in_text import find_numbers
from shopkeeper.standardize.phones import require_region
from shopkeeper.standardize.spans import Span, cover
from shopkeeper.standardize.texts import INVISIBLE, decoded, simplify

FOUND = pa.struct([("kind", pa.string()), ("value", pa.string())])
PARTS = pa.schema([("text", pa.string()), ("found", pa.list_(FOUND))])

_ENCODED = re.compile(r"[\w.%+@~-]+", re.ASCII)
_LATIN = re.compile("[A-Za-z]{2}")

Found = list[dict[str, str]]


def redact_texts(values: Texts, region: str = "CN", pool: Executor | None = None) -> pa.Table:
    """Return `text` with a mark like `[phone]` for each identifier of a person, and all of them in `found`.

    `found`: a list of `kind` (`phone`, `email`, `wechat`, `qq`, `id`, `bank_card`, `address`, `name`) and
    `value` as the text has it. Both columns are null where the value is null, or where a library fails on
    it. `region`: the ISO 3166 country of phone numbers without a country code; those of China and Britain are
    found too. Raises `ValueError` if it is unknown, `TypeError` if `values` is no column of text.
    """
    require_region(region)
    return read_distinct(values, partial(_redact_slice, region=region), PARTS, pool)


def redact_text(text: str, region: str = "CN") -> tuple[str, Found]:
    """Return one text with its marks, and what was found in its order."""
    spans = find_identifiers(text, region)
    return with_marks(text, spans), [{"kind": kind, "value": text[start:end]} for start, end, kind in spans]


def find_identifiers(text: str, region: str) -> list[Span]:
    """Return where identifiers of persons are in one text, in their order, without overlaps."""
    folded, places = _fold(text)
    spans = _find(folded, region)
    return [(places[start], places[end - 1] + 1, kind) for start, end, kind in spans] if places else spans


def with_marks(text: str, spans: Iterable[Span]) -> str:
    """Return a text with a mark in the place of each of the spans, which are in their order."""
    written, last = [], 0
    for start, end, kind in spans:
        written += [text[last:start], f"[{kind}]"]
        last = end
    return "".join([*written, text[last:]])


def _redact_slice(texts: list[str], region: str) -> pa.RecordBatch:
    rows = [_redact_safely(text, region) for text in texts]
    arrays = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(PARTS)]
    return pa.record_batch(arrays, PARTS)


def _redact_safely(text: str, region: str) -> tuple[str, Found] | tuple[None, None]:
    try:
        return redact_text(text, region)
    except Exception:  # Neither the text nor a library's message about it may go on.
        return None, None


def _find(folded: str, region: str) -> list[Span]:
    spans: list[Span] = []
    text = folded
    encoded = partial(_find_encoded, region=region)
    for finds in (encoded, partial(find_numbers, region=region), _find_addresses, _find_names):
        new = _without_overlaps(finds(text))
        spans += new
        text = cover(text, new)
    return sorted(spans)


def _find_encoded(text: str, region: str) -> Iterable[Span]:
    """Yield percent-encoded words that hold an identifier, whole: parts of a URL that somebody pasted."""
    for found in _ENCODED.finditer(text) if "%" in text else ():
        word = decoded(found[0]) if "%" in found[0] else found[0]
        if word and word != found[0] and (inside := _find(word, region)):
            yield *found.span(), inside[0][2]


def _find_addresses(text: str) -> Iterable[Span]:
    if not text.isascii():
        yield from find_chinese_addresses(text)
    yield from find_latin_addresses(text)


def _find_names(text: str) -> Iterable[Span]:
    if not text.isascii():
        yield from find_chinese_names(text)
    if _LATIN.search(text):
        yield from find_latin_names(text)


def _without_overlaps(found: Iterable[Span]) -> list[Span]:
    """Return the spans that no earlier one touches; one takes the place of those of its kind inside it."""
    kept: list[Span] = []
    for start, end, kind in found:
        touched = [each for each in kept if each[0] < end and start < each[1]]
        if all(start <= each[0] and each[1] <= end and each[2] == kind for each in touched):
            kept = [each for each in kept if each not in touched] + [(start, end, kind)]
    return kept


class _Folding(dict[int, int]):
    """What each character becomes: normal width, simplified script; one for one, so that places stay."""

    def __missing__(self, code: int) -> int:
        letter = unicodedata.normalize("NFKC", chr(code))
        letter = simplify(letter) if len(letter) == 1 else chr(code)
        self[code] = ord(letter) if len(letter) == 1 else code
        return self[code]


_FOLDING = _Folding({0: 32, 0x3002: 0x3002, 0x3001: 0x3001, 0x201C: 34, 0x201D: 34, 0x3010: 91, 0x3011: 93})


def _fold(text: str) -> tuple[str, list[int] | None]:
    """Return the text as finders read it, and the place of each of its letters if they moved."""
    if text.isascii():
        return text.replace("\0", " "), None
    if not INVISIBLE.search(text):
        return text.translate(_FOLDING), None
    places = [place for place, letter in enumerate(text) if not INVISIBLE.match(letter)]
    return "".join(text[place] for place in places).translate(_FOLDING), places
