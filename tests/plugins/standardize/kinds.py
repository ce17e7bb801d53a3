"""Every kind of value by its name in `cases.csv`: its function, its options there, a standard value as text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from typing import Any

import pyarrow as pa

from shopkeeper import standardize

AS_OF = date(2025, 6, 30)
MAPPING = {"饮料": "Beverages", "soft drinks": "Beverages", "乳制品": "Dairy", "Milk & Cream": "Dairy"}

Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A function of the room, what it always needs, and how its standard value is written as one text."""

    standardize: Callable[..., pa.Table]
    always: dict[str, Any]
    write: Callable[[Row], str]


def of(column: str) -> Callable[[Row], str]:
    return lambda row: str(row[column])


def write_phone(row: Row) -> str:
    return row["phone"] + (f" ext. {row['phone_extension']}" if row["phone_extension"] else "")


def write_address(row: Row) -> str:
    parts = (row[column] for column in ("province", "city", "district", "street"))
    return " ".join(dict.fromkeys(part for part in parts if part))


def write_moment(row: Row) -> str:
    zone = timezone(timedelta(seconds=row["utc_offset_seconds"]))
    return row["moment_at"].astimezone(zone).isoformat()


def write_measure(row: Row) -> str:
    return f"{row['amount']:f} {row['unit']}"


KINDS = {
    "phones": Kind(standardize.standardize_phones, {}, write_phone),
    "emails": Kind(standardize.standardize_emails, {}, of("email")),
    "names": Kind(standardize.standardize_names, {}, of("name")),
    "addresses": Kind(standardize.standardize_addresses, {}, write_address),
    "postcodes": Kind(standardize.standardize_postcodes, {}, of("postcode")),
    "genders": Kind(standardize.standardize_genders, {}, of("gender")),
    "birth_dates": Kind(standardize.standardize_birth_dates, {"as_of": AS_OF}, of("birth_date")),
    "identity_cards": Kind(standardize.standardize_identity_cards, {"as_of": AS_OF}, of("identity_card")),
    "currencies": Kind(standardize.standardize_currencies, {}, of("currency_code")),
    "moments": Kind(standardize.standardize_moments, {}, write_moment),
    "measures": Kind(standardize.standardize_measures, {}, write_measure),
    "categories": Kind(standardize.standardize_categories, {"mapping": MAPPING}, of("category")),
}


def standardize_values(kind: str, values: list[str | None], **options: Any) -> list[Row]:
    """Return the rows that a kind's function makes of values."""
    found = KINDS[kind]
    return found.standardize(pa.array(values, pa.string()), **found.always, **options).to_pylist()
