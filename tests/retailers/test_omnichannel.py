"""The omnichannel retailer: the demo world's files land, add up to the files, and end the same however they come."""

import csv
import gzip
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from tests.plugins.pipeline.processes import Nursery
from tests.shop.batches import Row
from tests.shop.commands import Shop
from tests.shop.dictionaries import described
from tests.shop.leaks import Planted, leaks, texts_of

from shopkeeper.landing import read_receipts, refusal_ids
from shopkeeper.paths import Home

pytestmark = pytest.mark.slow

WORLD = ("demo", "omnichannel", "--customers", "60", "--seed", "5")
EARLY = "dirt: {truncated_day: 2, wrong_zone_from_day: 2, migration_day: 3, merged_share: 0.5, merged_from_day: 4, personal_data_in_url: 0.3}\n"
PROGRAMME = "programme: {from_day: 2}\n"
"""What comes once in a year comes in the first days."""

TOTALS = dict[tuple[str, str], Decimal]


@pytest.fixture(scope="module")
def nursery(nurseries: Callable[[str], Nursery]) -> Nursery:
    return nurseries("omnichannel")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Shop:
    """The shop after four days, refreshed on the third and on the fourth; `files` keeps what was dropped."""
    shop = Shop("omnichannel", tmp_path_factory.mktemp("omnichannel") / "home")
    world = shop.home.with_name("early.yml")
    world.write_text(EARLY + PROGRAMME)
    for days in ("3", "4"):
        dropped = shop.runs(*WORLD, "--world", str(world), "--days", days)
        assert dropped.returncode == 0, dropped.stderr
        if days == "4":
            drop_by_hand(shop)
        shutil.copytree(shop.home / "inbox", files(shop), dirs_exist_ok=True)
        refreshed(nursery, shop.home)
    return shop


def files(shop: Shop) -> Path:
    return shop.home.with_name("files")


def drop_by_hand(shop: Shop) -> None:
    """Drop a crawler's visit, a person's, an order paid at once and cancelled, and a consent that is withdrawn."""
    crawled = [event(f"X{second}", "X", second, type="view_product", product="7") for second in range(12)]
    typed = f"/en/?who={quote(quote(TYPED_EMAIL))}&utm_source=direct#{TYPED_PHONE}"
    visited = [event(f"V{step}", "V", 20 * step, type="view_page", url=typed) for step in range(11)]
    missed = event("V11", "V", 240, type="search", query="lychee", results=0)
    shop.drops("clickstream/events_by_hand.jsonl", [*crawled, *visited, missed])
    plain = {"channel": "web", "currency": "GBP", "goods_amount": "9.00", "net_amount": "9.00"}
    order = {"order_id": "H1", "account": "H", "ordered_at": f"{NOON}+00", **plain}
    unknown = ("coupon_id", "receiver", "phone", "email", "address", "discount_amount", "delivery_amount")
    shop.drops("web_shop/orders_by_hand.jsonl", [dict.fromkeys(unknown) | order])
    line = {
        "order_id": "H1",
        "line_number": 1,
        "product_id": "7",
        "unit_quantity": 1,
        "unit_price_amount": "9.00",
    }
    shop.drops("web_shop/order_lines_by_hand.jsonl", [line | {"discount_amount": None, "net_amount": "9.00"}])
    taken = [("placed", f"{NOON}+00"), ("paid", f"{NOON}+00"), ("cancelled", "2025-01-03 12:30:00.5+00")]
    statuses = [{"order_id": "H1", "status": status, "changed_at": at} for status, at in taken]
    shop.drops("web_shop/order_statuses_by_hand.jsonl", statuses)
    said = [("true", "01"), ("true", "02"), ("false", "03")]
    consents = [
        {
            "customer_no": "H",
            "purpose": "email",
            "is_given": given,
            "stated_at": f"2025-01-{day} 12:00:00.000000Z",
        }
        for given, day in said
    ]
    shop.drops("consents/consents_by_hand.csv", consents)
    drop_of_marketing(shop)


