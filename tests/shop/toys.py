"""Two retailers that nobody has, and what their systems drop day by day.

They stay apart from the grocer: one delivers nothing but sales, the other every entity by every kind of feed.
"""

from typing import Any

from tests.shop.batches import Row

Day = dict[str, list[Row]]
"""The rows of each file, `<system>/<name>.csv` or `.jsonl`."""


def sale(number: int) -> Row:
    return {
        "receipt": f"R{number}",
        "line": 1,
        "sold_at": f"2024-03-{1 + number % 28:02d} 1{number % 9}:00:00",
        "reader_card": f"C{number % 30}" if number % 5 else "",
        "isbn": f"978{number % 40}",
        "amount": f"{5 + number % 23}.50",
    }


SALES = [sale(number) for number in range(300)]

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


def stock(product: str, on_hand: str, day: str = "2024-03-01") -> Row:
    return {"day": day, "store_id": "S1", "product_id": product, "on_hand": on_hand, "available": on_hand}


def customer(number: str, household: str) -> Row:
    record = {"customer_id": number, "household_id": household, "age_band": "30-39", "gender": "f"}
    return record | {"city": "Berlin", "changed_at": "2024-01-01T00:00:00+01:00"}


def offer(number: str, reduction: str, minimum: str, at: str) -> Row:
    amounts = {"reduction": reduction, "from_amount": minimum, "currency": "EUR"}
    return {"offer_id": number, **amounts, "changed_at": at}


def opened(number: str, at: str) -> Row:
    return {"open_id": number, "campaign_id": "C1", "customer_id": "K1", "opened_at": at}


def tier(number: str, name: str, since: str) -> Row:
    return {"customer_id": number, "tier": name, "since": since}


FIRST_DAY: Day = {
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
    "erp/stock_1.csv": [stock("P1", "12"), stock("P2", "3")],
    "erp/sellers_1.csv": [seller("V1", NOON), seller("V2", NOON)],
    "erp/rates_1.csv": [{"day": "2024-02-28", "currency": "CHF", "rate": "1.050000"}],
    "crm/customers_1.csv": [customer("K1", "H1"), customer("K2", "H1"), customer("K3", "H2")],
    "ads/campaigns_1.csv": [
        {"campaign_id": "C1", "name": "Spring", "channel": "email", "started": "2024-02-25", "ended": "2024-03-10"}
    ],
    "ads/sends_1.csv": [{"campaign_id": "C1", "customer_id": "K1", "sent": "2024-02-26"}],
    "ads/offers_1.csv": [offer("V1", "5.00", "30.00", NOON), offer("V2", "2.00", "", NOON)],
    "ads/opens_1.csv": [opened("E1", "2024-02-26T23:30:00+00:00")],
    "crm/tiers_1.csv": [tier("K1", "bronze", "2024-01-01"), tier("K1", "silver", "2024-02-01")],
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
SECOND_DAY: Day = {
    "web/orders_2.jsonl": [
        order("O4", "cancelled", "2024-03-02T09:00:00+01:00", "K3"),
        order("O1", "shipped", "2024-03-02T08:00:00+01:00"),
        order("O5", "placed", NEXT_NOON, ordered_at=NEXT_NOON),
        order("O7", "placed", NEXT_NOON, "K2", ordered_at=NEXT_NOON),
        order("O8", "placed", NEXT_NOON, "K2", ordered_at=NEXT_NOON),
    ],
    "web/order_lines_2.csv": [line("O5", 1, "P2", "5.00", "V2"), line("O7", 1, "P1", "10.00")],
    "web/refunds_2.csv": [
        {"refund_id": "F1", "order_id": "O1", "amount": "5.00", "refunded_at": NEXT_NOON, "reason": "torn",
         "currency": "EUR"},
        {"refund_id": "F2", "order_id": "O7", "amount": "14.90", "refunded_at": NEXT_NOON, "reason": "late",
         "currency": "EUR"},
    ],
    "web/reviews_2.jsonl": [
        {"review_id": "R1", "order_id": "O1", "product_id": "P1", "customer_id": "K1", "stars": 5,
         "written_at": NEXT_NOON, "edited_at": NEXT_NOON}
    ],
    "erp/products_2.csv": products(4),
    "erp/stock_2.csv": [stock("P1", "10"), stock("P1", "7", "2024-03-02")],
    "erp/sellers_2.csv": [seller("V2", NEXT_NOON, is_deleted=True)],
    "erp/rates_2.csv": [{"day": "2024-03-01", "currency": "CHF", "rate": "1.100000"}],
    "ads/offers_2.csv": [offer("V1", "6.00", "30.00", NEXT_NOON)],
    "ads/opens_2.csv": [opened("E2", "2024-03-02T07:00:00+00:00")],
    "crm/tiers_2.csv": [tier("K1", "silver", "2024-02-15"), tier("K1", "gold", "2024-03-01")],
    "crm/erasures_2.csv": [{"customer_id": "K3", "asked_at": "2024-03-01T23:30:00+00:00"}],
    "crm/devices_2.csv": [{"customer_id": "K2", "device_id": "D9"}],
    "crm/deleted_2.csv": [{"customer_id": "K3", "deleted_at": "2024-03-02T00:00:00+01:00"}],
}  # fmt: skip

SALES_DAYS: tuple[Day, Day] = (
    {"shop/sales_1.csv": SALES[:120], "shop/sales_2.csv": SALES[100:200]},
    {"shop/sales_3.csv": SALES[200:]},
)
"""What the shop drops on two days; some sales are reported twice."""
SALES_WITH_FAULTS: Day = {
    "shop/sales_4.csv": [sale(number) for number in range(300, 400)] + [sale(400) | {"amount": "three"}],
    "shop/sales_5.csv": [sale(401) | {"sold_at": "yesterday"}],
}
EVERYTHING_WITH_FAULTS: Day = {
    "web/order_lines_3.csv": [line("O6", place, "P2", "5.00") for place in range(1, 101)]
    + [line("O6", 101, "P2", "three")],
    "web/orders_3.jsonl": [order("O6", "placed", NEXT_NOON, ordered_at=NEXT_NOON)],
    "web/payments_3.csv": [
        {"payment_id": "Z3", "order_id": "O6", "method": "card", "installments": "one", "amount": "5.00",
         "paid_at": NEXT_NOON, "currency": "EUR"}
    ],
}  # fmt: skip
"""A file with one row that is refused, and one that is refused whole."""
