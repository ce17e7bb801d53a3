"""Screens, marketing, advertising: events, searches, sends, opens, clicks, impressions; and bots."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.demo.omnichannel.files.export import Export, columns, packed
from shopkeeper.demo.omnichannel.files.marking import Marker
from shopkeeper.demo.omnichannel.files.owners import Owners
from shopkeeper.demo.omnichannel.files.spelling import picked, words
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill

BOTS_FROM = 9_000_000
VISITS = f"""
    create or replace temp table told_visits as
    with data as (
        select visit_id, case visit_id % 4
            when 0 then '&tel=' || phone_of(own_phone_key, market)
            when 1 then '&mail=' || url_encode(email_of(own_phone_key, latin, market))
            when 2 then '&name=' || url_encode(full_name(given, surname, market))
            else '&address=' || url_encode(
                address_of(own_phone_key, market, contacted.city, contacted.district))
            end as data
        from contacted join all_places using (place_id)
    )
    select visits.visit_id, device_id, anonymous_id::varchar as anonymous_id, account_id, skew,
        all_places.market, '/' || if(all_places.market = 'CN', 'zh', 'en') || '/?utm_source=' || source
            || coalesce('&utm_campaign=' || campaign_id::varchar, '') || coalesce(data, '') as url,
        (dirt | if(data is null, 0, {BIT["personal_data_in_url"]})::ubigint) as open_dirt, dirt
    from visits join all_places using (place_id) left join data using (visit_id)
    where anonymous_id is not null
"""
EVENTS = f"""
    select {
    packed(
        "event_id",
        "ts := occurred_at + to_milliseconds(skew)",
        "type := kind",
        "channel",
        "anonymous_id",
        "user_id := if(is_logged_in, number_of(account_id, false), null)",
        "session := visit_id",
        "device := device_id",
        "product := product_id",
        "category",
        "query := if(market = 'CN', query_zh, query_en)",
        "results := result_count",
        "order_id",
        "url := if(kind = 'open', url, null)",
    )
}, row_id, events.dirt | if(kind = 'open', open_dirt, told_visits.dirt) as dirt,
        date_part('hour', occurred_at)::int as hour
    from events join told_visits using (visit_id) order by event_id, dirt
