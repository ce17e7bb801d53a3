"""Saying a text in a language: by its template, by its parts, or as a contract says it."""

import re
from functools import lru_cache
from typing import Literal, cast

import yaml

from shopkeeper.contracts import all_contracts, catalog, suites
from shopkeeper.paths import WORDS
from shopkeeper.sentences import Sentence
from shopkeeper.terminal import visible

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Language = Literal["en", "zh"]
LEVELS = {"high": "高", "low": "低", "many": "多", "few": "少"}


@lru_cache(maxsize=1)
def chinese() -> dict[str, str]:
    """Return the Chinese of each English text."""
    return cast(dict[str, str], yaml.load(WORDS.read_text(encoding="utf-8"), _LOADER))


def say(language: Language, text: str, **values: object) -> str:
    """Return a text in a language, with its values filled in."""
    spoken = chinese().get(text, text) if language == "zh" else text
    return spoken.format(**values) if values else spoken


def reason(language: Language, text: str) -> str:
    """Return why a rule is there, in a language; in Chinese as its contract says it."""
    return say(language, _reasons().get(text, text)) if language == "zh" else text


def said(language: Language, text: str) -> str:
    """Return what code has found out, in a language: a sentence by its parts, other text as it is."""
    if not isinstance(text, Sentence):
        return text
    facts = {
        name: said(language, fact) if isinstance(fact, str) else fact for name, fact in text.facts.items()
    }
    if language == "zh" and not facts and text.text not in chinese():
        return feature(language, text.text.replace(" ", "_")) if " " in text.text else text
    return say(language, text.text, **facts)


def phrase(language: Language, text: str) -> str:
    """Return composed words, such as a segment's name, in a language, part by part."""
    if language == "en":
        return text
    return " · ".join(_part(part) for part in text.split(" · "))


def spoken(language: Language, content: object) -> str:
    """Return a word of the data for people: `mail_type_a` as "Mail type a", or in Chinese if it is known."""
    text = visible(str(content))
    known = phrase(language, text)
    if known != text or not re.fullmatch(r"[a-z0-9_]+", text):
        return known
    return text.replace("_", " ").capitalize()


def period(language: Language, retention: str) -> str:
    """Return how long something is kept, such as `2 years`, in a language."""
    count, _, unit = retention.partition(" ")
    return f"{count} {say(language, unit)}" if count.isdigit() else say(language, retention)


def feature(language: Language, name: str) -> str:
    """Return a feature's name for people: its meaning in Chinese, its words in English."""
    if language == "zh" and name in _meanings():
        return _meanings()[name]
    return name.replace("_", " ").capitalize()


def _part(part: str) -> str:
    """Return one trait in Chinese; `high x rate` by what the contract says of `x_rate`."""
    known = chinese().get(part) or chinese().get(part[:1].upper() + part[1:])
    if known:
        return known
    level, _, rest = part.partition(" ")
    meaning = _meanings().get(rest.replace(" ", "_"))
    return f"{meaning}{LEVELS[level.lower()]}" if meaning and level.lower() in LEVELS else part


@lru_cache(maxsize=1)
def _reasons() -> dict[str, str]:
    """Return the Chinese of each contract's reasons."""
    rules = (rule for contract in all_contracts().all for rule in suites.rules(contract))
    return {rule.reason: rule.reason_zh for rule in rules if rule.reason_zh}


@lru_cache(maxsize=1)
def _meanings() -> dict[str, str]:
    """Return what each column of features means in Chinese."""
    columns = (column for contract in catalog().features for column in contract.columns)
    return {column.name: column.description_zh.rstrip("。") for column in columns if column.description_zh}
