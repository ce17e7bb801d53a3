"""What each system exports: one query a file; ``row_id`` is the planted row, and is not written."""

from dataclasses import dataclass

from shopkeeper.demo.omnichannel.tables import TABLES

MACROS = """
    create macro local_time(instant, market) as
        instant at time zone if(market = 'CN', 'Asia/Shanghai', 'Europe/London');
    create macro phone_of(key, market) as if(market = 'CN',
        '1' || (30 + key % 70)::varchar || lpad((key // 97 % 100000000)::varchar, 8, '0'),
        '07' || lpad((key // 97 % 1000000000)::varchar, 9, '0'));
    create macro email_of(key) as 'p' || (key % 1000000000)::varchar || '@example.' || if(key % 2 = 0,
    'com', 'cn');
    create macro address_of(key, city) as (1 + key % 300)::varchar || ' ' || city || ' Road';
    create macro name_of(key) as 'Person ' || (key % 100000)::varchar;
"""


@dataclass(frozen=True)
class Export:
    """One kind of file: its place, the clean table it stands for, its format, and how it is made of it.

    With a ``query`` DuckDB makes it from ``inputs``; without one the table is written as it is, less
    ``hidden``.
    """

    place: str
    table: str
    format: str
    query: str = ""
    inputs: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    encoding: str = "utf-8"
    is_hourly: bool = False


def has_integer_key(table: str) -> bool:
    """Return whether a table's rows have one integer key, or one and a line number."""
    key = TABLES[table].key
    return key[0].endswith("_id") and (len(key) == 1 or key[1:] == ("line_number",))


def row_id_of(table: str) -> str:
    """Return SQL for a planted row's id: its integer key, or key * 1000 + line, or its place in the day."""
    key = TABLES[table].key
    if not has_integer_key(table):
        return f"{table}.row_number"
    if len(key) == 1:
        return f"{table}.{key[0]}::bigint"
    return f"({table}.{key[0]} * 1000 + {table}.line_number)::bigint"


def _plain(place: str, table: str, format: str, *hidden: str, encoding: str = "utf-8") -> Export:
    return Export(place, table, format, hidden=hidden, encoding=encoding)


def _lines(place: str, table: str, *columns: str) -> Export:
    packed = ", ".join(column if ":=" in column else f"{column} := {column}" for column in columns)
    line = f"to_json(struct_pack({packed}))::varchar || chr(10) as line"
    return Export(
        place, table, "jsonl", f"select {line}, {row_id_of(table)} as row_id from {table}", (table,)
    )


