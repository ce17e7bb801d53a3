"""Numbers of a page with their units, the same in the console and in a version's documents."""

from collections.abc import Iterable, Mapping
from typing import Any

from shopkeeper import words

NOTHING = "–"
OF_FEATURES = ("centroid", "overall_mean")
"""Columns whose numbers have the unit of the row's feature."""

PLACES = {"average_transaction_count": 1, "standardized_difference": 2}
"""Decimal places of numbers that are not whole."""


def measured(language: words.Language, currency: str, row: Mapping[str, Any], column: str) -> str:
    """Return a number of a row with its unit; `currency` is that of rows that name none."""
    amount = row[column]
    if amount is None:
        return NOTHING
    is_feature = column in OF_FEATURES
    name = str(row["feature_name"]) if is_feature else column
    if name.endswith("_rate"):
        return f"{amount * 100:,.1f} %"
    if name.endswith("_amount"):
        return f"{amount:,.{2 if is_feature else 0}f} {row.get('currency_code') or currency}".rstrip()
    text = f"{amount:,.{1 if is_feature else PLACES.get(column, 0)}f}"
    return f"{text} {words.say(language, 'days')}" if is_feature and name.endswith("_day_count") else text


def currency_of(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """Return the first currency that the tables of a page name, if any."""
    found = (row.get("currency_code") for rows in tables.values() for row in rows)
    return str(next(filter(None, found), ""))