def drop_of_marketing(shop: Shop) -> None:
    """Drop a message that is opened, one that bounces, an open that is of no message, tiers, an offer, deletions."""
    message = {"campaign_id": "H", "customer_no": "H", "sent_at": f"{NOON}.000000Z"}
    outcomes = {"H1": "delivered", "H2": "bounced"}
    sends = [{"send_id": number, **message, "outcome": outcome} for number, outcome in outcomes.items()]
    shop.drops("marketing/sends_by_hand.csv", sends)
    opens = [{"send_id": number, "opened_at": f"{NOON}.500000Z"} for number in ("H1", "H3")]
    shop.drops("marketing/opens_by_hand.csv", opens)
    tiers = [("bronze", "2025-01-01"), ("gold", "2025-01-03")]
    shop.drops(
        "loyalty/tiers_by_hand.csv",
        [{"member_id": "H", "tier": tier, "from_date": day} for tier, day in tiers],
    )
    offer = {
        "offer_id": "H",
        "market": "CN",
        "kind": "amount_off",
        "discount_rate": "0",
        "discount_amount": "60",
    }
    held = {"minimum_amount": "240", "category": "", "starts_date": "2025-01-02", "ends_date": "2025-01-11"}
    shop.drops("marketing/offers_by_hand.csv", [offer | held])
    deleted = [{"account": account, "deleted_at": f"{NOON}.000000Z"} for account in DELETED]
    shop.drops("privacy/deletions_by_hand.csv", deleted)


NOON = "2025-01-03 12:00:00"
CURRENCIES = {"CN": "CNY", "GB": "GBP"}
DELETED = {
    "C900000001": "customer_id",
    "K9000000001": "customer_id",
    "u9f": "social_account_id",
    "600999999999": "card_number",
    "99999": "account_id",
}
TYPED_EMAIL, TYPED_PHONE = "zoe.quintana@mail.example", "07911123456"


def event(number: str, session: str, second: int, **more: object) -> Row:
    at = f"2025-01-03 12:{second // 60:02d}:{second % 60:02d}.25+00"
    plain = {"event_id": number, "ts": at, "channel": "web", "anonymous_id": session, "session": session}
    unknown = ("user_id", "device", "product", "category", "query", "results", "order_id", "url")
    return dict.fromkeys(unknown) | plain | more


def refreshed(nursery: Nursery, home: Path) -> None:
    child = nursery.refresh(home)
    assert child.end() == 0, child.message


def test_every_row_is_published_or_refused_with_its_reason(shop: Shop) -> None:
    home = Home(shop.home)
    assert refusal_ids(home) == []
    receipts = list(read_receipts(home))
    for receipt in receipts:
        rows = pq.read_metadata(home.batch(receipt.system, receipt.table, receipt.batch_id).rows).num_rows
        assert rows == receipt.accepted_count
        assert sum(receipt.reasons.values()) == receipt.quarantined_count
    counted = shop.asks("select sum(row_count) from meta.batches")
    assert counted == [(sum(receipt.accepted_count for receipt in receipts),)]


def test_every_table_is_described_and_every_column_traced(shop: Shop) -> None:
    described(Home(shop.home))


def test_nothing_outside_vault_and_inbox_names_a_person(shop: Shop) -> None:
    named = {name for row in rows_of_persons(shop) for name in row if telling(name)}
    assert len(named) > 40
    planted = Planted(named | {TYPED_EMAIL, TYPED_PHONE})
    dropped = (text for path in files(shop).glob("clickstream/*.jsonl") for text in texts_of(path))
    assert planted.found_in(dropped) > {TYPED_EMAIL, TYPED_PHONE}, "URLs of the world name persons too"
    assert leaks(shop.home, planted) == {}


def rows_of_persons(shop: Shop) -> Iterator[list[str]]:
    """Yield names, phones, e-mails and addresses, as the dropped files have them."""
    columns = {
        "crm/customers": ("name", "phone", "email", "address"),
        "loyalty/members": ("name", "mobile"),
        "web_shop/accounts": ("name", "phone", "email"),
        "web_shop/orders": ("receiver", "phone", "email", "address"),
    }
    for place, names in columns.items():
        for path in files(shop).glob(f"{place}_2*"):
            yield from ([row.get(name) or "" for name in names] for row in whole_rows(path))


def telling(value: str) -> bool:
    """Whether a value means one person: no placeholder, and no name of two letters."""
    return len(value) > 5 and not value.endswith("00000000")


def test_every_system_of_the_world_lands(shop: Shop) -> None:
    landed = {name for (name,) in shop.asks("select distinct system from meta.batches")}
    assert landed == {folder.name for folder in files(shop).iterdir() if any(folder.iterdir())}


def test_sales_by_channel_are_those_of_the_files(shop: Shop) -> None:
    of_the_first = "core.fct_transactions where transaction_id not like 'second-%'"
    published = f"select sales_channel, currency_code, sum(net_amount) from {of_the_first} group by all"
    assert {(channel, currency): net for channel, currency, net in shop.asks(published)} == by_hand(shop)


def by_hand(shop: Shop) -> TOTALS:
    """Add up the files: equal rows once, rows of one key that contradict each other not at all."""
    totals: TOTALS = defaultdict(Decimal)
    for line in told_once(shop, "pos/receipt_lines", "receipt_no", "line_no"):
        totals["store", line["currency"]] += Decimal(line["amount"])
    orders = {order["order_id"]: order for order in told_once(shop, "web_shop/orders", "order_id")}
    for line in told_once(shop, "web_shop/order_lines", "order_id", "line_number"):
        if order := orders.get(line["order_id"]):
            totals[order["channel"], order["currency"]] += Decimal(line["net_amount"])
    return totals


