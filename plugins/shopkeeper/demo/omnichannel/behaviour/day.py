"""One day of some persons, from morning to night: the core that every rerun repeats."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour import baskets as shopping
from shopkeeper.demo.omnichannel.behaviour.baskets import Lines
from shopkeeper.demo.omnichannel.behaviour.feelings import Experiences, feel
from shopkeeper.demo.omnichannel.behaviour.life import Turns, turn
from shopkeeper.demo.omnichannel.behaviour.members import Expiry, Openings, open_accounts, reward
from shopkeeper.demo.omnichannel.behaviour.paying import CNY_PER_GBP, Baskets, pay
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Switches, Today
from shopkeeper.demo.omnichannel.behaviour.visits import Visits, due, visit
from shopkeeper.demo.omnichannel.marketing.reach import Ads, Messages, fade, pull, send_messages, show_ads
from shopkeeper.demo.omnichannel.people.persons import People
from shopkeeper.demo.omnichannel.people.state import ACTIVE, State
from shopkeeper.demo.omnichannel.randomness import pair

Serve = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]


@dataclass
class Happenings:
    """All that some persons did on a day; rows count within their block."""

    turns: Turns
    ads: Ads
    messages: Messages
    visits: Visits
    asked: Lines
    baskets: Baskets
    experiences: Experiences
    openings: Openings
    expiry: Expiry

    def net_gbp(self, people: People) -> np.ndarray:
        """Return each person's net revenue of the day in GBP, without what will come back, (n,)."""
        row = self.visits.row[self.baskets.visit]
        kept = self.baskets.line_net * (self.baskets.back_day < 0)
        rate = np.where(people.market[row] == 0, 1 / CNY_PER_GBP, 1.0)
        return np.bincount(
            row, np.bincount(self.baskets.basket, kept, self.baskets.count) * rate, people.count
        )


def live(
    retailer: Retailer,
    today: Today,
    people: People,
    state: State,
    serve: Serve,
    switches: Switches | None = None,
) -> Happenings:
    """Let some persons live a day, change their ``state``, and return what happened.

    ``serve(place, product, units, u, turn)`` tells which requests the shelves can fill.
    """
    switches = switches or Switches()
    turns = turn(retailer, today, people, state)
    ads = show_ads(retailer, today, people, state, switches)
    messages = send_messages(retailer, today, people, state, switches)
    lift = pull(retailer, today, people, state)
    needs = due(today, people, state)
    programme = _programme(retailer, today, people, switches)
    visits = visit(retailer, today, people, state, needs, lift, ads, messages, switches, programme)
    holds = state.coupon_until >= today.day
    buys = shopping.buying(retailer, today, people, state, visits, needs, holds, programme)
    lines = shopping.gather(retailer, today, people, state, visits, np.flatnonzero(buys), needs, programme)
    missing = _from_the_shelf(retailer, today, people, visits, lines, serve)
    got = np.flatnonzero(lines.product >= 0)
    served = Lines(
        *(part[got] for part in (lines.visit, lines.category, lines.product, lines.wanted, lines.units))
    )
    paid = pay(retailer, today, people, state, visits, served)
    row = visits.row[paid.visit]
    openings = open_accounts(retailer, today, people, state, visits, paid)
    felt = feel(retailer, today, people, state, visits, paid, missing[paid.visit], programme)
    shopping.settle_needs(
        retailer,
        today,
        people,
        state,
        row[paid.basket],
        paid.category,
        paid.units,
        retailer.goods.brand[paid.product],
    )
    shopping.leak(retailer, today, people, state, needs)
    expiry = reward(retailer, today, people, state, row, paid)
    state.last_visit[visits.row] = today.day
    state.last_purchase[row] = today.day
    np.add.at(state.purchases, row, 1)
    focus = people.cycle[visits.row].argmin(axis=1)
    state.browsed[visits.row] = np.where(
        needs[visits.row].any(axis=1), needs[visits.row].argmax(axis=1), focus
    )
    drift = np.float32(0.004) * (state.satisfaction - state.attachment)
    state.attachment += np.where(state.status == ACTIVE, drift, 0)
    fade(retailer, state)
    return Happenings(turns, ads, messages, visits, lines, paid, felt, openings, expiry)


def _programme(retailer: Retailer, today: Today, people: People, switches: Switches) -> np.ndarray:
    known = retailer.parameters.programme
    given = people.is_treated if switches.programme is None else switches.programme
    return (known.strength * (today.day >= known.from_day)) * given


def _from_the_shelf(
    retailer: Retailer, today: Today, people: People, visits: Visits, lines: Lines, serve: Serve
) -> np.ndarray:
    """Serve the lines, with a substitute where the first wish is out; return the wishes missed by visit."""
    known, draw, day = retailer.parameters.assortment, retailer.draw, today.day
    person, spare = people.person[visits.row[lines.visit]], lines.product
    ids = pair(pair(person, lines.wanted), visits.slot[lines.visit])
    place = visits.place[lines.visit]
    u = draw.uniform("shelf/turn", ids, day)
    first = serve(place, lines.wanted, lines.units, u, 1)
    swaps = ~first & (spare >= 0) & (draw.uniform("shelf/swaps", ids, day) < known.substitute_rate)
    tries = np.flatnonzero(swaps)
    second = np.zeros(len(u), bool)
    second[tries] = serve(place[tries], spare[tries], lines.units[tries], u[tries], 2)
    lines.product = np.where(first, lines.wanted, np.where(second, spare, -1)).astype(np.int32)
    return np.bincount(lines.visit, ~first, visits.count)
