"""Features of real customers, for the tests and the benchmark of segments."""

from pathlib import Path

import duckdb
import pyarrow as pa

ONLINE_RETAIL = Path(__file__).parents[5] / "shared" / "data" / "online_retail_II_2009_2010.parquet"
NEEDS_ONLINE_RETAIL = f"Online Retail II is not here: expected {ONLINE_RETAIL.name} in ../shared/data"


def online_retail_transactions() -> pa.Table:
    """One row per invoice of a known customer; cancellations are negative."""
    return duckdb.sql(
        f"""
        select "Customer ID" as customer_id, min(InvoiceDate) as transacted_at,
            sum(Quantity * Price::decimal(18, 2))::decimal(18, 2) as amount
        from read_parquet('{ONLINE_RETAIL}')
        where "Customer ID" is not null
        group by "Customer ID", Invoice
        """
    ).to_arrow_table()


def online_retail_features() -> pa.Table:
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
