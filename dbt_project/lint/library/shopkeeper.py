"""What sqlfluff reads in a retailer's models in place of the macros of the package `shopkeeper`."""


def typed_source(system: str, table: str) -> str:
    """Stand for the landed rows of a source."""
    return f"select * from {system}_{table}"


def add_days(day: str, count: int) -> str:
    """Stand for a later day."""
    return f"({day} + {count})"


def business_date(instant: str) -> str:
    """Stand for the business date of an instant."""
    return f"cast({instant} as date)"


def currency_of(system: str, table: str) -> str:
    """Stand for the currency of a source."""
    return "'EUR'"


def start_of_business_date(day: str) -> str:
    """Stand for the instant at which a business date begins."""
    return f"cast({day} as timestamp)"


def instant_of_local(local: str, zone: str) -> str:
    """Stand for the instant at which a clock of a time zone showed this."""
    return f"cast({local} as timestamp)"


def column_name(name: str) -> str:
    """Stand for a column whose name may need quotes."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name.lower())
