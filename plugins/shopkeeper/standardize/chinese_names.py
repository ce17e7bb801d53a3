"""Chinese names: simplified, family name first, with their pinyin.

The reading of a surname is in `surnames.csv`; that of a given name is `pypinyin`'s, which may differ from
how its bearer says it.
"""

import re

from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import surnames
from shopkeeper.standardize.texts import simplify

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
DOTS = "·•‧・∙⋅."

_TITLE = re.compile(r"(?:先生|女士|小姐|太太|夫人|老师|经理|医生|师傅|同学|阿姨|教授|律师)+$")
_TWO = re.compile(r"(.{2,3})[和与](.{2,3})")
_DOT = re.compile(f"[{re.escape(DOTS)}]+")
_LONGEST_GIVEN = 3
_LONGEST_DOTTED = 30


def join_chinese_name(text: str) -> str:
    """Return a Han name simplified, without spaces, family name first; two names are joined with 、."""
    words = simplify(text).replace(",", " ").split()
    if len(words) == 2 and words[0] not in surnames():
        if all(_family(word) for word in words):
            return "、".join(words)
        if words[1] in surnames() and len(words[1]) <= len(words[0]):
            words.reverse()
    return "".join(words)


def read_chinese_name(joined: str) -> tuple[str, str | None, str | None, str | None] | Reason:
    """Return one name that was joined, its parts and its pinyin.

    A name with a dot renders another language: it has no family name, and its spelling there is not pinyin.
    """
    if _DOT.search(joined.strip(DOTS)):
        parts = [part for part in _DOT.split(joined) if part]
        return Reason.MALFORMED if len(joined) > _LONGEST_DOTTED else ("·".join(parts), None, None, None)
    joined = joined.strip(DOTS)
    name = _TITLE.sub("", joined)
    if not name:
        return Reason.PLACEHOLDER
    if (two := _TWO.fullmatch(name)) and all(_family(each) for each in two.groups()):
        return Reason.SEVERAL
    if len(name) == 1 or (name != joined and name in surnames()):
        return Reason.INCOMPLETE
    if name in surnames():
        return Reason.AMBIGUOUS  # 欧阳 is a surname alone, or 欧 with the given name 阳
    family = _family(name)
    given = name[len(family) :] if family else name
    if len(given) > (_LONGEST_GIVEN if family else _LONGEST_GIVEN + 1):
        return Reason.UNKNOWN
    if not family:
        return name, None, None, _spell(name)
    return name, family, given, f"{surnames()[family].pinyin.capitalize()} {_spell(given)}"


def _family(name: str) -> str | None:
    lengths = (length for length in (4, 2, 1) if len(name) > length and name[:length] in surnames())
    length = next(lengths, None)
    return name[:length] if length else None


def _spell(text: str) -> str:
    """Return pinyin in one word, with the apostrophe of GB/T 28039: 西安 is Xi'an."""
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(text, v_to_u=True)
    joined = "".join(
        f"'{each}" if place and each[0] in "aeo" else each for place, each in enumerate(syllables)
    )
    return joined.capitalize()