def told_once(shop: Shop, place: str, *key: str) -> list[dict[str, str]]:
    told: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for path in files(shop).glob(f"{place}_2*"):
        for row in whole_rows(path):
            found = told[tuple(row[name] for name in key)]
            found += [] if row in found else [row]
    return [rows[0] for rows in told.values() if len(rows) == 1]


def whole_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows that were not cut off, each value as it is written."""
    if path.suffix == ".gz":
        header, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        names = next(csv.reader([header]))
        read = (next(csv.reader([line])) for line in lines if line.count('"') % 2 == 0)
        return [dict(zip(names, values, strict=True)) for values in read if len(values) == len(names)]
    lines = path.read_text().splitlines()
    return [json.loads(line, parse_float=str, parse_int=str) for line in lines if line.endswith("}")]


def test_visits_hold_every_event_once(shop: Shop) -> None:
    visits = (
        "select event_count from core.fct_sessions union all select event_count from core.fct_bot_sessions"
    )
    assert shop.asks(f"select sum(event_count) from ({visits})") == shop.asks(
        "select count(distinct event_id) from input.events"
    )


def test_a_visit_too_fast_for_a_person_is_a_bots(shop: Shop) -> None:
    assert shop.asks("select event_count from core.fct_bot_sessions where session_id = 'X'") == [(12,)]
    person = "select event_count, failed_search_count from core.fct_sessions where session_id in ('X', 'V')"
    assert shop.asks(person) == [(12, 1)]
    assert shop.asks("select search_text from core.fct_searches where session_id = 'V'") == [("lychee",)]


def test_an_order_cancelled_in_another_file_counts_nowhere(shop: Shop) -> None:
    statuses = "select transaction_status from core.fct_transaction_statuses where transaction_id = 'web-H1'"
    assert shop.asks(f"{statuses} order by valid_from") == [("paid",), ("cancelled",)]
    cancelled = "select net_amount, currency_code from core.fct_cancelled_transactions where transaction_id = 'web-H1'"
    assert shop.asks(cancelled) == [(Decimal("9.00"), "GBP")]
    assert shop.asks("select count(*) from core.fct_transactions where transaction_id = 'web-H1'") == [(0,)]


def test_a_consent_holds_until_it_is_withdrawn(shop: Shop) -> None:
    consents = (
        "select is_consented, valid_from::date::varchar, valid_to::date::varchar from core.fct_consents"
    )
    assert shop.asks(f"{consents} where identifier_value = 'H' order by valid_from") == [
        (True, "2025-01-01", "2025-01-03"),
        (False, "2025-01-03", None),
    ]


def test_an_open_finds_whom_its_message_was_for(shop: Shop) -> None:
    engaged = "select engagement_type, send_id, campaign_id, identifier_value from core.fct_engagements"
    assert shop.asks(f"{engaged} where send_id like 'H%' order by send_id") == [
        ("open", "H1", "H", "H"),
        ("bounce", "H2", "H", "H"),
        ("open", "H3", None, None),
    ]
    reached = "select count(*) from input.campaign_sends where send_id in ('H1', 'H2')"
    assert shop.asks(reached) == [(1,)], "what bounced reached nobody"


def test_a_tier_ends_on_the_day_before_the_next(shop: Shop) -> None:
    tiers = "select tier_name, started_date::varchar, ended_date::varchar from core.fct_loyalty_tiers"
    assert shop.asks(f"{tiers} where identifier_value = 'H' order by started_date") == [
        ("bronze", "2025-01-01", "2025-01-02"),
        ("gold", "2025-01-03", None),
    ]


def test_an_offer_takes_money_or_a_share_off(shop: Shop) -> None:
    offer = "select discount_rate, discount_amount, minimum_amount, currency_code from core.dim_offers"
    assert shop.asks(f"{offer} where offer_id = 'H'") == [(None, Decimal(60), Decimal(240), "CNY")]


def test_a_deleted_account_is_a_request_of_its_type(shop: Shop) -> None:
    requests = "select identifier_value, identifier_type from core.fct_erasure_requests"
    assert DELETED.items() <= dict(shop.asks(requests)).items()


def test_the_stock_of_a_day_is_that_of_its_file(shop: Shop) -> None:
    (file,) = files(shop).glob("erp/stock_20250101*")
    stock = "select sum(on_hand_quantity) from core.fct_inventory_levels where inventory_date = '2025-01-01'"
    assert shop.asks(stock) == [(sum(pq.read_table(file)["closing_units"].to_pylist()),)]


def test_the_market_is_known_by_category(shop: Shop) -> None:
    (file,) = files(shop).glob("surroundings/market_report_202501*")
    sizes = "select country_code, category_name, market_amount, currency_code from core.fct_market_sizes"
    assert set(shop.asks(f"{sizes} where month_start_date = '2025-01-01'")) == {
        (row["market"], row["category"], round(Decimal(row["market_amount"]), 2), CURRENCIES[row["market"]])
        for row in csv.DictReader(file.open())
    }


def test_reactions_are_to_comments_that_landed(shop: Shop) -> None:
    counted = "select count(*) from core.fct_feedback_reactions join core.fct_feedback using (feedback_id)"
    assert shop.asks(counted)[0][0] > 0


def test_a_renumbered_customer_stays_one_customer(shop: Shop) -> None:
    numbers = "select customer_id from core.dim_customer_identifiers where identifier_type = 'customer_id'"
    split = "group by customer_id having count(*) > 1"
    assert len(shop.asks(f"{numbers} {split}")) > 10


def test_the_last_balance_is_the_sum_of_the_entries(shop: Shop) -> None:
    balances = """
        select identifier_value, arg_max(balance_point_count, (entered_at, loyalty_entry_id)), sum(point_count)
        from core.fct_loyalty_entries group by identifier_value
    """
    found = shop.asks(balances)
    assert found and all(balance == total for _, balance, total in found)


def test_a_margin_is_net_of_refunds_and_cost(shop: Shop) -> None:
    wrong = "net_amount - refunded_amount - cost_amount <> margin_amount or cost_amount is null"
    assert (
        shop.asks(f"select count(*), count(*) filter (where {wrong}) from core.fct_line_margins")[0][1] == 0
    )


def test_days_that_come_together_end_the_same(shop: Shop, nursery: Nursery, tmp_path: Path) -> None:
    other = Shop("omnichannel", tmp_path / "home")
    shutil.copytree(files(shop), other.home / "inbox")
    refreshed(nursery, other.home)
    assert other.contents("core", "features") == shop.contents("core", "features")


def test_nothing_new_publishes_no_version(shop: Shop, nursery: Nursery) -> None:
    version = shop.published()
    refreshed(nursery, shop.home)
    assert shop.published() == version


LAYERS = ("input", "core", "features", "scores", "marts")
SUMS = """
    select date_trunc('month', transaction_date) as month, currency_code, sum(net_amount), count(*)
    from core.fct_transactions group by all order by all
