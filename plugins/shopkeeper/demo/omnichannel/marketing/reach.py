"""Who sees an ad, who gets, opens and follows a message; what that leaves behind.

Targeting is confounded as in life: ads and messages go to those whose own intent is high (recent visits,
needs falling due, spend), so that they would buy more anyway.
"""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Switches, Today
from shopkeeper.demo.omnichannel.marketing.plans import ADS, GROUPS, Campaign
from shopkeeper.demo.omnichannel.people.persons import People, logistic
from shopkeeper.demo.omnichannel.people.state import ACTIVE, LAPSED, PROSPECT, State
from shopkeeper.demo.omnichannel.randomness import pair

CONSENT_OF_CHANNEL = (1, 2, 4)


@dataclass(frozen=True)
class Ads:
    """Who saw ads of which channel on a day: rows, channel group, views, clicks."""

    row: np.ndarray
    group: np.ndarray
    views: np.ndarray
    clicks: np.ndarray


@dataclass(frozen=True)
class Messages:
    """Messages of a day: rows, place in the day's campaigns, and what became of each."""

    row: np.ndarray
    campaign: np.ndarray
    is_opened: np.ndarray
    is_clicked: np.ndarray
    is_bounced: np.ndarray
    is_unsubscribed: np.ndarray


def show_ads(retailer: Retailer, today: Today, people: People, state: State, switches: Switches) -> Ads:
    """Show social, display and video ads, and leave goodwill in ``state``; search ads come with visits."""
    known, draw, day = retailer.parameters.marketing, retailer.draw, today.day
    recent = np.exp(-(day - state.last_visit) / 9.0, dtype=np.float32)
    due = np.minimum((state.need <= day + 2).mean(axis=1) * 3, 1.0)
    intent = {
        "social": 0.6 * recent + 0.8 * people.interests[:, [2, 3, 6]].mean(axis=1) + 0.3 * due,
        "display": 1.3 * recent + 0.2 * due,
        "video": 0.6 * people.digital + 0.2 * recent,
    }
    rows, groups, views, clicks = [], [], [], []
    for group, name in enumerate(GROUPS[:ADS]):
        if not known.reach_daily[name]:
            continue
        factor = today.spend[people.market, group]
        if switches.spend is not None:
            factor = factor * switches.spend[:, group]
        lean = np.exp(known.targeting * (intent[name] - 0.55))
        reach = known.reach_daily[name] * np.array(known.market_reach)[people.market]
        chance = np.minimum(reach * factor * lean * (0.4 + people.digital), 0.8)
        seen = draw.uniform("ad/seen", people.person, day, group) < chance
        seen &= switches.is_on(group, slice(None))
        found = np.flatnonzero(seen)
        ids = people.person[found]
        clicked = draw.uniform("ad/click", ids, day, group) < known.click_rate * (0.5 + intent[name][found])
        rows.append(found)
        groups.append(np.full(len(found), group))
        views.append(1 + np.minimum(draw.exponential("ad/views", ids, day, group) * 0.9, 9).astype(int))
        clicks.append(clicked.astype(int))
    shown = Ads(*(np.concatenate(part) for part in (rows, groups, views, clicks)))
    state.goodwill[shown.row, shown.group] += 0.35 + 0.15 * np.minimum(shown.views, 4)
    video = shown.row[shown.group == 3]
    state.video_day[video] = day
    return shown


