"""What a finder of free text yields: where an identifier begins and ends, and its kind."""

from typing import TypeAlias

Span: TypeAlias = tuple[int, int, str]

COVER = "\0"
"""Replaces each character of an identifier that was found before."""


def cover(text: str, spans: list[Span]) -> str:
    """Return the text with `COVER` in place of what was found, so that nobody finds it again."""
    for start, end, _ in spans:
        text = text[:start] + COVER * (end - start) + text[end:]
    return text