"""
TRAFFIC = [
    Export("clickstream/events_{day}.jsonl", "events", "jsonl", EVENTS,
           "events; the last 14 days by the hour",
           ("events",), is_hourly=True),
    columns("marketing/campaigns_{day}.csv", "campaigns", "csv", "upserts", "* exclude (row_id, dirt, luck)"),
    columns("marketing/offers_{day}.csv", "offers", "csv", "upserts", "* exclude (row_id, dirt, luck)"),
    columns("marketing/sends_{day}.csv", "sends", "csv", "events", "send_id", "campaign_id",
            "customer_no := ref(account_id)", "sent_at", "outcome"),
    columns("marketing/opens_{day}.csv", "sends", "csv", "events", "send_id", "opened_at",
            where="opened_at is not null"),
    columns("marketing/clicks_{day}.csv", "sends", "csv", "events", "send_id", "clicked_at",
            where="clicked_at is not null"),
    columns("marketing/coupons_{day}.csv", "coupons", "csv", "events", "coupon_id", "offer_id", "campaign_id",
            "customer_no := ref(account_id)", "issued_at"),
    columns("advertising/impressions_{day}.csv", "impressions", "csv", "events", "date", "anonymous_id",
            "market", "channel", "first_at", "view_count", "click_count"),
    columns("advertising/spend_{day}.csv", "spend", "csv", "events", "* exclude (row_id, dirt, luck)"),
]  # fmt: skip


def searched(events: pa.Table, nests: dict[str, tuple[str, ...]]) -> pa.Table:
    """Return events with the words of their searches, ``query_zh`` and ``query_en``; null: no search."""
    names = list(nests)
    asked = events["query_key"].combine_chunks()
    key = asked.fill_null(0).to_numpy(zero_copy_only=False)
    category = pc.index_in(events["category"].cast(pa.string()), pa.array(names)).fill_null(-1)
    which = np.where(np.asarray(asked.is_null()), -1, category.to_numpy())
    for k, script in enumerate(("zh", "en")):
        lists = [[words("texts")["nouns"][nest][k] for nest in nests[name]] for name in names]
        events = events.append_column(f"query_{script}", picked(key >> np.uint64(5), which, lists))
    return events


def skewed(marker: Marker, visits: pa.Table) -> pa.Table:
    """Return visits with the ``skew`` of their device's clock (ms), ``dirt``, and whether their address line
    ``has_data`` of the person's.
    """
    device = visits["device_id"].combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False)
    rate = min(0.5, marker.dirt.clock_skew * marker.dirt.scale)
    wrong = (marker.draw.uniform("dirt/clock_skew", device) < rate) & (device >= 0)
    spread = np.exp(2.2 * marker.draw.normal("dirt/clock_size", device)).clip(0, 600) * 120_000
    skew = np.where(wrong, spread * np.sign(marker.draw.uniform("dirt/clock_way", device) - 0.4), 0)
    has_data = marker.draw.uniform("dirt/personal_data_in_url", visits["visit_id"].to_numpy()) < min(
        0.5, marker.dirt.personal_data_in_url * marker.dirt.scale
    )
    return (
        visits.append_column("skew", pa.array(skew.astype(np.int64)))
        .append_column("dirt", pa.array(np.where(wrong, np.uint64(BIT["clock_skew"]), np.uint64(0))))
        .append_column("has_data", pa.array(has_data))
    )


def contacted(visits: pa.Table, owners: Owners) -> pa.Table:
    """Return the visits of persons whose address line holds their data."""
    has = np.asarray(visits["has_data"]) & (visits["person_id"].to_numpy() >= 0)
    return owners.beside(visits.select(["visit_id", "person_id", "place_id"]).filter(pa.array(has)), "visits")


def bots(
    marker: Marker, parameters: Parameters, day: int, first_id: int, screens: int
) -> dict[str, pa.Table]:
    """Return `visits` and `events` of a day's bots: even steps through the shelves, nobody behind them."""
    rate = min(0.5, parameters.visits.bot_rate * marker.dirt.scale)
    count = int(screens * rate / (1 - rate) + marker.draw.uniform("bot/count", np.array([day]))[0])
    ids = np.arange(count)
    size = 12 + (50 * marker.draw.exponential("bot/size", ids, day)).astype(int).clip(0, 240)
    visit = np.repeat(ids, size)
    nth = np.arange(len(visit)) - np.repeat(np.cumsum(size) - size, size)
    start = np.datetime64("2025-01-01", "ms") + np.timedelta64(day, "D")
    begin = (70_000_000 * marker.draw.uniform("bot/begin", ids, day)).astype(np.int64)
    pace = 350 + (900 * marker.draw.uniform("bot/pace", ids, day)).astype(np.int64)
    at = start + (begin[visit] + nth * pace[visit]).astype("timedelta64[ms]")
    goods = parameters.assortment.products_per_category * len(parameters.assortment.categories)
    at_product = (marker.draw.bits("bot/product", ids, day) % np.uint64(goods)).astype(int)
    market = (marker.draw.uniform("bot/market", ids, day) < 0.5).astype(int)
    crawler = marker.draw.bits("bot/cookie", ids % 7 if day % 2 else ids, day)
    none: dict[str, Any] = dict.fromkeys(("category", "query_key", "result_count", "order_id"))
    visits = fill(
        TABLES["visits"], count, visit_id=first_id + ids, person_id=-1, channel="web", place_id=market,
        started_at=start + begin.astype("timedelta64[ms]"), device_id=None, anonymous_id=crawler,
        account_id=None, source="direct", campaign_id=None,
    )  # fmt: skip
    events = fill(
        TABLES["events"], len(visit), event_id=first_id + np.arange(len(visit)), visit_id=first_id + visit,
        person_id=-1, channel="web", occurred_at=at,
        kind=Codes(np.where(nth == 0, 0, 1), ("open", "view_product")),
        product_id=((at_product[visit] + nth) % goods, nth == 0), is_logged_in=False, **none,
    )  # fmt: skip
    return {"visits": visits, "events": events}
