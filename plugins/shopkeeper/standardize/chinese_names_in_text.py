"""Finds names of persons in Chinese letters in free text, by how likely their characters are in a name.

`rjieba` says where words are; a surname, one or two characters of given names and their neighbours are
weighed in bits, as `name_characters.csv` has them.
"""

import re
from collections.abc import Iterator
from functools import cache

from shopkeeper.standardize.chinese_name_cues import (
    AFTER,
    BEGINS,
    CUE,
    DOTTED,
    FORM,
    NAMED,
    NICKNAME,
    NOT_GIVEN,
    PLACE_AFTER,
    PLACE_AT_END,
    RECEIVES,
    SHORT_TITLE,
    TITLE,
    WEAK_CUE,
)
from shopkeeper.standardize.divisions import names_that_begin
from shopkeeper.standardize.spans import COVER, Span
from shopkeeper.standardize.tables import name_characters, surnames, words

_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff]+")
_SURE, _LIKELY, _POSSIBLE = -1.0, 2.0, 6.5
"""The bits that a candidate needs after a form's label, after a cue or title, and anywhere."""
_BRANDS = tuple(words()["free_text"]["chinese_brands"].split())
_NO_SURNAMES = frozenset(words()["free_text"]["no_surnames"].split())
_NO_NAMES = frozenset(words()["free_text"]["no_names"].split())
_GIVEN = re.compile(f"[^\u0000-\u4dff\ua000-\U0010ffff{''.join(NOT_GIVEN)}]{{1,2}}")
_RARE = (-6.0, 0.5)
_LEAST = -4.0
_TWO_LETTERS = 7.0
"""The bits of a surname of two letters, which are rarely a word."""
_NAME_TAGS = ("nr", "nrt", "nrfg")


def find_chinese_names(text: str) -> Iterator[Span]:
    """Yield the names in folded text; they may overlap."""
    if not _HAN.search(text):
        return
    for found in NICKNAME.finditer(text):
        if found[1] in surnames() and surnames()[found[1]].is_common:
            yield found.start(1) - 1, found.end(), "name"
    for found in DOTTED.finditer(text):
        yield found.start(), found.end(), "name"
    reading = _Reading(text)
    taken = 0
    for start in reading.places:
        if start >= taken and (_may_begin(text[start : start + 2]) or reading.is_cued(start)):
            end = reading.end_of_name(start)
            if end:
                yield start, end, "name"
                taken = end


