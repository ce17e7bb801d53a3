"""The omnichannel retailer: the demo world's files land, add up to the files, and end the same however they come."""

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.plugins.pipeline.processes import Nursery
from tests.shop.commands import Shop

from shopkeeper.landing import read_receipts, refusal_ids
from shopkeeper.paths import Home

pytestmark = pytest.mark.slow

WORLD = ("demo", "omnichannel", "--customers", "60", "--seed", "5")
TOTALS = dict[tuple[str, str], Decimal]


@pytest.fixture(scope="module")
def nursery(nurseries: Callable[[str], Nursery]) -> Nursery:
    return nurseries("omnichannel")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Shop:
    """The shop after four days, refreshed on the third and on the fourth; `files` keeps what was dropped."""
    shop = Shop("omnichannel", tmp_path_factory.mktemp("omnichannel") / "home")
    for days in ("3", "4"):
        dropped = shop.runs(*WORLD, "--days", days)
        assert dropped.returncode == 0, dropped.stderr
        shutil.copytree(shop.home / "inbox", files(shop), dirs_exist_ok=True)
        refreshed(nursery, shop.home)
    return shop


def files(shop: Shop) -> Path:
    return shop.home.with_name("files")


def refreshed(nursery: Nursery, home: Path) -> None:
    child = nursery.refresh(home)
    assert child.end() == 0, child.message


def test_every_row_is_published_or_refused_with_its_reason(shop: Shop) -> None:
    home = Home(shop.home)
    assert refusal_ids(home) == []
    receipts = read_receipts(home)
    for receipt in receipts:
        rows = pq.read_metadata(home.batch(receipt.system, receipt.table, receipt.batch_id).rows).num_rows
        assert rows == receipt.accepted_count
        assert sum(receipt.reasons.values()) == receipt.quarantined_count
    counted = shop.asks("select sum(row_count) from meta.batches")
    assert counted == [(sum(receipt.accepted_count for receipt in receipts),)]


def test_every_system_of_the_world_lands(shop: Shop) -> None:
    landed = {name for (name,) in shop.asks("select distinct system from meta.batches")}
    assert landed == {folder.name for folder in files(shop).iterdir() if any(folder.iterdir())}


def test_sales_by_channel_are_those_of_the_files(shop: Shop) -> None:
    published = "select sales_channel, currency_code, sum(net_amount) from core.fct_transactions group by all"
    assert {(channel, currency): net for channel, currency, net in shop.asks(published)} == by_hand(shop)


def by_hand(shop: Shop) -> TOTALS:
    """Add up the files: equal lines once, lines and headers that contradict each other not at all."""
    lines = f"read_csv('{files(shop)}/pos/receipt_lines_*', all_varchar = true, ignore_errors = true)"
    orders, ordered = (
        f"read_json('{files(shop)}/web_shop/{name}_2*', format = 'newline_delimited', ignore_errors = true)"
        for name in ("orders", "order_lines")
    )
    query = f"""
        with till as (select distinct * from {lines} where currency is not null),
        screen as (select distinct * from {ordered} where order_id is not null),
        header as (select distinct * from {orders} where order_id is not null)
        select 'store', currency, sum(amount::decimal(18, 2)) from till
        where (receipt_no, line_no) in (select (receipt_no, line_no) from till group by all having count(*) = 1)
        group by all
        union all
        select channel, currency, sum(screen.net_amount::decimal(18, 2)) from screen join header using (order_id)
        where (order_id, line_number) in
            (select (order_id, line_number) from screen group by all having count(*) = 1)
            and order_id in (select order_id from header group by all having count(*) = 1)
        group by all
    """
    return {(channel, currency): net for channel, currency, net in duckdb.sql(query).fetchall()}


def test_visits_hold_every_event_once(shop: Shop) -> None:
    visits = (
        "select event_count from core.fct_sessions union all select event_count from core.fct_bot_sessions"
    )
    assert shop.asks(f"select sum(event_count) from ({visits})") == shop.asks(
        "select count(distinct event_id) from input.events"
    )


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
