"""The plan: which campaigns run when, what they offer, and what ads cost."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS, date_of, rush
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill

GROUPS = ("search", "social", "display", "video", "email", "messaging")
ADS = 4
EMAIL, MESSAGING = 4, 5
MESSAGE_CHANNELS = ("email", "message", "push")
PURPOSES = ("news", "promotion", "win_back", "launch", "personal")
PURPOSE_WEIGHTS = np.array([0.22, 0.34, 0.14, 0.14, 0.16])
SLOTS = 8


@dataclass(frozen=True)
class Campaign:
    """One campaign; ``group`` is its channel group, ``category`` -1 for everything, ``rate`` 0 without an
    offer.
    """

    campaign_id: int
    market: int
    channel: int
    purpose: str
    category: int
    first_day: int
    has_offer: bool
    rate: float
    amount: float
    minimum: float

    @property
    def group(self) -> int:
        """Channel group that carries it."""
        return EMAIL if self.channel == 0 else MESSAGING

    @property
    def last_day(self) -> int:
        """Last day on which its offer counts."""
        return self.first_day + 9


def campaigns_of_week(parameters: Parameters, draw: Randomness, week: int) -> list[Campaign]:
    """Return the campaigns that begin in a week; each sends on its first day."""
    known, kinds = parameters.marketing, list(parameters.assortment.categories.values())
    found = []
    for market in (0, 1):
        ids = (week * 2 + market) * SLOTS + np.arange(SLOTS)
        u = {
            name: draw.uniform(f"campaign/{name}", ids)
            for name in ("runs", "day", "purpose", "category", "offer", "rate", "channel", "shape")
        }
        for k, campaign_id in enumerate(ids):
            day = week * 7 + int(7 * u["day"][k])
            near = rush(day, market)
            if u["runs"][k] > known.campaigns_weekly / SLOTS * (1 + near):
                continue
            purpose = PURPOSES[int(np.searchsorted(np.cumsum(PURPOSE_WEIGHTS), u["purpose"][k]))]
            category = int(u["category"][k] * (len(kinds) + 5)) - 5
            offers = u["offer"][k] < known.coupon_rate and purpose != "news"
            rate = (0.10, 0.15, 0.20, 0.25)[int(4 * u["rate"][k])] if u["shape"][k] < 0.6 else 0.0
            amount = 0.0 if rate else (30.0, 5.0)[market] * (1 + int(3 * u["rate"][k]))
            found.append(
                Campaign(
                    int(campaign_id), market, int(np.searchsorted((0.45, 0.78), u["channel"][k])), purpose,
                    max(category, -1) if purpose != "personal" else -1, day, offers, rate * offers,
                    amount * offers,
                    (amount * 4 if amount else (99.0, 15.0)[market]) * offers,
                )
            )  # fmt: skip
    return found


def spend_factor(parameters: Parameters, draw: Randomness, day: int) -> np.ndarray:
    """Return what each channel spends against its usual, (2 markets, 6): flights of weeks, swollen by
    seasons.
    """
    known, week = parameters.marketing, day // 7
    flights = np.exp(0.45 * draw.normal("spend/flight", np.arange(12), week // 2)).reshape(2, 6)
    pause = draw.uniform("spend/pause", np.arange(12), week // 3).reshape(2, 6) < 0.12
    near = np.array([rush(day, market) for market in (0, 1)])[:, None]
    plan = np.array([known.spend_plan.get(name, 1.0) for name in GROUPS])
    return flights * ~pause * np.exp(known.season_spend * near) * plan


def campaign_table(known: list[Campaign], parameters: Parameters) -> pa.Table:
    """Return `campaigns`."""
    offers = np.array([c.campaign_id if c.has_offer else -1 for c in known], np.int32)
    return fill(
        TABLES["campaigns"], len(known), campaign_id=np.array([c.campaign_id for c in known], np.int32),
        market=Codes(np.array([c.market for c in known], np.int16), MARKETS),
        channel=Codes(np.array([c.channel for c in known], np.int16), MESSAGE_CHANNELS),
        purpose=[c.purpose for c in known], offer_id=(offers, offers < 0),
        category=Codes(np.array([c.category for c in known], np.int16),
        list(parameters.assortment.categories)),
        starts_date=[date_of(c.first_day) for c in known], ends_date=[date_of(c.last_day) for c in known],
        holdout_rate=parameters.marketing.holdout_rate,
    )  # fmt: skip


def offer_table(known: list[Campaign], parameters: Parameters) -> pa.Table:
    """Return `offers`: one of each campaign that carries one, under the campaign's number."""
    known = [campaign for campaign in known if campaign.has_offer]
    return fill(
        TABLES["offers"], len(known), offer_id=np.array([c.campaign_id for c in known], np.int32),
        market=Codes(np.array([c.market for c in known], np.int16), MARKETS),
        kind=Codes(np.array([c.rate == 0 for c in known], np.int16), ("rate_off", "amount_off")),
        discount_rate=np.array([c.rate for c in known]), discount_amount=np.array([c.amount for c in known]),
        minimum_amount=np.array([c.minimum for c in known]),
        category=Codes(np.array([c.category for c in known], np.int16),
        list(parameters.assortment.categories)),
        starts_date=[date_of(c.first_day) for c in known], ends_date=[date_of(c.last_day) for c in known],
    )  # fmt: skip
