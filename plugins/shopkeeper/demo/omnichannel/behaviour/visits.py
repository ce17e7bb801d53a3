"""Who comes today, where, when, and through which link."""

from dataclasses import dataclass, fields

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Switches, Today
from shopkeeper.demo.omnichannel.marketing.reach import Ads, Messages
from shopkeeper.demo.omnichannel.people.persons import People, logistic
from shopkeeper.demo.omnichannel.people.state import ACTIVE, State
from shopkeeper.demo.omnichannel.randomness import pair

CHANNELS = ("store", "web", "app", "mini_program")
SOURCES = (
    "walk_in", "direct", "organic", "search", "social", "display", "video", "email", "message", "push",
)  # fmt: skip
STORE, WEB, APP, MINI = range(4)
WALK_IN, DIRECT, ORGANIC, SEARCH = range(4)
SOURCE_OF_GROUP = np.array([3, 4, 5, 6])
SOURCE_OF_MESSAGE = np.array([7, 8, 9])
DAY_MS = 86_400_000
HOURS = np.array([0.5, 0.3, 0.2, 0.1, 0.1, 0.3, 0.9, 2, 3, 4, 5, 6, 7, 6, 5, 5, 6, 7, 8, 9, 9, 7, 4, 1.5])
STORE_HOURS = np.array([0] * 8 + [2, 4, 6, 8, 8, 7, 6, 6, 7, 9, 9, 6, 3, 0, 0, 0])


