"""Names in Latin letters, as `Family, Given`.

The last word is the family name, as in English, unless a comma or capitals say otherwise. Pinyin follows
either order: a common surname at one end decides, at both ends nothing does.
"""

import re
import unicodedata
from functools import cache

from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import surnames, words

LATIN = "A-Za-z\u00aa\u00c0-\u024f\u1e00-\u1eff"

_ALLOWED = re.compile(rf"[{LATIN}][{LATIN} .,'\u2019\u2018`\u00b4\u2010\u2011-]*")
_TITLES = frozenset(words()["names"]["titles"].split())
_DEGREES = frozenset(words()["names"]["degrees"].split())
_SUFFIXES = {"jr": "Jr", "sr": "Sr", "ii": "II", "iii": "III", "iv": "IV"}
_PARTICLES = frozenset(words()["names"]["particles"].split())
_FINALS = (
    "a|ai|an|ang|ao|e|ei|en|eng|er|i|ia|ian|iang|iao|ie|in|ing|iong|iu|"
    "o|ong|ou|u|ua|uai|uan|uang|ue|ui|un|uo|v|ve|ü|üe"
)
_SYLLABLE = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:{_FINALS})"
_SYLLABLES = re.compile(rf"{_SYLLABLE}(?:'?{_SYLLABLE})?")


def read_latin_name(text: str) -> tuple[str, str, str, None] | Reason:
    """Return one name, and its family and given part."""
    text = re.sub(r"[\u2019\u2018`\u00b4]", "'", re.sub(r"[\u2010\u2011]", "-", text))
    if not _ALLOWED.fullmatch(text):
        return Reason.MALFORMED if text.isascii() else Reason.UNKNOWN
    parts = [tokens for part in text.split(",") if (tokens := _tokens(part))]
    while parts and len(parts[0]) > 1 and parts[0][0].casefold() in _TITLES:
        del parts[0][0]
    suffix = []
    if len(parts) == 2 and len(parts[0]) > 1 and len(parts[1]) == 1 and _is_suffix(parts[1][0]):
        suffix = parts.pop()
    if len(parts) > 1:
        return _written(parts[0], [token for part in parts[1:] for token in part])
    tokens = parts[0] if parts else []
    if not suffix and len(tokens) > 2 and _is_suffix(tokens[-1]):
        suffix = [tokens.pop()]
    if len(tokens) < 2:
        return Reason.INCOMPLETE
    divided = _divide(tokens)
    if isinstance(divided, Reason):
        return divided
    family, given = divided
    return _written(family, given + suffix)


def _tokens(text: str) -> list[str]:
    """Return the words of a name without its degrees; initials are words of their own."""
    tokens = []
    for word in text.split():
        if word.replace(".", "").casefold() not in _DEGREES:
            tokens += [token for part in word.split(".") if (token := part.strip("'-"))]
    return [token for token in tokens if token.casefold() not in _DEGREES]


def _is_suffix(token: str) -> bool:
    return token.casefold() in _SUFFIXES


def _divide(tokens: list[str]) -> tuple[list[str], list[str]] | Reason:
    """Return the family and the given names of a name that is written without a comma."""
    capitals = [token.isupper() and len(token) > 1 for token in tokens]
    if capitals[0] and not any(capitals[1:]) and any(len(token) > 1 for token in tokens[1:]):
        return tokens[:1], tokens[1:]
    plain = [token.casefold().replace("-", "") for token in tokens]
    if len(plain) <= 3 and all(_SYLLABLES.fullmatch(word) for word in plain):
        starts, ends = plain[0] in _pinyin_surnames(), plain[-1] in _pinyin_surnames()
        if starts and ends and not (capitals[-1] and not capitals[0]):
            return Reason.AMBIGUOUS
        if starts and not ends:
            return tokens[:1], tokens[1:]
    first = len(tokens) - 1
    while first > 1 and plain[first - 1] in _PARTICLES:
        first -= 1
    return tokens[first:], tokens[:first]


def is_pinyin_name(words: list[str]) -> bool:
    """Return whether two or three words in small letters are pinyin with a common surname at one end."""
    joined = [word.replace("-", "") for word in words]
    return (
        len(joined) in (2, 3)
        and all(_SYLLABLES.fullmatch(word) for word in joined)
        and not (_pinyin_surnames().isdisjoint((joined[0], joined[-1])))
    )


@cache
def _pinyin_surnames() -> frozenset[str]:
    common = [each.pinyin for each in surnames().values() if each.is_common or len(each.surname) == 2]
    return frozenset(common) | {"lv"}


def _written(family: list[str], given: list[str]) -> tuple[str, str, str, None]:
    names = [unicodedata.normalize("NFC", " ".join(map(_cased, tokens))) for tokens in (family, given)]
    return f"{names[0]}, {names[1]}", names[0], names[1], None


def _cased(token: str) -> str:
    """Return a word in its usual case; a word in mixed case is left as its bearer writes it."""
    lower = token.lower()
    if lower in _SUFFIXES:
        return _SUFFIXES[lower]
    if token == lower and lower in _PARTICLES:
        return token
    if token not in (lower, token.upper()):
        return token
    return "-".join("'".join(map(_capitalized, part.split("'"))) for part in lower.split("-"))


def _capitalized(word: str) -> str:
    if word.startswith("mc") and len(word) > 4:
        return f"Mc{word[2:].capitalize()}"
    return word.capitalize()
