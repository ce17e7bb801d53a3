"""The days of a file's rows: those of business, and those from which the retention counts."""

from collections.abc import Sequence
from datetime import date

import duckdb

from shopkeeper.contracts import Contract
from shopkeeper.contracts.casts import local_date_sql
from shopkeeper.engine import identifier, literal

Days = tuple[str, str] | None
"""A first and a last day as ISO 8601; None without days."""


def business_days(connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract) -> Days:
    """Return the first and last business date in the business time zone."""
    return _days(connection, relation, contract, _business_column(contract))


def dated_days(connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract) -> Days:
    """Return the first and last day from which the contract's retention counts."""
    return _days(connection, relation, contract, contract.dated_column)


def days_sql(contract: Contract) -> str:
    """Return four aggregates: first and last business date, first and last day of the retention."""
    columns = (_business_column(contract), contract.dated_column)
    days = ("null" if name is None else _day_sql(contract, name) for name in columns)
    return ", ".join(f"min({day}), max({day})" for day in days)


def as_days(found: Sequence[date | None] | None) -> Days:
    """Return a first and a last day as text."""
    first, last = found or (None, None)
    return (first.isoformat(), last.isoformat()) if first and last else None


def _business_column(contract: Contract) -> str | None:
    return contract.file.business_date_column if contract.file else None


def _days(connection: duckdb.DuckDBPyConnection, relation: str, contract: Contract, name: str | None) -> Days:
    if name is None:
        return None
    if contract.file and contract.file.format != "parquet":
        # Lines of a basket share their moment: each text is read once.
        relation = f"(select distinct {identifier(name)} from {relation})"
    day = _day_sql(contract, name)
    return as_days(connection.execute(f"select min({day}), max({day}) from {relation}").fetchone())


def _day_sql(contract: Contract, name: str) -> str:
    column = contract.column(name)
    if contract.file and contract.file.format == "parquet":
        local = f"timezone({literal(column.time_zone)}, {identifier(name)})"
        return f"cast({local if column.has_offset else identifier(name)} as date)"
    return local_date_sql(column, identifier(name))
