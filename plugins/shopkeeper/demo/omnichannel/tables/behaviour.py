"""What people do: visits, clicks, orders, receipts."""

import pyarrow as pa

from shopkeeper.demo.omnichannel.tables.grammar import CODE, ID, INSTANT, KEY, MONEY, PERSON, declare

EVENT_KINDS = (
    "open", "view_page", "view_product", "search", "add_to_cart", "remove_from_cart",
    "login", "checkout", "purchase",
)  # fmt: skip

visits = declare(
    "visits", "One visit to a store, the web shop, the app or the mini-program.", "visit_id",
    ("visit_id", ID, "The visit"),
    ("person_id", PERSON, "Who (truth)"),
    ("channel", CODE, "store, web, app or mini_program"),
    ("place_id", pa.int16(), "The store, or the warehouse that serves a screen"),
    ("started_at", INSTANT, "First moment"),
    ("device_id", ID, "The device; null in a store"),
    ("anonymous_id", KEY, "Cookie or installation; null in a store; changes when cookies are cleared"),
    ("account_id", ID, "The account that logged in; null: anonymous"),
    ("source", CODE, "direct, organic, search, social, display, video, email, message, push; store: walk_in"),
    ("campaign_id", pa.int32(), "Campaign whose link was followed; null: none"),
)  # fmt: skip

events = declare(
    "events", "One event of a visit on a screen.", "event_id",
    ("event_id", ID, "The event"),
    ("visit_id", ID, "The visit"),
    ("person_id", PERSON, "Who (truth)"),
    ("channel", CODE, "web, app or mini_program"),
    ("occurred_at", INSTANT, "When, by a right clock"),
    ("kind", CODE, ", ".join(EVENT_KINDS)),
    ("product_id", pa.int32(), "The product; null: none"),
    ("category", CODE, "Category of a page or a search; null: none"),
    ("query_key", KEY, "Randomness from which the words of a search are drawn; null: no search"),
    ("result_count", pa.int32(), "Results of a search, 0: failed; null: no search"),
    ("order_id", ID, "The order of a purchase; null: none"),
    ("is_logged_in", pa.bool_(), "After the login of the visit"),
)  # fmt: skip

LINE_COLUMNS = (
    ("line_number", pa.int16(), "From 1"),
    ("product_id", pa.int32(), "The product"),
    ("unit_quantity", pa.int32(), "Units"),
    ("unit_price_amount", MONEY, "Price of a unit"),
    ("discount_amount", MONEY, "Share of the coupon"),
    ("net_amount", MONEY, "quantity * price - discount"),
    ("wanted_product_id", pa.int32(), "Wanted first, but out of stock (truth); null: this one"),
)

orders = declare(
    "orders", "One order placed on a screen.", "order_id",
    ("order_id", ID, "The order"),
    ("person_id", PERSON, "Who (truth)"),
    ("account_id", ID, "Account in the web shop, the app or the mini-program; null: guest"),
    ("visit_id", ID, "The visit in which it was placed"),
    ("channel", CODE, "web, app or mini_program"),
    ("market", CODE, "CN or GB; says the currency too"),
    ("place_id", pa.int16(), "Warehouse that ships it"),
    ("ordered_at", INSTANT, "When"),
    ("phone_key", KEY, "Phone for the delivery"),
    ("email_key", KEY, "E-mail for the invoice; null: none"),
    ("address_key", KEY, "Address of the delivery"),
    ("city_id", pa.int16(), "City of the delivery"),
    ("coupon_id", ID, "Coupon used; null: none"),
    ("goods_amount", MONEY, "Lines at the prices charged"),
    ("discount_amount", MONEY, "Taken off by the coupon"),
    ("delivery_amount", MONEY, "Delivery fee"),
    ("net_amount", MONEY, "goods - discount, without delivery"),
    ("promised_days", pa.int16(), "Days of delivery promised"),
    ("taken_days", pa.int16(), "Days of delivery taken"),
)  # fmt: skip

order_lines = declare(
    "order_lines", "One product of an order.", "order_id line_number",
    ("order_id", ID, "The order"),
    *LINE_COLUMNS,
)  # fmt: skip

order_statuses = declare(
    "order_statuses", "One status that an order takes.", "order_id status",
    ("order_id", ID, "The order"),
    ("status", CODE, "placed, paid, shipped, delivered, cancelled or returned"),
    ("changed_at", INSTANT, "When"),
)  # fmt: skip

receipts = declare(
    "receipts", "One receipt of a till.", "receipt_id",
    ("receipt_id", ID, "The receipt"),
    ("person_id", PERSON, "Who (truth)"),
    ("account_id", ID, "Loyalty account whose card was shown; null: anonymous"),
    ("visit_id", ID, "The visit"),
    ("market", CODE, "CN or GB; says the currency too"),
    ("place_id", pa.int16(), "The store"),
    ("till_number", pa.int16(), "The till"),
    ("paid_at", INSTANT, "When"),
    ("coupon_id", ID, "Coupon used; null: none"),
    ("goods_amount", MONEY, "Lines at the prices charged"),
    ("discount_amount", MONEY, "Taken off by the coupon"),
    ("net_amount", MONEY, "goods - discount"),
)  # fmt: skip

receipt_lines = declare(
    "receipt_lines", "One product of a receipt.", "receipt_id line_number",
    ("receipt_id", ID, "The receipt"),
    *LINE_COLUMNS,
)  # fmt: skip

payments = declare(
    "payments", "One payment of an order or a receipt.", "payment_id",
    ("payment_id", ID, "The payment"),
    ("order_id", ID, "The order; null: a receipt"),
    ("receipt_id", ID, "The receipt; null: an order"),
    ("method", CODE, "card, cash, alipay, wechat_pay or paypal"),
    ("amount", MONEY, "Paid, with delivery"),
    ("paid_at", INSTANT, "When"),
)  # fmt: skip

refunds = declare(
    "refunds", "One line brought or sent back.", "refund_id",
    ("refund_id", ID, "The refund"),
    ("person_id", PERSON, "Who (truth)"),
    ("order_id", ID, "The order; null: a receipt"),
    ("receipt_id", ID, "The receipt; null: an order"),
    ("line_number", pa.int16(), "The line"),
    ("product_id", pa.int32(), "The product"),
    ("place_id", pa.int16(), "Where it came back to"),
    ("unit_quantity", pa.int32(), "Units"),
    ("amount", MONEY, "Paid back"),
    ("reason", CODE, "fit, quality, late, changed_mind or damaged"),
    ("refunded_at", INSTANT, "When"),
)  # fmt: skip

lost_sales = declare(
    "lost_sales", "One product that somebody wanted and did not get (truth).",
    "person_id wanted_at product_id",
    ("person_id", PERSON, "The person"),
    ("visit_id", ID, "The visit"),
    ("place_id", pa.int16(), "The place"),
    ("product_id", pa.int32(), "The product"),
    ("unit_quantity", pa.int32(), "Units"),
    ("wanted_at", INSTANT, "When"),
    ("outcome", CODE, "substituted, left_out"),
)  # fmt: skip
