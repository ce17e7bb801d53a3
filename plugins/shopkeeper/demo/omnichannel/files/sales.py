"""Tills, web shop, ERP: what is sold, paid, sent back, in stock, and at what price."""

from shopkeeper.demo.omnichannel.files.export import Export, columns, lines, packed
from shopkeeper.demo.omnichannel.files.stories import BIT

# A till's local time, and the story of the week in which British tills tell Chinese time.
TILLS_TIME = "local_time(paid_at, if(market = 'GB' and getvariable('is_wrong_zone'), 'CN', market))"
TILLS_DIRT = (
    f"dirt | if(market = 'GB' and getvariable('is_wrong_zone'), {BIT['wrong_time_zone']}, 0)::ubigint as dirt"
)
RECEIPT_LINES = f"""
    select lines.receipt_id as receipt_no, place_id as store_no, till_number as till,
        strftime({TILLS_TIME}, '%Y-%m-%d %H:%M:%S') as sold_at, ref(account_id) as member_id,
        line_number as line_no, product_id as article, unit_quantity as qty, unit_price_amount as price,
        lines.discount_amount as discount, lines.net_amount as amount,
        if(market = 'CN', 'CNY', 'GBP') as currency, coupon_id as coupon, row_id,
        {TILLS_DIRT}
    from receipt_lines as lines join planted_receipts as receipts using (receipt_id)
    order by receipt_id, line_number, dirt
"""
RECEIPTS = f"""
    select receipt_id as receipt_no, place_id as store_no, till_number as till,
        strftime({TILLS_TIME}, '%Y-%m-%d %H:%M:%S') as sold_at, ref(account_id) as member_id,
        goods_amount as goods, discount_amount as discount, net_amount as total, row_id,
        {TILLS_DIRT}
    from receipts order by receipt_id, dirt
"""
POS_REFUNDS = f"""
    select refund_id as refund_no, if(is_told(dirt, {BIT["return_without_order"]}), null, receipt_id)
            as receipt_no,
        if(is_told(dirt, {BIT["return_without_order"]}), null, line_number) as line_no, place_id as store_no,
        product_id as article, -unit_quantity as qty, -amount as amount, reason,
        strftime(local_time(refunded_at, place.market), '%Y-%m-%d %H:%M:%S') as sold_at, row_id, dirt
    from refunds join all_places as place using (place_id) where receipt_id is not null
    order by refund_id, dirt
"""
ORDERS = f"""
    select {
    packed(
        "order_id",
        "account := ref(account_id)",
        "channel",
        "ordered_at",
        "currency := if(orders.market = 'CN' or getvariable('is_currency_day'), 'CNY', 'GBP')",
        "coupon_id",
        f"receiver := if(is_told(dirt, {BIT['full_width_digits']}), name || '　', name)",
        "phone := spelled_phone(phone, orders.market, luck, dirt)",
        "email",
        "address",
        "goods_amount",
        "discount_amount",
        "delivery_amount",
        "net_amount",
    )
}, row_id, dirt | if(orders.market = 'GB' and getvariable('is_currency_day'), {
    BIT["currency_error"]
}, 0)::ubigint
        as dirt
    from (
        select orders.*, full_name(given, surname, orders.market) as name,
            phone_of(phone_key, orders.market) as phone, email_of(email_key, latin, orders.market) as email,
            address_of(address_key, place.market, city, district) as address
        from orders join all_cities as place on place.city_id = orders.city_id
    ) as orders order by order_id, dirt
"""
SECOND_BONS = f"""
    select receipt_id as bon, place_id as branch, till_number as desk,
        strftime({TILLS_TIME}, '%d.%m.%Y') as day, strftime({TILLS_TIME}, '%H:%M') as time,
        ref(account_id) as card, replace(printf('%.2f', net_amount), '.', ',') as total, row_id, {TILLS_DIRT}
    from receipts order by receipt_id, dirt
"""
SECOND_BON_LINES = f"""
    select lines.receipt_id as bon, line_number as line, 'A' || lpad(product_id::varchar, 6, '0') as article,
        unit_quantity as units, replace(printf('%.2f', lines.net_amount), '.', ',') as amount,
        if(market = 'CN', 'RMB', 'GBP') as money, row_id, {TILLS_DIRT}
    from receipt_lines as lines join planted_receipts as receipts using (receipt_id)
    order by receipt_id, line_number, dirt
"""
SECOND_SALES = [
    Export("second_pos/bons_{day}.csv", "receipts", "csv", SECOND_BONS, "events", ("receipts",),
           delimiter=";", is_second=True),
    Export("second_pos/bon_lines_{day}.csv", "receipt_lines", "csv", SECOND_BON_LINES, "events",
           ("receipt_lines",), delimiter=";", is_second=True),
]  # fmt: skip
PRODUCTS = """
    select 'A' || lpad(product_id::varchar, 6, '0') as article_no, product_id as article, category,
        subcategory, brand_id, name_zh, name_en, cost_cny, cost_gbp, list_cny,
        list_gbp, chr(65 + floor(4 * (1 - quality) * 0.999)::int) as grade, status > 0.65 as is_premium,
        sustainable > 0.65 as is_organic, healthy > 0.65 as is_healthy, traditional > 0.5 as is_classic,
        spicy > 0.5 as is_spicy, launched_date,
        if(withdrawn_date <= getvariable('today'), withdrawn_date, null) as withdrawn_date, row_id, dirt
    from (select product_id, row_id, dirt from products) join all_products using (product_id)
"""
SALES = [
    Export("pos/receipt_lines_{day}.csv.gz", "receipt_lines", "csv.gz", RECEIPT_LINES, "events",
           ("receipt_lines",), is_restated=True),
    Export("pos/receipts_{day}.csv.gz", "receipts", "csv.gz", RECEIPTS, "events", ("receipts",)),
    Export("pos/refunds_{day}.csv.gz", "refunds", "csv.gz", POS_REFUNDS, "events", ("refunds",)),
    columns("pos/payments_{day}.csv.gz", "payments", "csv.gz", "events", "payment_id",
            "receipt_no := receipt_id", "method", "amount", where="receipt_id is not null"),
    Export("web_shop/orders_{day}.jsonl", "orders", "jsonl", ORDERS, "events", ("orders",), is_restated=True),
    lines("web_shop/order_lines_{day}.jsonl", "order_lines", "events", "order_id", "line_number",
          "product_id",
          "unit_quantity", "unit_price_amount", "discount_amount", "net_amount"),
    lines("web_shop/order_statuses_{day}.jsonl", "order_statuses", "upserts (changes for days)", "order_id",
          "status", "changed_at"),
    lines("web_shop/payments_{day}.jsonl", "payments", "events", "payment_id", "order_id", "method", "amount",
          "paid_at", where="order_id is not null"),
    lines("web_shop/refunds_{day}.jsonl", "refunds", "events", "refund_id",
          f"order_id := if(is_told(dirt, {BIT['return_without_order']}), null, order_id)",
          f"line_number := if(is_told(dirt, {BIT['return_without_order']}), null, line_number)", "product_id",
          "unit_quantity", "amount", "reason", "refunded_at", where="order_id is not null"),
    Export("erp/products_{day}.parquet", "products", "parquet", PRODUCTS, "snapshot, weekly", ("products",)),
    columns("erp/places_{day}.csv", "places", "csv", "snapshot, weekly", "* exclude (row_id, dirt, luck)"),
    columns("erp/prices_{day}.parquet", "prices", "parquet", "snapshot", "* exclude (row_id, dirt, luck)"),
    columns("erp/stock_{day}.parquet", "stock", "parquet", "snapshot",
            "* exclude (row_id, dirt, luck, lost_units)"),
]  # fmt: skip
