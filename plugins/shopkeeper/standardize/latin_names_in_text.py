"""Finds names of persons in Latin letters in free text: after a cue or a title, at its end, and in its midst.

A given name that is also a word, a place or a brand counts only beside a cue or a family name.
"""

import re
from collections.abc import Iterator
from functools import cache

from shopkeeper.standardize.latin_names import LATIN, is_pinyin_name
from shopkeeper.standardize.spans import Span
from shopkeeper.standardize.tables import latin_names, words
from shopkeeper.standardize.texts import without_marks

_WORD = rf"[{LATIN}](?:[{LATIN}'\u2019-]*[{LATIN}])?"
_PARTICLE = r"(?:van der|van den|van|von|de la|de|del|di|da|dos|du|la|le|bin|binti|al|el|ibn|st\.?)"
_CAPITAL = rf"(?:(?:[A-Z]\.\s?){{1,2}}|(?:O|D|Mc|Mac)['\u2019]?[A-Z\u00c0-\u00de][{LATIN}'\u2019-]*|[A-Z\u00c0-\u00de][{LATIN}]*(?:['\u2019-][{LATIN}]+)*)"
_CAPITALS = re.compile(
    rf"(?<![{LATIN}0-9_@#&./-])({_CAPITAL}(?:\s(?:{_PARTICLE}\s)?{_CAPITAL}|\s(?=[A-Z]\.))*)(?![0-9_@{LATIN}])"
)
_ONE = re.compile(rf"{_WORD}\.?")
_TITLE = re.compile(
    rf"(?<![{LATIN}0-9])(?:Mrs?|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|MR|MRS|MS|MISS|DR|mrs?|ms|dr)\.?\s(?=(?P<name>{_WORD}(?:[ .]{{1,2}}{_WORD}){{0,3}}))"
)
_STRONG = re.compile(
    r"(?:\bname(?:d| here|s)?(?: on (?:it|the (?:order|account|card)))?(?: is|'s|\u2019s| was|:| -)|\bunder the names?(?: of)?|\b(?:booked|ordered|registered|reserved|placed|filed) under|\bit'?s under|\bit is under"
    r"|\b(?:account holder|card ?holder|recipient|receiver|consignee|addressee|attn|attention|f\.?a\.?o|for the attention of|customer name|full name|name|contact(?: person| name)?|signed by|signed for by|sender|buyer|customer|client|caller|payee)\s?[:\-]?(?: is)?"
    r"|\bi am called|\bcall me|\bask(?:ed)? for|\bspeak(?:ing)? (?:to|with)|\bc/o|(?:姓名|名字|英文名|拼音|收件人|收货人|联系人|户名|我叫|本人|名叫|叫做)(?:是|叫|为|写|:)?)[\s:]{0,2}$",
    re.IGNORECASE | re.ASCII,
)
_WEAK = re.compile(
    r"(?:\bi am|\bi'?m|\bi\u2019m|\bthis is|\bit'?s|\bdear|\bhi|\bhiya|\bhello|\bhey|\bmorning|\bafternoon|\bthanks?|\bthank you|\bcheers|\bregards|\bwishes|\bsincerely|\bfaithfully|\btruly|\blove|\bxx?|\bfrom|\bby|\bto|\bwith|\bmet|\band|\bfor|寄给|叫|我是|帮|给|和|跟|找|客服|店员|同事|朋友|感谢|谢谢"
    r"|\b(?:manager|assistant|adviser|advisor|agent|courier|driver|neighbou?r|colleague|friend|husband|wife|partner|daughter|son|mum|dad|sister|brother|lady|guy|girl|rep|representative|team ?mate|supervisor|stylist|cashier))(?:(?<=[\u4e00-\u9fff])|[,!\s:]{1,3})$",
    re.IGNORECASE | re.ASCII,
)
_SIGN_OFF = re.compile(
    r"(?:\b(?:thanks?|thank you|thx|cheers|regards|wishes|sincerely|faithfully|truly|love)\b[^.\n]{0,25}[,!.\n\s-]{1,3}|[\n]\s*|\s-{1,2}\s?)$",
    re.IGNORECASE | re.ASCII,
)
_TOLD = re.compile(
    r"\b(?:(?:gave|give|handed|sold|sent|lent) (?:it|them|this|one)?(?: over)? ?to|told|met|asked|emailed|called|saw|spoke(?:n)? (?:to|with)|(?:served|helped|signed|advised) by|thank(?:s to)?)\s$",
    re.IGNORECASE | re.ASCII,
)
_HERE = re.compile(r"\s(?:here|speaking)\b", re.IGNORECASE | re.ASCII)
_DETERMINER = re.compile(
    r"\b(?:the|a|an|this|these|that|your|our|my|new|in|of|size)\s$", re.IGNORECASE | re.ASCII
)
_SENTENCE = re.compile(r"(?:^|[.!?\n,;:(\0\u4e00-\u9fff]\s*)$")
_BRANDS = re.compile(
    rf"(?<![{LATIN}])(?:{'|'.join(map(re.escape, words()['free_text']['brands']))})(?![{LATIN}])",
    re.IGNORECASE | re.ASCII,
)
_PARTICLES = frozenset(words()["names"]["particles"].split())
_NEVER = frozenset(words()["free_text"]["never_names"].split())
_FUNCTION = frozenset(
    "the a an and or but if so will may can please thanks thank i my is was for to at in on from order call".split()
)
_THINGS = frozenset(words()["free_text"]["things"].split())
_INITIAL = re.compile(r"[A-Z]\.?")


