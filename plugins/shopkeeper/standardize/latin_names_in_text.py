"""Finds names of persons in Latin letters in free text: after a cue or a title, at its end, and in its midst.

A given name that is also a word, a place or a brand counts only beside a cue or a family name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from shopkeeper.standardize.latin_name_cues import (
    CAPITALS,
    DETERMINER,
    HERE,
    ONE,
    SENTENCE,
    SIGN_OFF,
    STRONG,
    TITLE,
    TOLD,
    WEAK,
    WORD,
)
from shopkeeper.standardize.latin_name_words import FUNCTION, NEVER, PARTICLES, THINGS, plain, roles
from shopkeeper.standardize.latin_names import LATIN, is_pinyin_name
from shopkeeper.standardize.spans import Span
from shopkeeper.standardize.tables import latin_names, words

_SMALL = re.compile(rf"(?<![{LATIN}0-9@._-])(?=[a-z])({WORD})(?=\s({WORD})|)")
_NEXT = re.compile(rf"\s({WORD})")
_INSIDE = re.compile("[a-z\u4e00-\u9fff]\\s?$")
_END = re.compile(r"[ .!x]*(?:\n|$)")
_INITIAL = re.compile(r"[A-Z]\.?")


def find_latin_names(text: str) -> Iterator[Span]:
    """Yield the names in folded text; they may overlap."""
    found = list(_names(text))
    brands = list(_brands_of(text)) if found else []
    for start, end in found:
        if text[start:end].endswith(("'s", "\u2019s")):
            end -= 2
        while end > start and text[end - 1] in " .,'":
            end -= 1
        if end > start and not any(first < end and start < last for first, last in brands):
            yield start, end, "name"


@cache
def _brands() -> dict[str, list[str]]:
    """Return the brands by their first word."""
    brands: dict[str, list[str]] = {}
    for brand in words()["free_text"]["brands"]:
        first = ONE.match(brand)
        brands.setdefault(first[0].rstrip(".") if first else brand, []).append(brand)
    return brands


def _brands_of(text: str) -> Iterator[tuple[int, int]]:
    lower = text.lower()
    for word in ONE.finditer(text):
        for brand in _brands().get(lower[word.start() : word.end()].rstrip("."), ()):
            end = word.start() + len(brand)
            if lower.startswith(brand, word.start()) and not lower[end : end + 1].isalpha():
                yield word.start(), end


def _names(text: str) -> Iterator[tuple[int, int]]:
    for found in TITLE.finditer(text):
        end = _titled_end(text, found.start("name"), found.end("name"))
        if end:
            yield found.start("name"), end
    for found in CAPITALS.finditer(text):
        yield from _in_capitals(text, found.start(), found.end())
    yield from _in_small_letters(text)


def _titled_end(text: str, start: int, end: int) -> int | None:
    """Return where the name after a title ends: its capitals, or the small letters of a family name."""
    ends = None
    for place, part in enumerate(ONE.finditer(text, start, end)):
        word, kinds = plain(part[0]), roles(plain(part[0]))
        is_capital = part[0][0].isupper()
        if word in PARTICLES and place < 2:
            continue
        if (word in NEVER and not (is_capital and "family" in kinds and not place)) or (
            place and not is_capital and ("word" in kinds or not kinds)
        ):
            break
        if not is_capital and not ("family" in kinds and len(word) > 2):
            break
        ends = part.end()
        if place == 2:
            break
    return ends


def _in_capitals(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the names in a run of capitalised words."""
    parts = list(ONE.finditer(text, start, end))
    place = 0
    while place < len(parts):
        length = _length(text, parts[place:])
        if length:
            yield parts[place].start(), parts[place + length - 1].end()
        place += length or 1


@dataclass
class _Before:
    """What leads to a run of capitalised words, and whether it closes the text."""

    text: str
    is_signature: bool
    is_spoken: bool

    @cached_property
    def is_label(self) -> bool:
        return STRONG.search(self.text) is not None

    @cached_property
    def is_greeting(self) -> bool:
        return WEAK.search(self.text) is not None

    @cached_property
    def is_sure(self) -> bool:
        """Return whether a person follows even if each word is a common one."""
        return self.is_label or self.is_signature or TOLD.search(self.text) is not None


