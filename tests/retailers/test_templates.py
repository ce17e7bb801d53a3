"""Each template of a shop system builds from a few invented rows of its export, with the shop's own figures."""

import csv
from decimal import Decimal

import pytest
from tests.shop.batches import Row
from tests.shop.commands import Shop
from tests.shop.dictionaries import described
from tests.shop.leaks import Planted, leaks

from shopkeeper.contracts.registry import read_catalog
from shopkeeper.paths import RETAILERS, Home, RetailerPaths

pytestmark = pytest.mark.slow

SHOPIFY: list[Row] = [
    {"Name": "#1001", "Email": "ada@example.com", "Financial Status": "paid", "Fulfillment Status": "fulfilled",
     "Paid at": "2025-10-07 09:50:26 +0200", "Currency": "EUR", "Shipping": "4.90", "Taxes": "3.10",
     "Created at": "2025-10-07 09:50:20 +0200", "Lineitem quantity": 2, "Lineitem name": "Cup - blue",
     "Lineitem price": "10.00", "Lineitem sku": "CUP-B", "Lineitem discount": "1.50", "Notes": "ring twice\nplease or call 0151 23456789"},
    {"Name": "#1001", "Created at": "2025-10-07 09:50:20 +0200", "Lineitem quantity": 1, "Lineitem name": "Pot",
     "Lineitem price": "39.00", "Lineitem sku": "POT", "Lineitem discount": "0.00"},
    {"Name": "#1002", "Email": "Ada@example.com", "Financial Status": "voided", "Currency": "EUR", "Shipping": "0.00",
     "Created at": "2025-10-08 11:00:00 +0200", "Cancelled at": "2025-10-08 12:00:00 +0200", "Lineitem quantity": 1,
     "Lineitem name": "Pot", "Lineitem price": "39.00", "Lineitem sku": "POT"},
]  # fmt: skip
WOOCOMMERCE: list[Row] = [
    {"order_id": 71, "date": "2025-10-07 09:50:26", "status": "completed", "shipping_total": "4.90", "tax_total": "7.41",
     "order_currency": "EUR", "customer_id": 5, "item_id": 301, "item_product_id": 12, "item_quantity": 2,
     "item_subtotal": "20.00", "item_total": "18.50", "customer_note": "mail me: ada@example.com"},
    {"order_id": 71, "date": "2025-10-07 09:50:26", "status": "completed", "shipping_total": "4.90", "tax_total": "7.41",
     "order_currency": "EUR", "customer_id": 5, "item_id": 302, "item_product_id": 13, "item_quantity": 1,
     "item_subtotal": "39.00", "item_total": "39.00"},
    {"order_id": 72, "date": "2025-10-08 10:00:00", "status": "cancelled", "shipping_total": "0.00", "tax_total": "0.00",
     "order_currency": "EUR", "customer_id": 0, "item_id": 303, "item_product_id": 13, "item_quantity": 1,
     "item_subtotal": "39.00", "item_total": "39.00"},
]  # fmt: skip
YOUZAN: list[Row] = [
    {"订单号": "E1", "订单状态": "交易完成", "订单创建时间": "2026-06-19 10:00:00", "商品金额合计": "60.00", "运费": "6.00",
     "店铺优惠合计": "2.50", "应收订单金额": "63.50", "买家手机号": "00000000001", "买家备注": "请打 13954321678", "全部商品名称": "茶壶\n茶杯"},
    {"订单号": "E2", "订单状态": "交易关闭", "订单创建时间": "2026-06-20 10:00:00", "商品金额合计": "39.00", "运费": "0.00",
     "店铺优惠合计": "0", "买家手机号": "00000000002"},
]  # fmt: skip
EXPORTS = {"shopify": SHOPIFY, "woocommerce": WOOCOMMERCE, "youzan": YOUZAN}


@pytest.fixture(scope="module", params=EXPORTS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    name = f"template_{request.param}"
    shop = Shop(name, tmp_path_factory.mktemp(name) / "home")
    contract = read_catalog(RetailerPaths(RETAILERS / name).contracts).contract("shop", "orders")
    file = shop.home / "inbox" / "shop" / "orders_export_1.csv"
    file.parent.mkdir(parents=True)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, [column.name for column in contract.columns])
        writer.writeheader()
        writer.writerows(EXPORTS[request.param])
    shop.refreshes()
    return shop


def test_every_table_is_described_and_every_column_traced(shop: Shop) -> None:
    described(Home(shop.home))


def test_an_order_has_its_lines_and_its_charges(shop: Shop) -> None:
    amounts = "select net_amount, freight_amount from core.fct_transactions"
    ((net, freight),) = shop.asks(amounts)
    assert net == Decimal("57.50")
    assert freight in (Decimal("4.90"), Decimal("6.00"))


def test_a_cancelled_order_of_a_template_counts_nowhere(shop: Shop) -> None:
    assert shop.asks("select net_amount from core.fct_cancelled_transactions") == [(Decimal("39.00"),)]


def test_a_buyer_is_known_without_an_address(shop: Shop) -> None:
    buyers = [buyer for (buyer,) in shop.asks("select customer_id from marts.customer_360")]
    assert buyers
    assert not [buyer for buyer in buyers if "@" in buyer or buyer.startswith("0000")]


def test_a_buyers_note_names_nobody(shop: Shop) -> None:
    assert leaks(shop.home, Planted(["ada@example.com", "0151 23456789", "13954321678"])) == {}