def find_latin_names(text: str) -> Iterator[Span]:
    """Yield the names in folded text; they may overlap."""
    found = list(_names(text))
    brands = [brand.span() for brand in _BRANDS.finditer(text)] if found else []
    for start, end in found:
        if text[start:end].endswith(("'s", "\u2019s")):
            end -= 2
        while end > start and text[end - 1] in " .,'":
            end -= 1
        if end > start and not any(first < end and start < last for first, last in brands):
            yield start, end, "name"


def begins_with_name(text: str) -> bool:
    """Return whether text begins with a given name and a family name."""
    parts = [_plain(part[0]) for part in _ONE.finditer(text)][:2]
    return (
        len(parts) == 2
        and "given" in _roles(parts[0])
        and "word" not in _roles(parts[0])
        and "family" in _roles(parts[1])
    )


def _names(text: str) -> Iterator[tuple[int, int]]:
    for found in _TITLE.finditer(text):
        end = _titled_end(text, found.start("name"), found.end("name"))
        if end:
            yield found.start("name"), end
    for found in _CAPITALS.finditer(text):
        yield from _in_capitals(text, found.start(), found.end())
    yield from _in_small_letters(text)


def _titled_end(text: str, start: int, end: int) -> int | None:
    """Return where the name after a title ends: its capitals, or the small letters of a family name."""
    ends = None
    for place, part in enumerate(_ONE.finditer(text, start, end)):
        plain, roles = _plain(part[0]), _roles(_plain(part[0]))
        is_capital = part[0][0].isupper()
        if plain in _PARTICLES and place < 2:
            continue
        if (plain in _NEVER and not (is_capital and "family" in roles and not place)) or (
            place and not is_capital and ("word" in roles or not roles)
        ):
            break
        if not is_capital and not ("family" in roles and len(plain) > 2):
            break
        ends = part.end()
        if place == 2:
            break
    return ends


