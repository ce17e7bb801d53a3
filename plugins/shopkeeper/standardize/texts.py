"""Cleans text before it is read: width, invisible characters, spaces, script; knows what says nothing.

What a value means belongs to the module of its kind.
"""

import re
import unicodedata
from functools import cache
from urllib.parse import unquote

from shopkeeper.standardize.tables import words

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_FRACTIONS = str.maketrans({"½": " 1/2", "¼": " 1/4", "¾": " 3/4"})  # NFKC would turn 1½ into 11⁄2
_MASK = re.compile(r"[*×●•■]{2,}|\w\*|\*\w|(?<=\d)[xX]{3,}(?=\d)")
_ESCAPE = re.compile("%u([0-9a-f]{4})", re.IGNORECASE)  # of JavaScript's escape()
_MOST_ROUNDS = 5
"""How often a text may be percent-encoded."""

_NOTHING = frozenset(words()["nothing"].split())


def clean(text: str) -> str:
    """Return the text in normal width (NFKC), without invisible characters, with single spaces."""
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text).translate(_FRACTIONS))
        text = INVISIBLE.sub("", text)
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def says_nothing(text: str) -> bool:
    """Return whether cleaned text only says that the value is not known."""
    return text.casefold() in _NOTHING


def is_masked(text: str) -> bool:
    """Return whether a part of the text was hidden, as in 139****5678."""
    return _MASK.search(text) is not None


def is_one_digit(digits: str) -> bool:
    """Return whether one digit fills the field, as in 11111111111."""
    return len(digits) > 1 and len(set(digits)) == 1


def decoded(text: str) -> str | None:
    """Return a text without any percent-encoding; None if it is no UTF-8, or encoded too often."""
    for _ in range(_MOST_ROUNDS):
        if "%" not in text:
            return text
        try:
            once = unquote(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text), errors="strict")
        except UnicodeDecodeError:
            return None
        if once == text:
            return text
        text = once
    return None


def simplify(text: str) -> str:
    """Return Chinese text in simplified script.

    A character that GB 2312 has is kept: 乾, 徵 and 於 are names in both scripts, and OpenCC would change
    them to 干, 征 and 于.
    """
    return text if text.isascii() else "".join(map(_simplified, text))


def without_marks(text: str) -> str:
    """Return Latin text without accents."""
    if text.isascii():
        return text
    text = text.replace("\u2019", "'")
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


@cache
def _simplified(letter: str) -> str:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return _converter().convert(letter)
    return letter


@cache
def _converter():  # type: ignore[no-untyped-def]  # OpenCC's class is typed, its import is deferred
    import opencc

    return opencc.OpenCC("t2s")