"""


def test_an_erased_person_is_nowhere_and_a_rebuild_agrees(
    shop: Shop, nursery: Nursery, tmp_path: Path
) -> None:
    other = Shop("omnichannel", tmp_path / "home")
    shutil.copytree(shop.home, other.home, symlinks=True)
    uid, planted = most_active_account(other)
    assert planted.found_in(texts_of(other.home / "published/v000001/warehouse.duckdb"))
    sums = other.asks(SUMS)
    done = other.runs("privacy", "erase", "--system", "web_shop", "--number", uid, "--reason", "a test")
    assert done.returncode == 0, done.stderr
    assert leaks(other.home, planted) == {}
    assert other.asks(SUMS) == sums
    erased = other.contents(*LAYERS)
    verified = other.runs("verify")
    assert verified.returncode == 0, verified.stdout
    rebuilt = nursery.refresh(other.home, full=True)
    assert rebuilt.end() == 0, rebuilt.message
    assert other.contents(*LAYERS) == erased
    rolled = other.runs("rollback", "v000001", "--reason", "the day was wrong")
    assert rolled.returncode == 0, rolled.stderr


def most_active_account(shop: Shop) -> tuple[str, Planted]:
    """Return the account with the most events, and how the home knows its owner: devices, a phone."""
    home = Home(shop.home)
    accounts = [
        row
        for receipt in read_receipts(home, "web_shop", "accounts")
        for row in pq.ParquetFile(home.batch("web_shop", "accounts", receipt.batch_id).rows)
        .read()
        .to_pylist()
    ]
    counts = dict(shop.asks("select account_id, count(*) from input.events group by all"))
    chosen = max(accounts, key=lambda row: (counts.get(row["uid"], 0), row["uid"]))
    devices = shop.asks(f"select distinct device_id from input.events where account_id = '{chosen['uid']}'")
    own = [row["phone"] for row in accounts].count(chosen["phone"]) == 1
    phones = [chosen["phone"]] if own and chosen["phone"] else []
    assert devices
    return chosen["uid"], Planted([*phones, *(device for (device,) in devices)])