def _in_capitals(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the names in a run of capitalised words."""
    parts = list(_ONE.finditer(text, start, end))
    place = 0
    while place < len(parts):
        length = _length(text, parts[place:])
        if length:
            yield parts[place].start(), parts[place + length - 1].end()
        place += length or 1


def _length(text: str, parts: list[re.Match[str]]) -> int:
    """Return how many words from here on are one name, 0 if they are none."""
    start = parts[0].start()
    plains = [_plain(part[0]) for part in parts]
    first = _roles(plains[0])
    if len(plains[0]) == 1 and len(parts) == 1:
        return 0
    before = text[max(0, start - 45) : start]
    is_strong = _STRONG.search(before) is not None
    if is_strong and len(plains) > 1 and is_pinyin_name(plains[:2]):
        return 2
    if plains[0] in _NEVER and not (
        "given" in first
        and _is_family(
            parts, plains, is_strong or _is_signature(text, parts, before) or _TOLD.search(before) is not None
        )
    ):
        return 0
    count = _run(parts, plains)
    two = count > 1
    if count > 2 and len(plains[1]) == 1 and "given" in first:
        return count
    is_pinyin = two and is_pinyin_name(plains[:count])
    if is_strong and ("word" not in first or "given" in first or two):
        return count
    is_given = "given" in first and "word" not in first
    is_acronym = parts[0][0].isupper() and len(plains[0]) < 5 and not (two and parts[1][0].isupper())
    if is_acronym and not _WEAK.search(before):
        return 0
    if is_given and len(plains[0]) > 2:
        if _DETERMINER.search(before) and not two:
            return 0
        following = plains[1] if len(plains) > 1 else _next_word(text, parts[0].end())
        if not two and following in _THINGS:
            return 0
        if not two and len(parts) > 1 and plains[1] not in _NEVER:
            return (
                0
                if "word" in _roles(plains[1]) and parts[1][0][0].isupper() and not _WEAK.search(before)
                else 1
            )
        if parts[0][0].isupper() and len(parts[0][0]) > 1 and not two and _is_shouting(text, parts[0]):
            return 1 if _WEAK.search(before) else 0
        return count
    if two and is_pinyin:
        return count
    last = _roles(plains[count - 1])
    is_weak = _WEAK.search(before) is not None or _HERE.match(text, parts[count - 1].end()) is not None
    is_weak = is_weak and before.strip()[-3:].lower() not in ("for", "and", "to", "by")
    ends = not text[parts[count - 1].end() :].strip(" .!x\n")
    if two and "given" in first and "family" in last and "word" not in last:
        return count
    if two and is_weak and ("given" in first or "family" in last):
        return count
    if (
        two
        and ends
        and "given" in first
        and _SENTENCE.search(before)
        and "family" in last
        and not {*plains[:count]} & _THINGS
    ):
        return count
    if not two and len(parts) == 1 and "given" in first and (is_weak or _SIGN_OFF.search(before)):
        if (
            _SIGN_OFF.search(before)
            or _HERE.match(text, parts[0].end())
            or text[parts[0].end() : parts[0].end() + 1] in (",", ".")
        ):
            return 1
    if (
        two
        and "given" in first
        and "family" in last
        and (_TOLD.search(before) or _is_signature(text, parts, before))
    ):
        return count
    is_inside = re.search(r"[a-z\u4e00-\u9fff]\s?$", before) is not None and not _DETERMINER.search(before)
    if two and "family" in last and "word" not in last and not first and (is_inside or _TOLD.search(before)):
        return count
    return 0


def _is_signature(text: str, parts: list[re.Match[str]], before: str) -> bool:
    return not text[parts[-1].end() :].strip(" .!x\n") and _SIGN_OFF.search(before) is not None


def _is_family(parts: list[re.Match[str]], plains: list[str], is_strong: bool) -> bool:
    """Return whether the words after the first say that even a word like Will is a given name."""
    rest = [plain for plain in plains[1:] if len(plain) > 1]
    return bool(rest) and (
        len(plains[1]) == 1 or is_strong or ("family" in _roles(rest[0]) and "word" not in _roles(rest[0]))
    )


def _run(parts: list[re.Match[str]], plains: list[str]) -> int:
    """Return how many words can be one name: given names, initials and a family name."""
    count = 1
    is_sure = "given" in _roles(plains[0]) and "word" not in _roles(plains[0])
    for plain, part in zip(plains[1:4], parts[1:4], strict=True):
        roles = _roles(plain)
        if is_sure and "family" in roles and part[0][0].isupper() and plain not in _FUNCTION:
            count += 1
            break
        if plain in _NEVER or plain in _THINGS and "family" not in roles:
            break
        if _INITIAL.fullmatch(part[0]) and plain not in ("i", "x"):
            count += 1
            continue
        if (
            part[0][0].islower()
            or "family" in roles
            or "given" in roles
            or not roles
            and plain not in _THINGS
        ):
            count += 1
            continue
        break
    while count > 1 and (len(plains[count - 1]) == 1 or parts[count - 1][0][0].islower()):
        count -= 1
    return count


def _in_small_letters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names that stand in small letters after a cue that only a name follows."""
    for found in re.finditer(rf"(?<![{LATIN}0-9@._-])(?=[a-z])({_WORD})(?=\s({_WORD})|)", text):
        pass_first = _roles(_plain(found[1]))
        if "given" not in pass_first and not pass_first:
            continue
        before = text[max(0, found.start() - 45) : found.start()]
        second = _plain(found[2] or "")
        is_two = "family" in _roles(second) and second not in _NEVER
        if found[1].lower() in _NEVER or not _cue_of_small_letters(before, pass_first, is_two):
            continue
        yield found.start(), found.end(2) if is_two else found.end(1)


def _cue_of_small_letters(before: str, first: frozenset[str], is_two: bool) -> bool:
    if "given" not in first:
        return False
    if _STRONG.search(before):
        return is_two or "word" not in first
    return "word" not in first and is_two and _WEAK.search(before) is not None


def _is_shouting(text: str, part: re.Match[str]) -> bool:
    """Return whether the words around are in capitals too, so that capitals say nothing."""
    around = text[max(0, part.start() - 12) : part.end() + 12]
    return (
        sum(map(str.isupper, around)) > 0.7 * sum(map(str.isalpha, around)) and len(around) > len(part[0]) + 4
    )


def _next_word(text: str, end: int) -> str:
    found = re.compile(rf"\s({_WORD})").match(text, end)
    return _plain(found[1]) if found else ""


def _plain(word: str) -> str:
    plain = without_marks(word).lower().rstrip(".")
    return plain.removesuffix("'s").replace("'", "")


@cache
def _roles(plain: str) -> frozenset[str]:
    table = latin_names()
    if plain in table or "-" not in plain:
        return table.get(plain, frozenset())
    parts = [table.get(part, frozenset()) for part in plain.split("-")]
    return frozenset.intersection(*parts)