class _Reading:
    """A text and its words: where each begins, where it ends, and what kind of word it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.begins = {found.end() for found in BEGINS.finditer(text)}
        self.tokens = _tokens(text, self.begins)
        self.places = {start: place for place, (start, _, _) in enumerate(self.tokens)}
        self.ends = {end for _, end, _ in self.tokens}
        self.titles = {found.start() for found in TITLE.finditer(text)}

    def is_cued(self, start: int) -> bool:
        """Return whether a label is before a place, or a title is after the letters of a name."""
        return start in self.begins or not self.titles.isdisjoint((start + 1, start + 2, start + 3))

    def end_of_name(self, start: int) -> int | None:
        """Return where the likeliest name that begins at `start` ends, if one is likely enough."""
        text, family = self.text, _family(self.text, start)
        if family is None:
            return self._end_after_form(start)
        if text.startswith(_BRANDS, start):
            return None
        after = start + len(family)
        found = self._end_before_title(start, after, family)
        if found:
            return found
        given = _GIVEN.match(text, after)
        ends = range(after + 1, given.end() + 1) if given else ()
        scores = [(self._score(start, after, end), end) for end in ends]
        if not scores or max(scores)[0] < _SURE - 1.5:
            return None
        before = text[max(0, start - 12) : start]
        is_form = FORM.search(before) is not None
        is_named = is_form or NAMED.search(before) is not None
        if not is_named and (
            family in _NO_SURNAMES or (text.startswith(_places(text[start : start + 2]), start))
        ):
            return None
        is_cue = is_named or CUE.search(before) is not None
        best: tuple[float, int] | None = None
        for score, end in scores:
            is_received = self._is_edge(start) and RECEIVES.match(text, end) is not None
            is_cued = is_cue or self._is_in_latin(start, end)
            bar = _SURE if is_named or is_received else _LIKELY if is_cued else _POSSIBLE
            bar += 1.5 if end == after + 1 and not is_cued else 0.0
            if score >= bar and text[start:end] not in _NO_NAMES and (best is None or score > best[0] - 0.5):
                best = score, end
        return best[1] if best else None

    def _score(self, start: int, after: int, end: int) -> float:
        """Return how likely a name is, in bits, by its characters, its words and its neighbours."""
        text, table = self.text, name_characters()
        family, given = text[start:after], text[after:end]
        is_common = surnames()[family].is_common
        score = table[family][0] if len(family) == 1 else _TWO_LETTERS
        score += sum(table.get(each, _RARE)[1] for each in given) - (0.0 if is_common else 2.0)
        score += self._score_of_words(start, end, is_common)
        if PLACE_AFTER.match(text, end):
            score -= 5.0
        if given[-1] in PLACE_AT_END:
            score -= 4.0
        is_edge = self._is_edge(start)
        if self._is_end(end):
            score += 2.5 if is_edge else 1.0
            if is_edge and (COVER in text[max(0, start - 3) : start] or COVER in text[end : end + 3]):
                score += 4.0
            if is_edge and (_is_latin(text[max(0, start - 2) : start]) or _is_latin(text[end : end + 2])):
                score += 2.0
        elif AFTER.match(text, end):
            score += 3.0 if is_edge else 1.5
        return score + (0.7 if WEAK_CUE.search(text, max(0, start - 1), start) else 0.0)

    def _score_of_words(self, start: int, end: int, is_common: bool) -> float:
        """Return what the words that a candidate takes, or cuts, say about it."""
        score, place = 0.0, self.places[start]
        first_place = place
        while place < len(self.tokens) and self.tokens[place][0] < end:
            first, last, tag = self.tokens[place]
            if last - first > 1 and tag not in _NAME_TAGS:
                is_inside = first > start and last - first == 2
                is_all = first == start and last == end and end - start == 3
                score -= 1.5 if is_inside or is_all else 3.0 if first == start and last < end else 6.0
            place += 1
        tag = self.tokens[place - 1][2]
        if end not in self.ends:
            score -= 2.0 if tag in _NAME_TAGS else 7.0
        elif place == first_place + 1 and tag in _NAME_TAGS and is_common:
            score += 4.0 if end - start > 2 else 1.0
        return score

    def _end_before_title(self, start: int, after: int, family: str) -> int | None:
        """Return where a name ends that a title follows: a surname alone, or with a given name."""
        text = self.text
        if family in _NO_SURNAMES:
            return None
        for end in (after, after + 1, after + 2):
            if end in self.titles:
                given = text[after:end]
                if not all("\u4e00" <= each <= "\u9fff" for each in given):
                    return None
                table = name_characters()
                score = table[family][0] if len(family) == 1 else _TWO_LETTERS
                score += sum(table.get(each, _RARE)[1] for each in given)
                return end if not given or (score > 2.0 and text[start:end] not in _NO_NAMES) else None
        if SHORT_TITLE.match(text, after) and surnames()[family].is_common:
            is_word = self.tokens[self.places[start]][1] in (after, after + 1)
            return after if is_word and name_characters()[family][0] > 2.5 else None
        return None

    def _end_after_form(self, start: int) -> int | None:
        found = _HAN.match(self.text, start)
        if found and 2 <= len(found[0]) <= 4 and FORM.search(self.text, max(0, start - 12), start):
            return found.end()
        return None

    def _is_edge(self, start: int) -> bool:
        return start == 0 or not "\u4e00" <= self.text[start - 1] <= "\u9fff"

    def _is_end(self, end: int) -> bool:
        return end == len(self.text) or not "\u4e00" <= self.text[end] <= "\u9fff"

    def _is_in_latin(self, start: int, end: int) -> bool:
        around = self.text[max(0, start - 2) : start], self.text[end : end + 2]
        return self._is_edge(start) and self._is_end(end) and all(map(_is_latin, around))


def _tokens(text: str, begins: set[int]) -> list[tuple[int, int, str]]:
    import rjieba

    tokens, at = [], 0
    for word, tag in rjieba.tag(text, hmm=False):
        end = at + len(word)
        for cut in sorted(begins) if end - at > 1 and begins else ():
            if at < cut < end:  # 开户人武… has the word 人武, but a name begins inside it.
                tokens.append((at, cut, tag))
                at = cut
        tokens.append((at, end, tag))
        at = end
    return tokens


def _family(text: str, start: int) -> str | None:
    for length in (2, 1):
        if text[start : start + length] in surnames() and len(text) >= start + length:
            return text[start : start + length]
    return None


@cache
def _may_begin(two: str) -> bool:
    """Return whether two letters are a surname and a title, or a surname and the first of a given name."""
    if two in surnames() or SHORT_TITLE.match(two, 1):
        return True
    table = name_characters()
    return len(two) == 2 and table.get(two[0], _RARE)[0] + table.get(two[1], _RARE)[1] > _LEAST


@cache
def _places(first: str) -> tuple[str, ...]:
    """Return the names of divisions that begin with two letters, the short ones of cities too."""
    return tuple(name for name in names_that_begin(first) if len(name) > 2)


def _is_latin(text: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in text)
