"""The shop with every entity: what each delivery does to the facts, in any order of arrival."""

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.pipeline.processes import Nursery
from tests.retailers.laws import Laws, Toy, raised
from tests.shop.commands import Shop
from tests.shop.toys import EVERYTHING_WITH_FAULTS, FIRST_DAY, SECOND_DAY, products

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory, nurseries: Callable[[str], Nursery]) -> Toy:
    folder = tmp_path_factory.mktemp("everything")
    return raised(
        "toy_everything", (FIRST_DAY, SECOND_DAY), EVERYTHING_WITH_FAULTS, folder, nurseries("toy_everything")
    )


@pytest.fixture(scope="module")
def shop(toy: Toy) -> Shop:
    return toy.shop


class TestLaws(Laws):
    """Every kind of feed."""


def test_the_newest_state_of_an_order_counts(shop: Shop) -> None:
    orders = "select transaction_id, transaction_status from core.fct_transactions order by 1"
    placed = [(number, "placed") for number in ("O2", "O3", "O5", "O7", "O8")]
    assert shop.asks(orders) == [("O1", "shipped"), *placed]


def test_a_cancelled_order_counts_only_as_cancelled(shop: Shop) -> None:
    cancelled = "select transaction_id, net_amount from core.fct_cancelled_transactions"
    assert shop.asks(cancelled) == [("O4", Decimal("5.00"))]


def test_the_history_holds_every_state_for_its_time(shop: Shop) -> None:
    history = "select transaction_status from core.fct_transaction_statuses where transaction_id = 'O1'"
    assert shop.asks(f"{history} order by valid_from") == [("placed",), ("paid",), ("shipped",)]
    assert shop.asks(f"{history} and valid_to is null") == [("shipped",)]


def test_a_refund_lowers_revenue_and_no_line(shop: Shop) -> None:
    amounts = "select net_amount, refunded_amount, revenue_amount from core.fct_transactions"
    assert shop.asks(f"{amounts} where transaction_id = 'O1'") == [
        (Decimal("25.00"), Decimal("5.00"), Decimal("20.00"))
    ]


def test_a_refund_with_freight_leaves_no_revenue_and_no_debt(shop: Shop) -> None:
    amounts = "select net_amount, freight_amount, refunded_amount, revenue_amount from core.fct_transactions"
    assert shop.asks(f"{amounts} where transaction_id = 'O7'") == [
        (Decimal("10.00"), Decimal("4.90"), Decimal("14.90"), Decimal("0.00"))
    ]


def test_an_order_without_lines_is_an_order_without_money(shop: Shop) -> None:
    empty = (
        "select transaction_id, net_amount, freight_amount from core.fct_transactions where line_count = 0"
    )
    assert shop.asks(empty) == [("O8", Decimal("0.00"), Decimal("4.90"))]
    bought = "select count(*) from features.feat_customers__transactions where transaction_id = 'O8'"
    assert shop.asks(bought) == [(0,)]


def test_a_later_rate_of_the_day_revalues_old_sales(shop: Shop) -> None:
    revenue = "select revenue_amount, reporting_revenue_amount from core.fct_transactions"
    assert shop.asks(f"{revenue} where currency_code = 'CHF'") == [(Decimal("100.00"), Decimal("110.00"))]


def test_a_currency_without_a_rate_is_named_with_its_days(toy: Toy, tmp_path: Path) -> None:
    shop = Shop(toy.name, tmp_path / "home")
    for place in ("web/orders_1.jsonl", "web/order_lines_1.csv"):
        shop.drops(place, FIRST_DAY[place])
    refused = toy.nursery.refresh(shop.home)
    assert refused.end() == 2
    assert "CHF (2024-03-01 to 2024-03-01, days with sales: 1): deliver exchange_rates" in refused.message


def test_an_anonymous_sale_finds_its_owner(shop: Shop) -> None:
    owner = "select customer_id from features.feat_customers__transactions where transaction_id = 'O2'"
    assert shop.asks(owner) == [("K2",)]


def test_every_touch_keeps_who_showed_it_and_when(shop: Shop) -> None:
    touches = (
        "select channel, identifier_type, identifier_value, touched_at::varchar from core.fct_touchpoints"
    )
    assert shop.asks(f"{touches} where channel <> 'banner' order by touched_at") == [
        ("email", "customer_id", "K1", "2024-02-25 23:00:00"),
        ("coupon", "customer_id", "K1", "2024-02-29 23:00:00"),
        ("search_ad", "device_id", "D9", "2024-03-01 08:00:00"),
    ]


def test_one_order_may_have_two_sellers_and_payments(shop: Shop) -> None:
    assert shop.asks("select count(distinct seller_id) from core.fct_transaction_lines "
                     "where transaction_id = 'O1'") == [(2,)]  # fmt: skip
    paid = "select sum(payment_amount), count(*) from core.fct_payments where transaction_id = 'O1'"
    assert shop.asks(paid) == [(Decimal("29.90"), 2)]


