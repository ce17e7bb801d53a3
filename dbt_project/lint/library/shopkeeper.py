"""What sqlfluff reads in a retailer's models in place of the macros of the package `shopkeeper`."""


def batch_id_of_file() -> str:
    """Stand for the batch that a row came with."""
    return "'batch'"


def cast_source_column(system: str, table: str, column: str) -> str:
    """Stand for the strict cast of a source's column."""
    return column


def business_date(instant: str) -> str:
    """Stand for the business date of an instant."""
    return f"cast({instant} as date)"