def _length(text: str, parts: list[re.Match[str]]) -> int:
    """Return how many words from here on are one name; 0 if the first begins no name."""
    start, plains = parts[0].start(), [plain(part[0]) for part in parts]
    first = roles(plains[0])
    if "given" not in first and plains[0] in NEVER and plains[0] != "i":
        return 0
    lead = text[max(0, start - 45) : start]
    if not first and len(parts) == 1 and not STRONG.search(lead):
        return 0
    is_end = _END.match(text, parts[-1].end()) is not None
    before = _Before(
        lead, is_end and SIGN_OFF.search(lead) is not None, HERE.match(text, parts[-1].end()) is not None
    )
    if before.is_label and len(plains) > 1 and is_pinyin_name(plains[:2]):
        return 2
    count = _run(parts, plains, before.is_sure)
    family = roles(plains[count - 1]) if count > 1 else frozenset()
    if (len(plains[0]) == 1 and count == 1) or (
        plains[0] in NEVER and not _is_named(plains[:count], before, family)
    ):
        return 0
    if before.is_label and ("word" not in first or "given" in first or count > 1):
        return count
    is_acronym = parts[0][0].isupper() and len(plains[0]) < 5 and not (count > 1 and parts[1][0].isupper())
    if is_acronym and not before.is_greeting:
        return 0
    if "given" in first and "word" not in first and len(plains[0]) > 2:
        return count if count > 1 else int(_is_given_alone(text, parts, plains, before))
    if count > 1:
        return count if _is_whole_name(plains[:count], before, is_end) else 0
    after = text[parts[0].end() : parts[0].end() + 1]
    is_closed = SIGN_OFF.search(lead) or before.is_spoken or (before.is_greeting and after in (",", "."))
    return int(len(parts) == 1 and "given" in first and bool(is_closed))


def _is_named(plains: list[str], before: _Before, family: frozenset[str]) -> bool:
    """Return whether a word like Will is a given name here, by what is around it."""
    if "given" not in roles(plains[0]) or len(plains) < 2:
        return False
    return before.is_sure or len(plains[1]) == 1 or ("family" in family and "word" not in family)


def _is_given_alone(text: str, parts: list[re.Match[str]], plains: list[str], before: _Before) -> bool:
    """Return whether a given name without a family name is a person, and no dress or shop."""
    following = plains[1] if len(plains) > 1 else _next_word(text, parts[0].end())
    if DETERMINER.search(before.text) or following in THINGS:
        return False
    if len(parts) > 1 and plains[1] not in NEVER and "word" in roles(plains[1]):
        return before.is_greeting
    return before.is_greeting or not _is_shouting(text, parts[0])


def _is_whole_name(plains: list[str], before: _Before, is_end: bool) -> bool:
    """Return whether two or more words, of which the first can be something else, are a name."""
    first, last = roles(plains[0]), roles(plains[-1])
    is_family = "family" in last and "word" not in last
    if is_pinyin_name(plains) or ("given" in first and (is_family or len(plains[1]) == 1)):
        return True
    is_greeting = before.is_greeting and before.text.strip()[-3:].lower() not in ("for", "and", "to", "by")
    if (is_greeting or before.is_spoken) and ("given" in first or "family" in last):
        return True
    if "given" in first and "family" in last:
        is_last = is_end and SENTENCE.search(before.text) is not None and THINGS.isdisjoint(plains)
        return is_last or before.is_sure
    is_inside = _INSIDE.search(before.text) is not None and not DETERMINER.search(before.text)
    return is_family and not first and (is_inside or before.is_sure)


def _run(parts: list[re.Match[str]], plains: list[str], is_sure: bool) -> int:
    """Return how many words can be one name: given names, initials and a family name."""
    count = 1
    is_given = "given" in roles(plains[0]) and (is_sure or "word" not in roles(plains[0]))
    for word, part in zip(plains[1:4], parts[1:4], strict=True):
        kinds = roles(word)
        if is_given and "family" in kinds and part[0][0].isupper() and word not in FUNCTION:
            count += 1
            break
        is_initial = _INITIAL.fullmatch(part[0]) and word not in ("i", "x")
        if not is_initial and (word in NEVER or (word in THINGS and "family" not in kinds)):
            break
        if not is_initial and kinds == {"word"}:
            break
        count += 1
    while count > 1 and (len(plains[count - 1]) == 1 or parts[count - 1][0][0].islower()):
        count -= 1
    return count


def _in_small_letters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names in small letters after a cue that only a name follows."""
    for found in _SMALL.finditer(text):
        first = latin_names().get(found[1], frozenset())
        if "given" not in first or found[1] in NEVER:
            continue
        second = plain(found[2] or "")
        before = text[max(0, found.start() - 45) : found.start()]
        is_two = "family" in roles(second) and second not in NEVER
        is_cued = (is_two or "word" not in first) and STRONG.search(before)
        if is_cued or ("word" not in first and is_two and WEAK.search(before)):
            yield found.start(), found.end(2) if is_two else found.end(1)


def _is_shouting(text: str, part: re.Match[str]) -> bool:
    """Return whether the words around are in capitals too, so that capitals say nothing."""
    around = text[max(0, part.start() - 12) : part.end() + 12]
    return (
        sum(map(str.isupper, around)) > 0.7 * sum(map(str.isalpha, around)) and len(around) > len(part[0]) + 4
    )


def _next_word(text: str, end: int) -> str:
    found = _NEXT.match(text, end)
    return plain(found[1]) if found else ""
