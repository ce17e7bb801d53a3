"""Genders as female, male or other.

A bare code means something else in each system, so that only the caller may say what it means.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.tables import words
from shopkeeper.standardize.texts import clean, says_nothing, simplify

PARTS = pa.schema([("gender", pa.string())])

GENDERS = ("female", "male", "other")

_MEANING = {word: gender for gender in GENDERS for word in words()["genders"][gender].split()}
_UNSAID = frozenset(words()["genders"]["unsaid"].split())


def standardize_genders(
    values: Texts, codes: Mapping[str, str] | None = None, pool: Executor | None = None
) -> pa.Table:
    """Return `gender` and `reason` of each value.

    `codes`: what the source's own codes mean, such as `{"1": "male", "2": "female"}`. Raises `ValueError` if
    one means something else than female, male or other.
    """
    codes = {clean(code).casefold(): gender for code, gender in (codes or {}).items()}
    if wrong := set(codes.values()) - set(GENDERS):
        raise ValueError(f"codes mean {sorted(wrong)}: use female, male or other")
    return standardize_column(values, partial(read_gender, codes=codes), PARTS, pool)


def read_gender(text: str, codes: Mapping[str, str] | None = None) -> tuple[str] | Reason:
    """Return one gender."""
    word = simplify(text.casefold()).replace(" ", "")
    found = (codes or {}).get(word) or _MEANING.get(word.rstrip("\ufe0e\ufe0f"))
    if found:
        return (found,)
    if says_nothing(word) or word in _UNSAID:
        return Reason.PLACEHOLDER
    return Reason.AMBIGUOUS if word.isdigit() else Reason.UNKNOWN
