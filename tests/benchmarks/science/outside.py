"""Real shops whose rows may not be shipped: benchmarks report them as missing, and no test needs them."""

from pathlib import Path

import duckdb
import pyarrow as pa
from tests.plugins.science.baskets.baskets_retail import protocol

SHARED_DATA = Path(__file__).parents[4] / "shared" / "data"
LABEL = "(shared data)"
"""Marks what only data that is not shipped can prove."""
GROCERIES = SHARED_DATA / "groceries" / "groceries_long.csv.gz"
ONLINE_RETAIL = SHARED_DATA / "online_retail_II_2009_2010.parquet"
NEEDS_GROCERIES = "The groceries are not here: expected groceries/groceries_long.csv.gz in ../shared/data"
NEEDS_ONLINE_RETAIL = f"Online Retail II is not here: expected {ONLINE_RETAIL.name} in ../shared/data"


def groceries() -> pa.Table:
    """One row per item in one of 9,835 baskets."""
    return duckdb.sql(
        f"select transaction_id, item as product_id from read_csv('{GROCERIES}')"
    ).to_arrow_table()


_GIFTS = f"""
    select
        "Customer ID" as customer_id, Invoice as transaction_id, InvoiceDate as transacted_at,
        StockCode as product_id
    from read_parquet('{ONLINE_RETAIL}')
    where Quantity > 0 and "Customer ID" is not null
"""


def gift_lines() -> pa.Table:
    """One row per line of an invoice that sold something."""
    return duckdb.sql(
        f"""
        select Invoice as transaction_id, StockCode as product_id
        from read_parquet('{ONLINE_RETAIL}')
        where Quantity > 0
        """
    ).to_arrow_table()


def gift_protocol() -> pa.Table:
    """The gift shop's year as next-basket methods are compared on it."""
    return protocol(_GIFTS)


def gift_history() -> pa.Table:
    """What the gift shop's known customers bought."""
    return duckdb.sql(_GIFTS).to_arrow_table()


def gift_features() -> pa.Table:
    """One row per customer with a purchase, as of the last day of the data."""
    return duckdb.sql(
        f"""
        with lines as (
            select "Customer ID" as customer_id, *, Quantity * Price as amount
            from read_parquet('{ONLINE_RETAIL}')
            where "Customer ID" is not null
        )
        select
            customer_id,
            date_diff('day', max(InvoiceDate), timestamp '2010-12-10') as recency_days,
            count(distinct Invoice) as transaction_count,
            sum(amount)::decimal(18, 2) as net_amount,
            (sum(amount) / count(distinct Invoice))::decimal(18, 2) as mean_basket_amount,
            count(distinct StockCode) as product_count,
            avg(Quantity)::decimal(18, 2) as mean_unit_quantity,
            date_diff('day', min(InvoiceDate), timestamp '2010-12-10') as tenure_days
        from lines
        where Quantity > 0
        group by customer_id
        """
    ).to_arrow_table()
