"""The project's tests that name suspicious rows, on tables of a few rows made by hand."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import jinja2
import pytest

from shopkeeper.settings import PROJECT_ROOT

Rows = list[tuple[str, ...]]
TESTS = PROJECT_ROOT / "dbt_project" / "tests"
MACROS: dict[str, Callable[..., str]] = {
    "config": lambda **_: "",
    "is_delivered": lambda _: "",
    "ref": lambda name: f'"{name}"',
    "seconds_between": lambda earlier, later: f"(epoch({later}) - epoch({earlier}))",
    "week_start_date": lambda day: f"cast(date_trunc('week', {day}) as date)",
}


@pytest.fixture
def told() -> Callable[..., Rows]:
    """Return what a test names where tables are as `name=(columns, rows as SQL)` say."""

    def tell(test: str, **tables: str) -> Rows:
        sql = jinja2.Template(Path(TESTS / f"{test}.sql").read_text(encoding="utf-8")).render(MACROS)
        with duckdb.connect() as connection:
            for name, rows in tables.items():
                connection.execute(f'create table "{name}" as {rows}')
            return sorted(connection.execute(sql).fetchall())

    return tell


def rows(columns: str, *values: str) -> str:
    return f"select * from (values {', '.join(f'({value})' for value in values)}) as rows({columns})"


def test_a_refund_of_no_known_sale_is_told(told: Callable[..., Rows]) -> None:
    found = told(
        "refunds_name_their_sale",
        fct_transactions=rows("transaction_id", "'a'"),
        fct_cancelled_transactions=rows("transaction_id", "'b'"),
        fct_refunds=rows("refund_id, transaction_id", "1, 'a'", "2, 'b'", "3, 'c'", "4, null"),
    )
    assert found == [(3,), (4,)]


def test_an_open_of_an_unknown_send_is_told(told: Callable[..., Rows]) -> None:
    opens = rows("engagement_id, campaign_id", "'open-1', 'spring'", "'open-2', null")
    assert told("engagements_name_their_campaign", fct_engagements=opens) == [("open-2",)]


def test_pounds_that_are_said_to_be_yuan_are_told(told: Callable[..., Rows]) -> None:
    found = told(
        "amounts_fit_the_price_list",
        fct_transactions=rows(
            "transaction_id, transaction_date", "'cn', date '2025-01-06'", "'gb', date '2025-01-06'"
        ),
        fct_transaction_lines=rows(
            "transaction_id, product_id, currency_code, unit_quantity, gross_amount",
            "'cn', 'tea', 'CNY', 2, 150.00",
            "'gb', 'tea', 'CNY', 2, 19.98",
        ),
        fct_product_prices=rows(
            "product_id, currency_code, list_price_amount, started_date, ended_date",
            "'tea', 'CNY', 89.90, date '2025-01-01', date '9999-12-31'",
            "'tea', 'GBP', 9.99, date '2025-01-01', date '9999-12-31'",
        ),
    )
    assert found == [("gb",)]


def test_a_till_in_another_time_zone_is_told(told: Callable[..., Rows]) -> None:
    sales = (
        ("before", "york", "06 09:00"),
        ("first", "york", "07 17:00"),
        ("without points", "york", "07 18:00"),
        ("second", "york", "08 19:00"),
        ("third", "york", "08 19:30"),
        ("right again", "york", "08 12:00"),
        ("elsewhere", "bath", "07 10:00"),
    )
    points = {
        "before": "06 09:00:02",
        "first": "07 09:00:01",
        "second": "08 11:00:02",
        "third": "08 11:30:02",
        "right again": "08 12:00:01",
        "elsewhere": "07 12:00:03",
    }
    found = told(
        "tills_tell_the_right_time",
        fct_transactions=rows(
            "transaction_id, store_id, transaction_date, transaction_at",
            *(
                f"'{sale}', '{store}', date '2025-01-{at[:2]}', timestamp '2025-01-{at}:00'"
                for sale, store, at in sales
            ),
        ),
        fct_loyalty_entries=rows(
            "transaction_id, entered_at",
            *(f"'{sale}', timestamp '2025-01-{at}'" for sale, at in points.items()),
        ),
    )
    assert found == [("first",), ("second",), ("third",), ("without points",)]


def test_points_of_the_night_make_no_till_wrong(told: Callable[..., Rows]) -> None:
    sales = [(n, f"timestamp '2025-01-07 09:00:00' + interval {17 * n} minute") for n in range(40)]
    found = told(
        "tills_tell_the_right_time",
        fct_transactions=rows(
            "transaction_id, store_id, transaction_date, transaction_at",
            *(f"'{n}', 'york', date '2025-01-07', {at}" for n, at in sales),
        ),
        fct_loyalty_entries=rows(
            "transaction_id, entered_at", *(f"'{n}', timestamp '2025-01-08 02:00:00'" for n, _ in sales)
        ),
    )
    assert found == []


def test_the_visits_of_a_wrong_clock_are_told(told: Callable[..., Rows]) -> None:
    found = told(
        "devices_tell_the_right_time",
        fct_transactions=rows(
            "transaction_id, transaction_at",
            "'o1', timestamp '2025-01-06 12:00:00'",
            "'o2', timestamp '2025-01-06 12:00:00'",
        ),
        input__events=rows(
            "session_id, device_id, event_type, transaction_id, happened_at",
            "'s1', 'd1', 'purchase', 'o1', timestamp '2025-01-06 12:04:20'",
            "'s2', 'd1', 'open', null, timestamp '2025-01-05 08:00:00'",
            "'s3', 'd2', 'purchase', 'o2', timestamp '2025-01-06 12:00:01'",
            "'s4', 'd2', 'view_page', 'o2', timestamp '2025-01-07 12:00:00'",
        ),
    )
    assert found == [("s1",), ("s2",)]


def test_a_customer_who_buys_in_bulk_is_told(told: Callable[..., Rows]) -> None:
    bought = [(f"{n}", "family", 2) for n in range(40)] + [
        ("crate", "reseller", 10),
        ("crate", "reseller", 6),
    ]
    bought += [("party", "host", 9)]
    found = told(
        "customers_buy_for_themselves",
        feat_customers__transactions=rows(
            "transaction_id, customer_id", *{f"'{sale}', '{customer}'" for sale, customer, _ in bought}
        ),
        fct_transaction_lines=rows(
            "transaction_id, line_type, unit_quantity, unit_of_measure",
            "'party', 'sale', 500, 'gram'",
            *(f"'{sale}', 'sale', {count}, null" for sale, _, count in bought),
        ),
    )
    assert found == [("reseller",)]