CRM = f"""
    select 'C' || lpad(account_id::varchar, 9, '0') as customer_no, name_of(person.name_key) as name, sex,
        birth_date, phone_of(phone_key, person.market) as phone, email_of(email_key) as email,
        address_of(address_key, city.name_key) as address, city.name_key as city,
        strftime(local_time(opened_at, person.market), '%Y/%m/%d %H:%M') as opened,
        {row_id_of("accounts")} as row_id
    from accounts join all_persons as person using (person_id) join all_cities as city using (city_id)
    where accounts.system = 'crm' order by account_id
"""
MEMBERS = f"""
    select account_id as member_id, name_of(person.name_key) as name, phone_of(phone_key,
    person.market) as mobile,
        strftime(opened_at, '%Y-%m-%d') as joined_on, {row_id_of("accounts")} as row_id
    from accounts join all_persons as person using (person_id)
    where accounts.system = 'loyalty' order by account_id
"""
ACCOUNTS = f"""
    select to_json(struct_pack(uid := account_id, kind := accounts.system, name := name_of(person.name_key),
        phone := phone_of(phone_key, person.market), email := email_of(email_key),
        linked := referrer_account_id, created := opened_at))::varchar || chr(10) as line,
        {row_id_of("accounts")} as row_id
    from accounts join all_persons as person using (person_id)
    where accounts.system in ('web_shop', 'app', 'mini_program', 'social') order by account_id
"""
TILLS = f"""
    select receipts.receipt_id as receipt_no, place_id as store_no, till_number as till,
        strftime(local_time(paid_at, market), '%Y-%m-%d %H:%M:%S') as sold_at, account_id as member_id,
        receipt_lines.line_number as line_no, product_id as article, unit_quantity as qty,
        unit_price_amount as price, receipt_lines.discount_amount as discount, receipt_lines.net_amount as
        amount,
        if(market = 'CN', 'CNY', 'GBP') as currency, coupon_id as coupon,
        {row_id_of("receipt_lines")} as row_id
    from receipt_lines join receipts using (receipt_id) order by receipts.receipt_id,
    receipt_lines.line_number
"""
EVENTS = f"""
    select to_json(struct_pack(event_id := event_id, ts := occurred_at, type := kind,
    channel := events.channel,
        anonymous_id := anonymous_id::varchar, user_id := if(is_logged_in, account_id, null),
        session := visits.visit_id, device := device_id, product := product_id, category := category,
        results := result_count, order_id := order_id, utm_source := if(kind = 'open', source, null),
        utm_campaign := if(kind = 'open', campaign_id, null)))::varchar || chr(10) as line,
        {row_id_of("events")} as row_id, date_part('hour', occurred_at)::int as hour
    from events join visits using (visit_id) order by event_id
"""
EXPORTS = [
    Export("crm/customers_{day}.csv", "accounts", "csv", CRM, ("accounts",), encoding="gb18030"),
    Export("loyalty/members_{day}.csv", "accounts", "csv", MEMBERS, ("accounts",)),
    Export("web_shop/accounts_{day}.jsonl", "accounts", "jsonl", ACCOUNTS, ("accounts",)),
    Export("pos/receipt_lines_{day}.csv.gz", "receipt_lines", "csv.gz", TILLS, ("receipt_lines", "receipts")),
    Export("clickstream/events_{day}.jsonl", "events", "jsonl", EVENTS, ("events", "visits"), is_hourly=True),
    _plain("crm/account_changes_{day}.csv", "account_changes", "csv", "person_id", encoding="gb18030"),
    _plain("pos/receipts_{day}.csv.gz", "receipts", "csv.gz", "person_id", "visit_id"),
    _lines("web_shop/orders_{day}.jsonl", "orders", "order_id", "account_id", "ordered_at", "market",
    "city_id",
           "coupon_id", "phone := phone_of(phone_key, market)", "address := address_key", "goods_amount",
           "discount_amount", "delivery_amount", "net_amount"),
    _lines("web_shop/order_lines_{day}.jsonl", "order_lines", "order_id", "line_number", "product_id",
           "unit_quantity", "unit_price_amount", "discount_amount", "net_amount"),
    _lines("web_shop/order_statuses_{day}.jsonl", "order_statuses", "order_id", "status", "changed_at"),
    _lines("web_shop/payments_{day}.jsonl", "payments", "payment_id", "order_id", "receipt_id", "method",
    "amount",
           "paid_at"),
    _lines("web_shop/refunds_{day}.jsonl", "refunds", "refund_id", "order_id", "receipt_id", "line_number",
           "product_id", "unit_quantity", "amount", "reason", "refunded_at"),
    _plain("erp/products_{day}.parquet", "products", "parquet"),
    _plain("erp/places_{day}.parquet", "places", "parquet"),
    _plain("erp/prices_{day}.parquet", "prices", "parquet"),
    _plain("erp/stock_{day}.parquet", "stock", "parquet", "lost_units"),
    _plain("loyalty/points_{day}.csv", "loyalty_entries", "csv", "person_id"),
    _plain("loyalty/tiers_{day}.csv", "loyalty_tiers", "csv", "person_id"),
    _plain("marketing/campaigns_{day}.csv", "campaigns", "csv"),
    _plain("marketing/offers_{day}.csv", "offers", "csv"),
    _plain("marketing/sends_{day}.csv", "sends", "csv", "person_id"),
    _plain("marketing/coupons_{day}.csv", "coupons", "csv", "person_id"),
    _plain("advertising/impressions_{day}.csv", "impressions", "csv", "person_id"),
    _plain("advertising/spend_{day}.csv", "spend", "csv"),
    _lines("social/texts_{day}.jsonl", "texts", "text_id", "kind", "account_id", "written_at", "language",
           "product_id", "order_id", "receipt_id", "reference_id", "rating", "words := template_key"),
    _lines("social/reactions_{day}.jsonl", "reactions", "text_id", "counted_at", "like_count", "share_count"),
    _plain("surveys/surveys_{day}.csv", "surveys", "csv", "person_id", "felt_satisfaction"),
    _lines("service/tickets_{day}.jsonl", "tickets", "ticket_id", "account_id", "channel", "reason",
    "order_id",
           "receipt_id", "opened_at", "closed_at"),
    _plain("consents/consents_{day}.csv", "consents", "csv", "person_id"),
    _plain("experiments/assignments_{day}.csv", "experiment_assignments", "csv", "person_id"),
    _plain("surroundings/weather_{day}.csv", "weather", "csv"),
    _plain("surroundings/holidays_{day}.csv", "holidays", "csv"),
    _plain("surroundings/cities_{day}.csv", "cities", "csv"),
    _plain("surroundings/market_report_{month}.csv", "market_reports", "csv"),
    _plain("surroundings/competitor_prices_{day}.csv", "competitor_prices", "csv"),
]  # fmt: skip