def test_a_message_is_opened_on_a_day_of_the_business(shop: Shop) -> None:
    opened = "select engagement_id, identifier_value, engaged_date::varchar from core.fct_engagements"
    assert shop.asks(f"{opened} order by 1") == [("E1", "K1", "2024-02-27"), ("E2", "K1", "2024-03-02")]


def test_a_tier_holds_until_the_day_before_another(shop: Shop) -> None:
    tiers = "select tier_name, started_date::varchar, ended_date::varchar from core.fct_loyalty_tiers"
    assert shop.asks(f"{tiers} order by started_date") == [
        ("bronze", "2024-01-01", "2024-01-31"),
        ("silver", "2024-02-01", "2024-02-29"),
        ("gold", "2024-03-01", None),
    ]


def test_an_offer_is_as_last_stated(shop: Shop) -> None:
    offers = "select offer_id, discount_amount, minimum_amount from core.dim_offers order by 1"
    assert shop.asks(offers) == [("V1", Decimal("6.00"), Decimal("30.00")), ("V2", Decimal("2.00"), None)]


def test_a_request_for_erasure_has_its_person_and_day(shop: Shop) -> None:
    requests = (
        "select identifier_type, identifier_value, requested_date::varchar from core.fct_erasure_requests"
    )
    assert shop.asks(requests) == [("customer_id", "K3", "2024-03-02")]


def test_what_the_newest_snapshot_lacks_is_gone(shop: Shop) -> None:
    gone = "select product_id from core.dim_products where gone_since_date is not null"
    assert shop.asks(gone) == [("P5",)]


def test_stock_is_known_by_day_and_product_as_last_stated(shop: Shop) -> None:
    stock = (
        "select inventory_date::varchar, product_id, on_hand_quantity::integer from core.fct_inventory_levels"
    )
    assert shop.asks(f"{stock} order by all") == [
        ("2024-03-01", "P1", 10),
        ("2024-03-01", "P2", 3),
        ("2024-03-02", "P1", 7),
    ]


def test_a_tombstone_says_since_when_its_key_is_gone(shop: Shop) -> None:
    gone = (
        "select seller_id, gone_since_date::varchar from core.dim_sellers where gone_since_date is not null"
    )
    assert shop.asks(gone) == [("V2", "2024-03-02")]


def test_a_file_of_deleted_keys_takes_their_records(shop: Shop) -> None:
    records = "select customer_id, is_inferred from core.dim_customers order by 1"
    assert shop.asks(records) == [("K1", False), ("K2", False), ("K3", True)]


def test_two_rows_without_a_key_are_two_rows(shop: Shop) -> None:
    assert shop.asks("select count(*) from input.promotions") == [(2,)]


def test_a_snapshot_cut_short_is_held(toy: Toy, tmp_path: Path) -> None:
    shop = Shop(toy.name, tmp_path / "home")
    shutil.copytree(toy.scene.undisturbed, shop.home, symlinks=True)
    toy.refreshes(shop, {"erp/products_3.csv": products(1)})
    listed = "select count(*) from core.dim_products where gone_since_date is null"
    assert shop.asks(listed) == [(4,)]
    held = shop.runs("batches", "list").stdout
    assert "held" in held


def amounts(told: dict[str, Any], table: str, column: str) -> list[Decimal]:
    """Return the amounts of the lines of one input table that count."""
    rows = [row for lines in told["lines"] if lines["table"] == table for row in lines["rows"]]
    return [Decimal(row[column]) for row in rows if row["standing"] == "counts"]


def test_a_net_amount_is_its_lines_less_its_refunds(shop: Shop) -> None:
    told = shop.traces("customer_360", "K1", "net_amount")
    lines = amounts(told, "input.transaction_lines", "net_amount")
    refunds = amounts(told, "input.refunds", "refund_amount")
    assert len(lines) > 1 and refunds == [Decimal("5.00")]
    assert Decimal(told["value"]) == sum(lines) - sum(refunds)


def test_a_trace_tells_which_statement_counts(shop: Shop) -> None:
    told = shop.traces("fct_transactions", "O1", "transaction_status")
    ((stated,),) = ([lines["rows"]] for lines in told["lines"])
    assert [(row["file_name"], row["line"], row["standing"]) for row in stated] == [
        ("orders_2.jsonl", 2, "counts"),
        ("orders_1.jsonl", 1, "does not count"),
        ("orders_1.jsonl", 2, "does not count"),
    ]


def test_a_statement_that_does_not_count_made_nothing(shop: Shop) -> None:
    steps = {step["table"] for step in shop.traces("--file", "orders_1.jsonl", "--line", "2")["steps"]}
    assert "core.fct_transactions" not in steps and "core.fct_transaction_statuses" in steps


def test_an_anonymous_sale_is_traced_to_what_links_it(shop: Shop) -> None:
    tables = {step["table"]: step for step in shop.traces("dim_customers", "K2")["steps"]}
    assert tables["input.customer_identifiers"]["row_count"] == 1
    assert "input.transactions" in tables["scores.customer_identities"]["whole"]
