"""Numbers of a page with their units, the same in the console and in a version's documents."""

from collections.abc import Iterable, Mapping
from typing import Any

from shopkeeper import words

NOTHING = "–"
OF_FEATURES = ("centroid", "overall_mean")
"""Columns whose numbers have the unit of the row's feature."""

PLACES = {"average_transaction_count": 1, "standardized_difference": 2}
"""Decimal places of numbers that are not whole."""

LABELS = {
    "attribution_model": "Attribution model",
    "campaign_id": "Campaign",
    "channel": "Channel",
    "conversion_count": "Credited sales",
    "converted_at": "Time of the purchase, UTC",
    "credit_rate": "Share",
    "credited_amount": "Credited net sales",
    "currency_code": "Currency",
    "customer_id": "Customer",
    "feature_name": "Feature",
    "net_amount": "Net sales",
    "recency_day_count": "Days since the last purchase",
    "rfm_cell": "Recency, frequency, spend: 1 to 5",
    "segment_id": "Segment",
    "segment_name": "Segment",
    "touched_at": "Time of the contact, UTC",
    "transaction_count": "Purchases",
    "transaction_id": "Purchase",
}
"""Headings of the columns of rows."""


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


def moved(
    language: words.Language, row: Mapping[str, Any], was: Mapping[str, Any] | None, column: str
) -> str:
    """Return how much a number has changed, with its sign and places; a share in percentage points."""
    if was is None or row[column] is None or was.get(column) is None:
        return ""
    if row.get("currency_code") != was.get("currency_code"):
        return ""
    change = float(row[column]) - float(was[column])
    amount, _, unit = measured(language, "", {**row, column: abs(change)}, column).partition(" ")
    if not amount.strip("0.,"):
        return "±0"
    pp = f" {words.say(language, 'pp')}" if unit == "%" else ""
    return f"{'+' if change > 0 else '−'}{amount}{pp}"


def label(language: words.Language, column: str) -> str:
    """Return the heading of a column of rows, in the words of a marketer."""
    known = LABELS.get(column)
    return words.say(language, known) if known else words.feature(language, column)


def currency_of(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """Return the first currency that the tables of a page name, if any."""
    found = (row.get("currency_code") for rows in tables.values() for row in rows)
    return str(next(filter(None, found), ""))