@dataclass(frozen=True)
class Visits:
    """Visits of a day: row, 0 or 1 (second of the day), channel, place, source, campaign (-1: none), local
    milliseconds of the day, and whether the person is a customer.
    """

    row: np.ndarray
    slot: np.ndarray
    channel: np.ndarray
    place: np.ndarray
    source: np.ndarray
    campaign: np.ndarray
    at: np.ndarray
    is_customer: np.ndarray

    @property
    def count(self) -> int:
        """Number of visits."""
        return len(self.row)

    def take(self, rows: np.ndarray) -> "Visits":
        """Return these visits."""
        return Visits(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def due(today: Today, people: People, state: State) -> np.ndarray:
    """Return which categories a person needs today, (n, categories); a season brings needs forward."""
    ahead = np.minimum(0.35 * people.cycle, 40) * today.season[people.market].astype(np.float32)
    return state.need <= today.day + ahead


def visit(
    retailer: Retailer, today: Today, people: People, state: State, needs: np.ndarray, lift: np.ndarray,
    ads: Ads, messages: Messages, switches: Switches, programme: np.ndarray,
) -> Visits:  # fmt: skip
    """Return today's visits; ``lift`` is the log factor of marketing, ``programme`` the programme's
    strength.
    """
    known, draw, day = retailer.parameters, retailer.draw, today.day
    n = people.count
    source, campaign = _links(today, ads, messages, n)
    rate = people.log_rate + known.visits.need_effect * np.minimum(needs.sum(axis=1) / 4, 1.5)
    rate += known.visits.attachment_effect * (state.attachment - 0.6) + lift
    rate += today.visit_shift[people.market] + 0.35 * today.peak[people.market]
    rate += known.loyalty.tier_effect * state.tier + known.programme.visits * programme
    customer = state.status == ACTIVE
    share = known.visits.outsider_share
    outsider = known.visits.daily_mean * 0.5 * share / (1 - share)
    chance = np.where(customer, 1 - np.exp(-np.exp(rate)), outsider * people.digital * np.exp(lift))
    chance = np.where(source > 0, np.maximum(chance, 0.85 * min(known.marketing.effect, 1.0)), chance)
    u = draw.uniform("visit/comes", people.person, day)
    row = np.flatnonzero(u < chance)
    first = _where(retailer, today, people, state, row, source, campaign, customer, 0)
    again = draw.uniform("visit/again", people.person[row], day) < known.visits.second_visit_rate
    second = _where(retailer, today, people, state, row[again], source * 0, campaign * 0 - 1, customer, 1)
    later = first.at[again] + 3_600_000 * (
        1 + 4 * draw.uniform("visit/later", people.person[row[again]], day)
    )
    keep = later < 20.5 * 3_600_000
    second = Visits(**(vars(second) | {"at": later.astype(np.int64)})).take(np.flatnonzero(keep))
    both = Visits(
        *(np.concatenate([getattr(first, f.name), getattr(second, f.name)]) for f in fields(Visits))
    )
    return _through_search(retailer, today, people, state, both, switches)


def _links(today: Today, ads: Ads, messages: Messages, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's link followed: source (0: none) and campaign (-1: none); messages win over ads."""
    source, campaign = np.zeros(n, np.int8), np.full(n, -1, np.int32)
    clicked = ads.clicks > 0
    source[ads.row[clicked]] = SOURCE_OF_GROUP[ads.group[clicked]]
    place = messages.campaign[messages.is_clicked]
    if len(place):
        channels = np.array([c.channel for c in today.campaigns])
        source[messages.row[messages.is_clicked]] = SOURCE_OF_MESSAGE[channels[place]]
        campaign[messages.row[messages.is_clicked]] = np.array([c.campaign_id for c in today.campaigns])[
            place
        ]
    return source, campaign


def _where(
    retailer: Retailer, today: Today, people: People, state: State, row: np.ndarray, source: np.ndarray,
    campaign: np.ndarray, customer: np.ndarray, slot: int,
) -> Visits:  # fmt: skip
    known, draw, day = retailer.parameters.visits, retailer.draw, today.day
    ids = pair(people.person[row], slot)
    city = state.city[row]
    odds = known.screen_shift + known.screen_slope * (people.digital[row] - 0.5)
    odds -= known.rain * np.minimum(today.rain[city], 4) / 2 + known.heat * today.heat[city]
    screen = (draw.uniform("visit/screen", ids, day) < logistic(odds)) | ~customer[row]
    clicked = (source[row] > 0) & (screen | (retailer.parameters.marketing.effect > 0))
    screen |= clicked
    habit = draw.uniform("visit/habit", people.person[row])
    mood = draw.uniform("visit/mood", ids, day)
    taken = np.where(draw.uniform("visit/strays", ids, day) < 0.25, mood, habit)
    chinese = people.market[row] == 0
    pick = np.where(
        chinese,
        np.select([taken < 0.42, taken < 0.78], [MINI, APP], WEB),
        np.where(taken < 0.36 + 0.2 * (people.digital[row] - 0.5), APP, WEB),
    )
    channel = np.where(screen, pick, STORE).astype(np.int8)
    places = retailer.places
    near = places.first_store[city] + (
        draw.uniform("visit/store", people.person[row]) * places.store_count[city]
    ).astype(np.int16)
    place = np.where(screen, people.market[row], near).astype(np.int16)
    hour = np.where(
        screen, draw.choice("visit/hour", ids, HOURS, day), draw.choice("visit/hour", ids, STORE_HOURS, day)
    )
    at = ((hour + draw.uniform("visit/minute", ids, day)) * 3_600_000).astype(np.int64)
    plain = np.where(draw.uniform("visit/types", ids, day) < 0.55, DIRECT, ORGANIC)
    plain = np.where(screen, plain, WALK_IN)
    return Visits(
        row, np.full(len(row), slot, np.int8), channel, place,
        np.where(clicked, source[row], plain).astype(np.int8), np.where(clicked, campaign[row], -1), at,
        customer[row],
    )  # fmt: skip


def _through_search(
    retailer: Retailer, today: Today, people: People, state: State, found: Visits, switches: Switches
) -> Visits:
    """Send a part of the organic visits through paid search, which few of them need: the ad takes the
    credit.
    """
    known, draw, day = retailer.parameters.marketing, retailer.draw, today.day
    ids = pair(people.person[found.row], found.slot)
    spend = today.spend[people.market[found.row], 0]
    if switches.spend is not None:
        spend = spend * switches.spend[found.row, 0]
    share = np.minimum(known.search_share * 2 * np.minimum(spend, 1.6), 0.95)
    usual = (found.source == ORGANIC) & (draw.uniform("search/sees", ids, day) < share)
    on = np.broadcast_to(switches.is_on(0, found.row), found.count)
    full_share = np.minimum(known.search_share * 2 * 1.6, 0.95)
    could = (found.source == ORGANIC) & (draw.uniform("search/sees", ids, day) < full_share)
    moved = (
        np.maximum(people.persuasion[found.row, 0], 0) / known.channel_effect["search"]
        if known.effect
        else 0.0
    )
    needs_it = draw.uniform("search/needs", ids, day) < known.search_need * np.minimum(moved, 1.5)
    paid = usual & on
    state.goodwill[found.row[paid], 0] += 0.5
    source = np.where(paid, SEARCH, found.source).astype(np.int8)
    kept = np.flatnonzero(paid | ~(could & needs_it))
    return Visits(**(vars(found) | {"source": source})).take(kept)
