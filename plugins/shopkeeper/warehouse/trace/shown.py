"""What may be shown of a row: its key, its amounts and where it came from; never a value of a person."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from shopkeeper.contracts import MASKED, catalog
from shopkeeper.contracts.vocabulary import vocabulary

WITHHELD = "•••"
FIGURES = ("_count", "_rate", "_amount")
ORIGIN = ("batch_id", "source_line_number")


@lru_cache
def _told() -> tuple[frozenset[str], frozenset[str]]:
    """Return the columns that a contract or the vocabulary names, and those that either calls personal."""
    contracts, words = catalog().all, vocabulary()
    named = frozenset(column.name for contract in contracts for column in contract.columns)
    personal = frozenset(name for contract in contracts for name in contract.masked_columns)
    return named | words.keys(), personal | {
        name for name, word in words.items() if word.classification in MASKED
    }


def may_be_shown(column: str) -> bool:
    """Say whether a column is known not to tell of a person."""
    named, personal = _told()
    return column not in personal and (column in named or column in ORIGIN or column.endswith(FIGURES))


def fit_to_show(row: Mapping[str, object], asked: Iterable[str] = ()) -> dict[str, object]:
    """Return a row with the values of persons withheld, but for columns of which the reader named it."""
    allowed = set(asked)
    return {
        name: value if value is None or name in allowed or may_be_shown(name) else WITHHELD
        for name, value in row.items()
    }
