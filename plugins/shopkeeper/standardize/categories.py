"""Categories by a mapping that a retailer declares.

Which word means which category is the retailer's to say; nothing is matched by likeness.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial

import pyarrow as pa

from shopkeeper.standardize.columns import Texts, standardize_column
from shopkeeper.standardize.reasons import Reason
from shopkeeper.standardize.texts import clean, says_nothing, simplify

PARTS = pa.schema([("category", pa.string())])


def standardize_categories(
    values: Texts, mapping: Mapping[str, str], pool: Executor | None = None
) -> pa.Table:
    """Return `category` and `reason` of each value.

    `mapping`: source word to category; width, case, spaces and script of a word do not count, and each
    category means itself. Raises `ValueError` if one word is declared to mean two categories.
    """
    return standardize_column(values, partial(read_category, mapping=fold_mapping(mapping)), PARTS, pool)


def read_category(text: str, mapping: Mapping[str, str]) -> tuple[str] | Reason:
    """Return one category; the words of `mapping` are folded."""
    found = mapping.get(_fold(text))
    if found is not None:
        return (found,)
    return Reason.PLACEHOLDER if says_nothing(text) else Reason.UNKNOWN


def fold_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the mapping by words as they are compared."""
    folded: dict[str, str] = {}
    for word, category in [*mapping.items(), *((category, category) for category in mapping.values())]:
        if folded.setdefault(_fold(word), category) != category:
            raise ValueError(f"{word!r} means both {folded[_fold(word)]!r} and {category!r}: declare one")
    return folded


def _fold(word: str) -> str:
    return simplify(clean(word)).casefold().replace(" ", "")
