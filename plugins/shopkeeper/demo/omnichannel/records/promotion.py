"""Messages, ads, what they cost, coupons, points and tiers."""

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.members import CRM, LOYALTY
from shopkeeper.demo.omnichannel.behaviour.paying import CNY_PER_GBP, TIERS
from shopkeeper.demo.omnichannel.marketing.plans import ADS, GROUPS
from shopkeeper.demo.omnichannel.randomness import pair
from shopkeeper.demo.omnichannel.records import keys
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.retailers import account_id
from shopkeeper.demo.omnichannel.records.sales import Sold
from shopkeeper.demo.omnichannel.records.screens import Shown
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS, date_of
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill

ENTRIES = ("earned", "burned", "expired", "reversed")
OUTCOMES = ("delivered", "bounced", "unsubscribed")
AD_CHANNELS = GROUPS[:ADS]
SPEND_CHANNELS = (*AD_CHANNELS, "email", "message", "push")


def record_messages(moment: Moment) -> None:
    """Add `sends` and `coupons`."""
    sent, people, draw = moment.did.messages, moment.people, moment.retailer.draw
    if not len(sent.row):
        return
    campaigns = moment.today.campaigns
    campaign = np.array([c.campaign_id for c in campaigns])[sent.campaign]
    person = people.person[sent.row]
    send_id = keys.campaign_row_id(campaign, person)
    hour = 9.5 + np.array([c.campaign_id % 5 for c in campaigns])[sent.campaign]
    sent_ms = (hour * 3_600_000 + 900_000 * draw.uniform("message/minute", send_id)).astype(np.int64)
    opened_ms = sent_ms + (
        18_000_000 * np.minimum(draw.exponential("message/wait", send_id) * 0.5, 1)
    ).astype(np.int64)
    at = moment.instant(sent.row, sent_ms)
    account = moment.account_of(sent.row, CRM)
    outcome = np.select([sent.is_bounced, sent.is_unsubscribed], [1, 2], 0)
    clicked = moment.instant(sent.row, opened_ms + 40_000)
    moment.add(
        "sends",
        fill(
            TABLES["sends"], len(person), send_id=send_id, campaign_id=campaign, person_id=person,
            account_id=account, sent_at=at,
            opened_at=np.where(sent.is_opened, moment.instant(sent.row, opened_ms), np.datetime64("NaT")),
            clicked_at=np.where(sent.is_clicked, clicked, np.datetime64("NaT")), outcome=Codes(outcome,
            OUTCOMES),
        ),
    )  # fmt: skip
    gives = np.array([c.has_offer for c in campaigns])[sent.campaign] & ~sent.is_bounced
    moment.add(
        "coupons",
        fill(
            TABLES["coupons"], int(gives.sum()), coupon_id=send_id[gives], offer_id=campaign[gives],
            campaign_id=campaign[gives], person_id=person[gives], account_id=account[gives],
            issued_at=at[gives],
        ),
    )  # fmt: skip


def record_ads(moment: Moment, shown: Shown) -> np.ndarray:
    """Add `impressions`, search clicks among them; return counts by market, channel, (views, clicks): (2,
    7, 2).
    """
    ads, people, visits, draw = moment.did.ads, moment.people, moment.did.visits, moment.retailer.draw
    day = moment.today.day
    searched = np.flatnonzero((visits.source == 3) & (visits.slot == 0))
    row = np.concatenate([ads.row, visits.row[searched]])
    group = np.concatenate([ads.group, np.zeros(len(searched), int)])
    views = np.concatenate([ads.views, np.ones(len(searched), int)])
    clicks = np.concatenate([ads.clicks, np.ones(len(searched), int)])
    person = people.person[row]
    lives = moment.retailer.parameters.lives
    device, _, _ = keys.devices(draw, person, people.household[row], lives.shared_device_rate)
    ids = pair(person, group)
    on_web = draw.uniform("ad/web", ids, day) < 0.5
    kind = np.where(on_web & (device[:, 1] >= 0), 1, 0)
    seen = keys.anonymous_id(
        draw, device[np.arange(len(row)), kind], np.where(on_web, 0, 2), moment.state.cookie[row]
    )
    seen[len(ads.row) :] = shown.anonymous_id[searched]
    first = (25_000_000 + 55_000_000 * draw.uniform("ad/hour", ids, day)).astype(np.int64)
    first[len(ads.row) :] = np.maximum(visits.at[searched] - 30_000, 0)
    moment.add(
        "impressions",
        fill(
            TABLES["impressions"], len(row), date=date_of(day), person_id=person, anonymous_id=seen,
            market=Codes(people.market[row], MARKETS), channel=Codes(group, AD_CHANNELS),
            first_at=moment.instant(row, first), view_count=views, click_count=clicks,
        ),
    )  # fmt: skip
    told = np.zeros((2, len(SPEND_CHANNELS), 2))
    market = people.market[row].astype(np.intp)
    np.add.at(told, (market, group, np.zeros_like(market)), views)
    np.add.at(told, (market, group, np.ones_like(market)), clicks)
    sent = moment.did.messages
    if len(sent.row):
        channel = 4 + np.array([c.channel for c in moment.today.campaigns])[sent.campaign]
        np.add.at(told, (people.market[sent.row], channel, 0), 1)
        np.add.at(told, (people.market[sent.row], channel, 1), sent.is_clicked)
    return told


