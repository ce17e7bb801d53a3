"""The console's words in two languages: English in the templates, Chinese in `words.yaml`.

What contracts describe is not repeated there: they carry both languages themselves.
"""

import re
from functools import lru_cache
from typing import Literal, cast

import yaml
from fastapi import Request

from shopkeeper.contracts import all_contracts, catalog, suites
from shopkeeper.paths import ConsolePaths

Language = Literal["en", "zh"]
OBSERVED = (
    "{some} of {all} rows",
    "{count} batches compared with the median of those before them",
    "{count} batches compared with earlier ones of the same days",
    "nothing to compare with: fewer than three earlier batches",
    "nothing to compare with: no earlier batch covers the same days",
    "row_count {count} in {file}, the median of the batches before it is {median}",
    "repeated_key_rate {rate} in {file}",
    "feed_age_days {age}, newest business date {date}",
    "no business date yet",
)
"""What rules say that they observed, other than a figure."""

LEVELS = {"high": "高", "low": "低", "many": "多", "few": "少"}
COOKIE = "shopkeeper_language"


@lru_cache(maxsize=1)
def chinese() -> dict[str, str]:
    """Return the Chinese of each English text."""
    return cast(dict[str, str], yaml.safe_load(ConsolePaths().words.read_text(encoding="utf-8")))


def language_of(request: Request) -> Language:
    """Return the language that Airflow's UI has, which the page keeps in a cookie; else the browser's."""
    chosen = request.cookies.get(COOKIE) or request.headers.get("accept-language", "en")
    return "zh" if chosen.lower().startswith("zh") else "en"


def say(language: Language, text: str, **values: object) -> str:
    """Return a text in a language, with its values filled in."""
    spoken = chinese().get(text, text) if language == "zh" else text
    return spoken.format(**values) if values else spoken


def reason(language: Language, text: str) -> str:
    """Return why a rule is there, in a language; in Chinese as its contract says it."""
    return say(language, _reasons().get(text, text)) if language == "zh" else text


def observed(language: Language, text: str) -> str:
    """Return what a rule observed, in a language."""
    if language == "zh":
        for told in OBSERVED:
            if found := re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>.+)", told), text):
                return say(language, told, **found.groupdict())
    return text


def phrase(language: Language, text: str) -> str:
    """Return composed words, such as a segment's name, in a language, part by part."""
    if language == "en":
        return text
    return " · ".join(_part(part) for part in text.split(" · "))


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
