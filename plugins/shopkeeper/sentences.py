"""Sentences that remember what they are made of, so that the console can say them in another language.

Written in English where something is found out; no translation is here.
"""

from collections.abc import Iterable
from functools import reduce
from typing import Any


class Sentence(str):
    """English text, and the template and facts that it is made of: `Sentence("{count:,} rows", count=3)`.

    A fact may be a sentence too. Anything that wants text takes it as text.
    """

    text: str
    facts: dict[str, Any]

    def __new__(cls, text: str, /, **facts: Any) -> "Sentence":
        """Fill a template; without facts it is the text itself."""
        made = super().__new__(cls, text.format(**facts) if facts else text)
        made.text, made.facts = text, facts
        return made


def joined(parts: Iterable[str]) -> str:
    """Return sentences as one."""
    return reduce(lambda first, more: Sentence("{first}; {more}", first=first, more=more), parts)


def listed(parts: Iterable[str]) -> str:
    """Return words as one enumeration; nothing of nothing."""
    words = list(parts)
    if not words:
        return ""
    return reduce(lambda first, more: Sentence("{first}, {more}", first=first, more=more), words)


def as_json(said: str) -> dict[str, Any] | None:
    """Return what to store beside a text so that `restored` finds its parts; None for plain text."""
    if not isinstance(said, Sentence):
        return None
    facts = {
        name: (as_json(fact) or fact) if isinstance(fact, str) else fact for name, fact in said.facts.items()
    }
    return {"text": said.text, "facts": facts}


def restored(text: str, stored: dict[str, Any] | None) -> str:
    """Return a stored text with its parts, if they were stored."""
    return text if stored is None else _made(stored)


def _made(stored: dict[str, Any]) -> Sentence:
    facts = {name: _made(fact) if isinstance(fact, dict) else fact for name, fact in stored["facts"].items()}
    return Sentence(stored["text"], **facts)