def spend_rows(moment: Moment, told: np.ndarray) -> None:
    """Add `spend` of the whole day from all blocks' counts."""
    known = moment.retailer.parameters.marketing.cost_per_thousand
    cost = np.array([known[name] for name in (*AD_CHANNELS, "email", "messaging", "messaging")])
    cost[6] *= 0.05
    search = np.where(np.arange(len(SPEND_CHANNELS)) == 0, told[:, :, 1] * 10, told[:, :, 0])
    noise = np.exp(
        0.08 * moment.retailer.draw.normal("spend/noise", np.arange(14), moment.today.day)
    ).reshape(2, 7)
    amount = search / 1000 * cost * noise * np.array([[CNY_PER_GBP], [1.0]])
    moment.add(
        "spend",
        fill(
            TABLES["spend"], 2 * len(SPEND_CHANNELS), date=date_of(moment.today.day),
            market=Codes(np.repeat([0, 1], len(SPEND_CHANNELS)), MARKETS),
            channel=Codes(np.tile(np.arange(len(SPEND_CHANNELS)), 2), SPEND_CHANNELS),
            spend_amount=np.round(amount, 2).ravel(), impression_count=told[:, :, 0].ravel(),
            click_count=told[:, :, 1].ravel(),
        ),
    )  # fmt: skip


def record_points(moment: Moment, sold: Sold) -> None:
    """Add `loyalty_entries` and `loyalty_tiers`; points taken back by refunds go to the agenda."""
    baskets, people, did = moment.did.baskets, moment.people, moment.did
    row = did.visits.row[baskets.visit]
    rate = moment.retailer.parameters.loyalty.points_rate * np.where(
        people.market[row] == 0, 1 / CNY_PER_GBP, 1.0
    )
    earned = np.floor(baskets.net * rate).astype(np.int64)
    seen = sold.card >= 0
    earns, burns = np.flatnonzero(seen & (earned > 0)), np.flatnonzero(baskets.burned > 0)
    _entries(moment, sold, earns, 0, earned[earns], sold.paid_at[earns])
    _entries(moment, sold, burns, 1, -baskets.burned[burns], sold.paid_at[burns])
    lines = np.flatnonzero((baskets.back_day >= 0) & seen[baskets.basket])
    back = np.floor(baskets.line_net[lines] * rate[baskets.basket[lines]]).astype(np.int64)
    lines, back = lines[back > 0], back[back > 0]
    at = moment.instant(
        row[baskets.basket[lines]],
        np.full(len(lines), 70_000_000),
        baskets.back_day[lines] - moment.today.day,
    )
    _entries(
        moment, sold, baskets.basket[lines], 3, -back, at, baskets.back_day[lines], baskets.line_number[lines]
    )
    expired = did.expiry
    account = moment.account_of(expired.row, LOYALTY)
    number = moment.number("expired", len(account))
    moment.add(
        "loyalty_entries",
        fill(
            TABLES["loyalty_entries"], len(account), entry_id=keys.numbers(moment.today.day, number,
            len(account)) * 10 + 2,
            account_id=account, person_id=people.person[expired.row], kind=ENTRIES[2], points=-expired.points,
            order_id=None, receipt_id=None, entered_at=moment.instant(expired.row, np.full(len(account),
            82_000_000)),
        ),
    )  # fmt: skip
    moment.add(
        "loyalty_tiers",
        fill(
            TABLES["loyalty_tiers"], len(expired.tier_row),
            account_id=moment.account_of(expired.tier_row, LOYALTY),
            person_id=people.person[expired.tier_row], tier=Codes(expired.tier, TIERS),
            from_date=date_of(moment.today.day),
        ),
    )  # fmt: skip


def _entries(
    moment: Moment, sold: Sold, basket: np.ndarray, kind: int, points: np.ndarray, at: np.ndarray,
    due: np.ndarray | None = None, line: np.ndarray | None = None,
) -> None:  # fmt: skip
    person = moment.people.person[moment.did.visits.row[moment.did.baskets.visit[basket]]]
    order, basket_id = sold.is_order[basket], sold.basket_id[basket]
    entry_id = (basket_id * 100 + (0 if line is None else line)) * 10 + kind
    rows = fill(
        TABLES["loyalty_entries"], len(basket), entry_id=entry_id, account_id=account_id(person,
        LOYALTY, sold.is_second[basket]),
        person_id=person, kind=ENTRIES[kind], points=points, order_id=(basket_id, ~order),
        receipt_id=(basket_id, order), entered_at=at,
    )  # fmt: skip
    if due is None:
        moment.add("loyalty_entries", rows)
    else:
        moment.agenda.put("loyalty_entries", due, rows)
