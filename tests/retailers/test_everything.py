"""The shop with every entity: what each delivery does to the facts, in any order of arrival."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.shop.commands import Row, Shop

NOON = "2024-03-01T12:00:00+01:00"
NEXT_NOON = "2024-03-02T12:00:00+01:00"


def order(number: str, status: str, at: str, customer: str | None = "K1", **more: Any) -> Row:
    plain = {
        "order_id": number,
        "customer_id": customer,
        "device_id": None,
        "store_id": "S1",
        "status": status,
        "ordered_at": NOON,
        "updated_at": at,
        "shipping": "4.90",
        "tax": "0.00",
        "currency": "EUR",
    }
    return plain | more


def line(number: str, place: int, product: str, amount: str, seller: str = "V1", **more: Any) -> Row:
    plain = {
        "order_id": number,
        "line_no": place,
        "product_id": product,
        "seller_id": seller,
        "quantity": 1,
        "amount": amount,
        "discount": "0.00",
        "currency": "EUR",
    }
    return plain | more


def products(count: int) -> list[Row]:
    return [
        {"product_id": f"P{number}", "name": f"Shoe {number}", "category": "Shoes", "own_brand": number == 1}
        for number in range(1, count + 1)
    ]


def seller(number: str, at: str, is_deleted: bool = False) -> Row:
    return {"seller_id": number, "name": number, "region": "BE", "changed_at": at, "is_deleted": is_deleted}


def customer(number: str, household: str) -> Row:
    record = {"customer_id": number, "household_id": household, "age_band": "30-39", "gender": "f"}
    return record | {"city": "Berlin", "changed_at": "2024-01-01T00:00:00+01:00"}


FIRST_DAY: dict[str, list[Row]] = {
    "web/orders_1.jsonl": [
        order("O1", "placed", NOON),
        order("O1", "paid", "2024-03-01T12:05:00+01:00"),
        order("O2", "placed", NOON, None, device_id="D9"),
        order("O3", "placed", NOON, "K2", currency="CHF"),
        order("O4", "placed", NOON, "K3"),
    ],
    "web/order_lines_1.csv": [
        line("O1", 1, "P1", "20.00", quantity=2, discount="1.00"),
        line("O1", 2, "P2", "5.00", "V2"),
        line("O2", 1, "P1", "10.00"),
        line("O3", 1, "P3", "100.00", currency="CHF"),
        line("O4", 1, "P2", "5.00", "V2"),
    ],
    "web/payments_1.csv": [
        {"payment_id": "Z1", "order_id": "O1", "method": "card", "installments": 3, "amount": "20.00",
         "paid_at": NOON, "currency": "EUR"},
        {"payment_id": "Z2", "order_id": "O1", "method": "voucher", "installments": 1, "amount": "9.90",
         "paid_at": NOON, "currency": "EUR"},
    ],
    "erp/products_1.csv": products(5),
    "erp/stores_1.csv": [{"store_id": "S1", "name": "Mitte", "place_id": "L1"}],
    "erp/places_1.csv": [{"place_id": "L1", "city": "Berlin", "country": "DE"}],
    "erp/sellers_1.csv": [seller("V1", NOON), seller("V2", NOON)],
    "erp/rates_1.csv": [{"day": "2024-02-28", "currency": "CHF", "rate": "1.050000"}],
    "crm/customers_1.csv": [customer("K1", "H1"), customer("K2", "H1"), customer("K3", "H2")],
    "ads/campaigns_1.csv": [
        {"campaign_id": "C1", "name": "Spring", "channel": "email", "started": "2024-02-25", "ended": "2024-03-10"}
    ],
    "ads/sends_1.csv": [{"campaign_id": "C1", "customer_id": "K1", "sent": "2024-02-26"}],
    "ads/clicks_1.csv": [
        {"click_id": "X1", "device_id": "D9", "channel": "search_ad", "campaign_id": "",
         "clicked_at": "2024-03-01T09:00:00+01:00"}
    ],
    "ads/spend_1.csv": [
        {"channel": "email", "campaign_id": "C1", "day": "2024-02-26", "amount": "12.00", "impressions": 2,
         "clicks": 1, "currency": "EUR"}
    ],
    "ads/coupons_1.csv": [
        {"coupon_id": "Q1", "campaign_id": "C1", "customer_id": "K1", "redeemed": "2024-03-01"}
    ],
    "ads/banners_1.csv": [{"product_id": "P1", "started": "2024-03-01", "ended": "2024-03-02"}] * 2,
}  # fmt: skip
SECOND_DAY: dict[str, list[Row]] = {
    "web/orders_2.jsonl": [
        order("O4", "cancelled", "2024-03-02T09:00:00+01:00", "K3"),
        order("O1", "shipped", "2024-03-02T08:00:00+01:00"),
        order("O5", "placed", NEXT_NOON, ordered_at=NEXT_NOON),
    ],
    "web/order_lines_2.csv": [line("O5", 1, "P2", "5.00", "V2")],
    "web/refunds_2.csv": [
        {"refund_id": "F1", "order_id": "O1", "amount": "5.00", "refunded_at": NEXT_NOON, "reason": "torn",
         "currency": "EUR"}
    ],
    "web/reviews_2.jsonl": [
        {"review_id": "R1", "order_id": "O1", "product_id": "P1", "customer_id": "K1", "stars": 5,
         "written_at": NEXT_NOON, "edited_at": NEXT_NOON}
    ],
    "erp/products_2.csv": products(4),
    "erp/sellers_2.csv": [seller("V2", NEXT_NOON, is_deleted=True)],
    "erp/rates_2.csv": [{"day": "2024-03-01", "currency": "CHF", "rate": "1.100000"}],
    "crm/devices_2.csv": [{"customer_id": "K2", "device_id": "D9"}],
    "crm/deleted_2.csv": [{"customer_id": "K3", "deleted_at": "2024-03-02T00:00:00+01:00"}],
}  # fmt: skip


def visited(folder: Path, *days: dict[str, list[Row]]) -> Shop:
    """Return the shop after a refresh for each of these days."""
    shop = Shop("toy_everything", folder)
    for day in days:
        for place, rows in day.items():
            shop.drops(place, rows)
        shop.refreshes()
    return shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return visited(tmp_path_factory.mktemp("everything") / "home", FIRST_DAY, SECOND_DAY)


def test_the_newest_state_of_an_order_counts(shop: Shop) -> None:
    orders = "select transaction_id, transaction_status from core.fct_transactions order by 1"
    assert shop.asks(orders) == [("O1", "shipped"), ("O2", "placed"), ("O3", "placed"), ("O5", "placed")]


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


def test_a_later_rate_of_the_day_revalues_old_sales(shop: Shop) -> None:
    revenue = "select revenue_amount, reporting_revenue_amount from core.fct_transactions"
    assert shop.asks(f"{revenue} where currency_code = 'CHF'") == [(Decimal("100.00"), Decimal("110.00"))]


def test_a_currency_without_a_rate_is_named_with_its_days(tmp_path: Path) -> None:
    shop = Shop("toy_everything", tmp_path / "home")
    for place in ("web/orders_1.jsonl", "web/order_lines_1.csv"):
        shop.drops(place, FIRST_DAY[place])
    refused = shop.runs("refresh", "--local")
    assert (refused.returncode, refused.stderr.strip().count("\n")) == (2, 0)
    assert "CHF (2024-03-01 to 2024-03-01, days with sales: 1): deliver exchange_rates" in refused.stderr


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


def test_what_the_newest_snapshot_lacks_is_gone(shop: Shop) -> None:
    gone = "select product_id from core.dim_products where gone_since_date is not null"
    assert shop.asks(gone) == [("P5",)]


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


def test_the_days_in_steps_equal_a_full_rebuild(shop: Shop, tmp_path: Path) -> None:
    before = shop.contents("core", "features", "marts")
    shop.refreshes("--full")
    assert shop.contents("core", "features", "marts") == before


def test_the_days_in_the_other_order_end_the_same(shop: Shop, tmp_path: Path) -> None:
    late = {place: rows for place, rows in FIRST_DAY.items() if not place.startswith("erp/products")}
    early = SECOND_DAY | {"erp/products_1.csv": FIRST_DAY["erp/products_1.csv"]}
    del early["erp/products_2.csv"]
    last = {"erp/products_2.csv": SECOND_DAY["erp/products_2.csv"]}
    turned = visited(tmp_path / "home", early, late | last)
    # Segments keep their numbers from version to version, so that they know their history.
    assert turned.contents("core", "features") == shop.contents("core", "features")


def test_a_snapshot_cut_short_is_held(tmp_path: Path, shop: Shop) -> None:
    shop.drops("erp/products_3.csv", products(1))
    shop.refreshes()
    listed = "select count(*) from core.dim_products where gone_since_date is null"
    assert shop.asks(listed) == [(4,)]
    held = shop.runs("batches", "list").stdout
    assert "held" in held
