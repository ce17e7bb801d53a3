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
    LABEL,
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
_RARE = (-6.0, 0.5)
_NAME_TAGS = ("nr", "nrt", "nrfg")


def find_chinese_names(text: str) -> Iterator[Span]:
    """Yield the names in folded text; they may overlap."""
    for found in NICKNAME.finditer(text):
        if found[1] in surnames() and surnames()[found[1]].is_common:
            yield found.start(1) - 1, found.end(), "name"
    for found in DOTTED.finditer(text):
        yield found.start(), found.end(), "name"
    if not _HAN.search(text):
        return
    tokens = _tokens(text)
    starts = {start: place for place, (start, _, _) in enumerate(tokens)}
    ends = {end for _, end, _ in tokens}
    taken, has_form = 0, LABEL.search(text) is not None
    first_letters = _first_letters()
    for start, _, _ in tokens:
        if start < taken or not (text[start] in first_letters or has_form):
            continue
        best = _best(text, start, starts, ends, tokens)
        if best:
            yield start, best, "name"
            taken = best


def _tokens(text: str) -> list[tuple[int, int, str]]:
    import rjieba

    tokens, at = [], 0
    begins = [found.end() for found in BEGINS.finditer(text)]
    for word, tag in rjieba.tag(text, hmm=False):
        end = at + len(word)
        for cut in begins:
            if at < cut < end:  # 开户人武… has the word 人武, but a name begins inside it.
                tokens.append((at, cut, tag))
                at = cut
        tokens.append((at, end, tag))
        at = end
    return tokens


def _best(
    text: str, start: int, starts: dict[int, int], ends: set[int], tokens: list[tuple[int, int, str]]
) -> int | None:
    """Return where the likeliest name that begins at `start` ends, if one is likely enough."""
    family = _family(text, start)
    before = text[max(0, start - 12) : start]
    is_form = FORM.search(before) is not None
    if family is None:
        return _unknown_family(text, start) if is_form else None
    heads = name_characters()
    head = heads[family][0] if family in heads else 7.0
    after_family = start + len(family)
    if text.startswith(_BRANDS, start) or (
        not is_form and text.startswith(_places(text[start : start + 2]), start)
    ):
        return None
    if found := _titled(text, start, after_family, family, head, starts, tokens):
        return found
    if family in _NO_SURNAMES and not is_form and not NAMED.search(before):
        return None
    is_named = NAMED.search(before) is not None
    is_cue = is_form or is_named or CUE.search(before) is not None
    is_edge = start == 0 or not "\u4e00" <= text[start - 1] <= "\u9fff"
    in_latin = is_edge and _is_latin(text[max(0, start - 2) : start])
    best: tuple[float, int] | None = None
    for length in (1, 2):
        end = after_family + length
        given = text[after_family:end]
        if len(given) < length or not all(
            "\u4e00" <= each <= "\u9fff" and each not in NOT_GIVEN for each in given
        ):
            break
        score = _score(text, start, end, head, given, ends, starts, tokens, is_edge)
        if length == 1:
            score -= 1.5 if not is_cue else 0
        is_named = is_named or (is_edge and RECEIVES.match(text, end) is not None)
        is_alone = end == len(text) or not "\u4e00" <= text[end] <= "\u9fff"
        is_cue = is_cue or (is_alone and in_latin and _is_latin(text[end : end + 2]))
        bar = _SURE if is_form or is_named else _LIKELY if is_cue else _POSSIBLE
        if score >= bar and text[start:end] not in _NO_NAMES and (best is None or score > best[0] - 0.5):
            best = score, end
    return best[1] if best else None


def _score(
    text: str,
    start: int,
    end: int,
    head: float,
    given: str,
    ends: set[int],
    starts: dict[int, int],
    tokens: list[tuple[int, int, str]],
    is_edge: bool,
) -> float:
    """Return how likely a name is, in bits, by its characters, its words and its neighbours."""
    table = name_characters()
    score = head + sum(max(table.get(each, _RARE)[1], -6.0) for each in given)
    place = starts[start]
    covered = []
    while place < len(tokens) and tokens[place][0] < end:
        covered.append(tokens[place])
        place += 1
    if end not in ends:
        score -= 7.0 if tokens[place - 1][2] not in _NAME_TAGS else 2.0
    for first, last, tag in covered:
        if last - first > 1 and tag not in _NAME_TAGS:
            inside = first > start and last - first == 2
            if inside or (first == start and last == end and end - start == 3):
                score -= 1.5
            else:
                score -= 3.0 if first == start and last < end else 6.0
    if (
        len(covered) == 1
        and covered[0][2] in _NAME_TAGS
        and covered[0][1] == end
        and surnames()[text[start : end - len(given)]].is_common
    ):
        score += 4.0 if end - start > 2 else 1.0
    if PLACE_AFTER.match(text, end):
        score -= 5.0
    if given[-1] in PLACE_AT_END:
        score -= 4.0
    if not surnames()[text[start : end - len(given)]].is_common:
        score -= 2.0
    ends_clause = end == len(text) or not "\u4e00" <= text[end] <= "\u9fff"
    if ends_clause:
        score += 1.0 + (1.5 if is_edge else 0)
        if is_edge and (COVER in text[max(0, start - 3) : start] or COVER in text[end : end + 3]):
            score += 4.0
        if (is_edge and _is_latin(text[max(0, start - 2) : start])) or (
            is_edge and _is_latin(text[end : end + 2])
        ):
            score += 2.0
    elif AFTER.match(text, end):
        score += 3.0 if is_edge else 1.5
    if WEAK_CUE.search(text, max(0, start - 1), start):
        score += 0.7
    return score


@cache
def _first_letters() -> frozenset[str]:
    return frozenset(surname[0] for surname in surnames())


@cache
def _places(first: str) -> tuple[str, ...]:
    """Return the names of divisions that begin with two letters, the short ones of cities too."""
    return tuple(name for name in names_that_begin(first) if len(name) > 2)


def _titled(
    text: str,
    start: int,
    after: int,
    family: str,
    head: float,
    starts: dict[int, int],
    tokens: list[tuple[int, int, str]],
) -> int | None:
    """Return where a name ends that a title follows: a surname alone, or with a given name."""
    for end in (after, after + 1, after + 2):
        if not TITLE.match(text, end):
            continue
        given = text[after:end]
        if not all("\u4e00" <= each <= "\u9fff" for each in given):
            return None
        if not given:
            is_word = tokens[starts[start]][1] > after and not TITLE.match(text, after)
            return None if is_word or family in _NO_SURNAMES else after
        score = head + sum(name_characters().get(each, _RARE)[1] for each in given)
        return (
            end if score > 2.0 and text[start:end] not in _NO_NAMES and family not in _NO_SURNAMES else None
        )
    if SHORT_TITLE.match(text, after) and surnames()[family].is_common and family not in _NO_SURNAMES:
        is_alone = tokens[starts[start]][1] in (after, after + 1)
        return after if is_alone and head > 2.5 else None
    return None


def _family(text: str, start: int) -> str | None:
    for length in (2, 1):
        if text[start : start + length] in surnames() and len(text) >= start + length:
            return text[start : start + length]
    return None


def _unknown_family(text: str, start: int) -> int | None:
    found = _HAN.match(text, start)
    return found.end() if found and 2 <= len(found[0]) <= 4 else None


def _is_latin(text: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in text)
