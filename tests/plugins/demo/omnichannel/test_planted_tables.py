"""The planted tables agree with each other: money, stock, keys, time."""

import duckdb
import pytest
from tests.plugins.demo.omnichannel.conftest import DAYS, PERSONS, Shop

from shopkeeper.demo.omnichannel.surroundings.days import date_of
from shopkeeper.demo.omnichannel.tables import TABLES


@pytest.fixture(scope="module")
def planted(shop: Shop) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for folder in (shop.truth.root / "tables").iterdir():
        connection.read_parquet(str(folder / "*.parquet")).create_view(folder.name)
    return connection


def none_of(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    return connection.sql(f"select count(*) from ({query})").fetchone() == (0,)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_is_planted_with_a_unique_key(planted: duckdb.DuckDBPyConnection, name: str) -> None:
    key = ", ".join(TABLES[name].key)
    assert not none_of(planted, f"from {name}")
    assert none_of(planted, f"select 1 from {name} group by {key} having count(*) > 1"), name


def test_every_column_says_what_it_means() -> None:
    for table in TABLES.values():
        for column in table.schema.names:
            assert len(table.meaning(column)) > 3, (table.name, column)


@pytest.mark.parametrize("kind", ["order", "receipt"])
def test_a_transaction_is_the_sum_of_its_lines(planted: duckdb.DuckDBPyConnection, kind: str) -> None:
    query = f"""
        select 1 from {kind}s join (
            select {kind}_id, sum(l.net_amount) as net, sum(l.discount_amount) as discount,
                sum(unit_quantity * unit_price_amount) as goods, max(line_number) as last, count(*) as lines
            from {kind}_lines as l group by all
        ) as lines using ({kind}_id)
        where abs(net - net_amount) > 0.005 or abs(discount - discount_amount) > 0.005
            or abs(goods - goods_amount) > 0.005 or last <> lines
    """
    assert none_of(planted, query)
    assert none_of(planted, f"select 1 from {kind}s anti join {kind}_lines using ({kind}_id)")


def test_what_is_paid_is_what_is_owed(planted: duckdb.DuckDBPyConnection) -> None:
    assert none_of(
        planted,
        "select 1 from orders join payments using (order_id) where abs(net_amount + delivery_amount - amount) > 0.005",
    )
    assert none_of(
        planted,
        "select 1 from refunds join order_lines using (order_id, line_number) where amount > net_amount",
    )


def test_stock_opens_as_it_closed_and_adds_up(planted: duckdb.DuckDBPyConnection) -> None:
    assert none_of(
        planted,
        "select 1 from stock where opening_units + received_units + returned_units - sold_units <> closing_units "
        "or closing_units < 0",
    )
    assert none_of(
        planted,
        "select 1 from (select opening_units, lag(closing_units) over (partition by place_id, product_id order by date)"
        " as before from stock) where opening_units <> before",
    )


def test_shelves_lose_what_tills_and_orders_sell(planted: duckdb.DuckDBPyConnection) -> None:
    sold = planted.sql(
        "select (select sum(sold_units) from stock), (select sum(unit_quantity) from order_lines)"
        " + (select sum(unit_quantity) from receipt_lines)"
    ).fetchone()
    assert sold is not None
    assert sold[0] == sold[1] > 0


def test_every_purchase_event_has_its_order(planted: duckdb.DuckDBPyConnection) -> None:
    assert none_of(
        planted, "select 1 from orders anti join (from events where kind = 'purchase') using (order_id)"
    )
    assert none_of(planted, "select 1 from events anti join visits using (visit_id)")
    assert none_of(
        planted, "select 1 from events join orders using (order_id) where occurred_at <> ordered_at"
    )


def test_rows_belong_to_the_local_day_they_come_with(planted: duckdb.DuckDBPyConnection) -> None:
    row = planted.sql("select min(paid_at)::date, max(paid_at)::date from receipts").fetchone()
    assert row is not None
    assert str(row[0]) >= "2024-12-31"
    assert row[1] <= date_of(DAYS - 1)


@pytest.mark.parametrize(("table", "instant"), [("orders", "ordered_at"), ("receipts", "paid_at"),
                                                ("sends", "sent_at"), ("consents", "stated_at")])  # fmt: skip
def test_nobody_uses_a_deleted_account(planted: duckdb.DuckDBPyConnection, table: str, instant: str) -> None:
    query = f"select 1 from {table} join account_deletions using (account_id) where {instant} >= deleted_at"
    assert none_of(planted, query)


def test_persons_live_in_households_and_are_numbered(planted: duckdb.DuckDBPyConnection) -> None:
    row = planted.sql("select count(*), max(person_id), count(distinct household_id) from persons").fetchone()
    assert row is not None
    assert (row[0], row[1]) == (PERSONS, PERSONS - 1)
    assert PERSONS / 4 < row[2] < PERSONS


def test_persons_live_at_first_where_their_first_address_lies(planted: duckdb.DuckDBPyConnection) -> None:
    first = "(from contacts where kind = 'address' and valid_from = date '2015-01-01')"
    assert none_of(planted, f"select 1 from persons anti join {first} using (person_id, city_id)")
    assert not none_of(planted, "from lives where kind = 'moved'")


def test_every_system_holds_both_halves_of_the_world(planted: duckdb.DuckDBPyConnection) -> None:
    for table in ("orders", "receipts", "campaigns", "prices", "spend"):
        found = planted.sql(f"select distinct market from {table}").fetchall()
        assert {market for (market,) in found} == {"CN", "GB"}, table