def send_messages(
    retailer: Retailer, today: Today, people: People, state: State, switches: Switches
) -> Messages:
    """Send the day's campaigns, hand out their coupons, and leave goodwill in ``state``."""
    known, draw = retailer.parameters.marketing, retailer.draw
    parts: list[tuple[np.ndarray, ...]] = []
    for place, campaign in enumerate(today.campaigns):
        rows = audience(retailer, today, campaign, people, state)
        keep = np.broadcast_to(switches.is_on(campaign.group, rows), len(rows)).copy()
        if switches.campaign is not None:
            keep &= switches.campaign[rows] != campaign.campaign_id
        rows = rows[keep]
        ids = pair(people.person[rows], campaign.campaign_id)
        bounced = draw.uniform("message/bounce", ids) < known.bounce_rate
        liking = 0.9 * (state.attachment[rows] - 0.5) + 0.5 * people.digital[rows] - 0.25
        chance = known.open_rate * np.exp(liking) * (1.5 if campaign.purpose == "personal" else 1.0)
        opened = (draw.uniform("message/open", ids) < chance) & ~bounced
        chance = known.open_click_rate * np.exp(0.8 * (campaign.has_offer) * people.motives[rows, 0] * 2)
        clicked = opened & (draw.uniform("message/click", ids) < chance)
        left = opened & (draw.uniform("message/leave", ids) < known.unsubscribe_rate)
        state.goodwill[rows, campaign.group] += np.where(opened, 0.9, 0.12) * ~bounced
        state.consents[rows[left]] &= ~np.uint8(CONSENT_OF_CHANNEL[campaign.channel])
        if campaign.has_offer:
            holders = rows[~bounced]
            state.coupon[holders] = campaign.campaign_id
            state.coupon_until[holders] = campaign.last_day
        parts.append((rows, np.full(len(rows), place), opened, clicked, bounced, left))
    if not parts:
        none = np.zeros(0, int)
        return Messages(none, none, *(none.astype(bool) for _ in range(4)))
    return Messages(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def audience(
    retailer: Retailer, today: Today, campaign: Campaign, people: People, state: State
) -> np.ndarray:
    """Return the rows a campaign is sent to: by rule and score, less a random holdout."""
    known, draw, day = retailer.parameters.marketing, retailer.draw, today.day
    may = (people.market == campaign.market) & (state.accounts > 0) & (state.status != PROSPECT)
    may &= (state.consents & CONSENT_OF_CHANNEL[campaign.channel]) > 0
    rows = np.flatnonzero(may)
    quiet = day - state.last_purchase[rows]
    c = campaign.category
    wants = np.minimum(30 / people.cycle[rows, c], 2) if c >= 0 else np.ones(len(rows))
    if campaign.purpose == "win_back":
        chance = np.where((quiet > 60) & (quiet < 400), 0.9, 0.0)
    elif campaign.purpose == "personal":
        due = (state.need[rows] <= day + 3).sum(axis=1)
        chance = logistic(known.targeting * (due - 2.5))
    elif campaign.purpose == "promotion":
        worth = np.log1p(state.spend[rows] / 30) + np.exp(-quiet / 20) + wants
        chance = 0.7 * logistic(known.targeting * (worth - 2.2))
    elif campaign.purpose == "launch":
        chance = logistic(known.targeting * (wants + (state.browsed[rows] == c) - 1.2))
    else:
        chance = np.full(len(rows), 0.5)
    ids = pair(people.person[rows], campaign.campaign_id)
    chosen = draw.uniform("campaign/audience", ids) < chance
    chosen &= draw.uniform("campaign/holdout", ids) >= known.holdout_rate
    return rows[chosen]


def fade(retailer: Retailer, state: State) -> None:
    """Let a day's part of all goodwill go."""
    halves = np.array([retailer.parameters.marketing.decay_days[name] for name in GROUPS], np.float32)
    state.goodwill *= np.float32(0.5) ** (1 / halves)


def pull(retailer: Retailer, today: Today, people: People, state: State) -> np.ndarray:
    """Return the log factor by which goodwill raises a person's visits today, (n,); saturating, with
    synergy.
    """
    full = state.goodwill / (1 + state.goodwill)
    lift = (people.persuasion * full).sum(axis=1)
    both = (today.day - state.video_day < 7) & (full[:, [1, 2, 4, 5]].max(axis=1) > 0.2)
    synergy = np.float32(retailer.parameters.marketing.synergy)
    return lift + synergy * both * np.maximum(people.persuasion[:, 3], 0) / 0.42


__all__ = ["ACTIVE", "LAPSED", "Ads", "Messages", "audience", "fade", "pull", "send_messages", "show_ads"]
