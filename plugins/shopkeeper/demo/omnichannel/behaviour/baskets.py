"""Which visits buy, what they take, and which needs are filled elsewhere."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.choice import choose
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.behaviour.visits import STORE, Visits
from shopkeeper.demo.omnichannel.people.persons import People, logistic
from shopkeeper.demo.omnichannel.people.state import ACTIVE, State
from shopkeeper.demo.omnichannel.randomness import Randomness, pair

Serve = "Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]"


@dataclass
class Lines:
    """What buying visits took and wanted: place in the visits, category, product (-1: left out), the
    product wanted first, units.
    """

    visit: np.ndarray
    category: np.ndarray
    product: np.ndarray
    wanted: np.ndarray
    units: np.ndarray


def fills(retailer: Retailer, today: Today, people: People, state: State, row: np.ndarray) -> np.ndarray:
    """Return the log odds that a need is filled here and not at the rival, (rows, categories)."""
    known = retailer.parameters
    here = people.wallet[row] + known.feelings.wallet_effect * (
        state.satisfaction[row] - known.feelings.neutral
    )
    rival = today.prices.rival[people.market[row]] * (people.slope[row] / known.choice.price_slope)[:, None]
    return here[:, None] - known.assortment.rival_effect * rival


def buying(
    retailer: Retailer, today: Today, people: People, state: State, visits: Visits, needs: np.ndarray,
    holds_coupon: np.ndarray, programme: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return which visits buy."""
    known, row = retailer.parameters.choice, visits.row
    count = needs[row].sum(axis=1)
    level = today.prices.log_relative.reshape(2, -1, retailer.goods.per).mean(axis=2)[people.market[row]]
    price = (needs[row] * level).sum(axis=1) / np.maximum(count, 1)
    odds = np.where(visits.channel == STORE, known.store_conversion, known.screen_conversion)
    odds = (
        odds
        + known.need_conversion * (np.minimum(count, 5) - 1)
        + known.coupon_conversion * holds_coupon[row]
    )
    odds += known.price_conversion * people.slope[row] / known.price_slope * price * 4
    odds += (
        1.2 * (state.satisfaction[row] - retailer.parameters.feelings.neutral)
        + retailer.parameters.programme.conversion * programme[row]
    )
    odds += np.where(visits.is_customer, 0.0, -20.0)
    u = retailer.draw.uniform("basket/buys", pair(people.person[row], visits.slot), today.day)
    return u < logistic(odds)


def gather(
    retailer: Retailer, today: Today, people: People, state: State, visits: Visits, buyers: np.ndarray,
    needs: np.ndarray, programme: np.ndarray,
) -> Lines:  # fmt: skip
    """Return what the buying visits want: needs due, impulses, and complements of what was taken."""
    known, draw, day = retailer.parameters, retailer.draw, today.day
    kinds = list(known.assortment.categories.values())
    row, slot = visits.row[buyers], visits.slot[buyers]
    ids = pair(people.person[row], slot)[:, None] + np.arange(len(kinds)).astype(np.uint64)
    online = np.array([kind.online for kind in kinds])
    screen = (visits.channel[buyers] != STORE)[:, None]
    odds = known.choice.need_incidence + fills(retailer, today, people, state, row)
    odds += np.where(screen, 0.6, -0.3) * online
    impulse = np.array([kind.impulse for kind in kinds]) * np.exp(0.8 * today.season[people.market[row]])
    impulse = impulse * (people.cycle[row] < 1e6) * np.exp(known.programme.basket * programme[row])[:, None]
    due = needs[row] & (slot == 0)[:, None]
    chance = np.where(due, logistic(odds), impulse * np.where(screen, 0.5, 1.0))
    taken = draw.uniform("basket/takes", ids, day) < chance
    empty = ~taken.any(axis=1)
    best = np.where(people.cycle[row] < 1e6, odds + 3 * due - state.need[row] / 200, -1e9)[empty].argmax(
        axis=1
    )
    taken[np.flatnonzero(empty), best] = True
    at, category = np.nonzero(taken)
    breadth = np.array([kind.breadth for kind in kinds])[category] - 1
    u = draw.uniform("basket/breadth", ids[at, category], day)
    more = np.floor(np.log(u) / np.log(breadth / (1 + breadth))).astype(int)
    line, first, second = choose(retailer, today, people, state, row[at], category, 1 + more)
    visit = buyers[at[line]]
    mates = _complements(retailer, people, today, visits, visit, first)
    visit = np.concatenate([visit, visit[mates[0]]])
    wanted = np.concatenate([first, mates[1]])
    spare = np.concatenate([second, np.full(len(mates[1]), -1, np.int32)])
    category = retailer.goods.category[wanted]
    units = _units(retailer, today, people, visits, visit, wanted, category, programme)
    lines = Lines(visit, category, wanted.copy(), wanted, units)
    lines.product = np.where(spare >= 0, spare, -1)
    return lines


def _complements(
    retailer: Retailer, people: People, today: Today, visits: Visits, visit: np.ndarray, product: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return lines to which a complement is added, and the complement; dear complements are left."""
    goods, known = retailer.goods, retailer.parameters.assortment
    owner = goods.complement_of
    with_one = np.flatnonzero(owner >= 0)
    chosen = np.full(goods.count, -1, np.int32)
    chosen[owner[with_one][::-1]] = with_one[::-1]
    mate = chosen[product]
    rows = np.flatnonzero(mate >= 0)
    found, market = mate[rows], people.market[visits.row[visit[rows]]]
    cheap = -today.prices.log_relative[market, found] * people.slope[visits.row[visit[rows]]]
    ids = pair(people.person[visits.row[visit[rows]]], found)
    takes = retailer.draw.uniform("basket/mate", ids, today.day) < known.complement_lift * np.exp(0.6 * cheap)
    takes &= today.prices.on_sale[found]
    takes &= ~np.isin(visit[rows] * goods.count + found, visit * goods.count + product)
    return rows[takes], found[takes]


def _units(
    retailer: Retailer, today: Today, people: People, visits: Visits, visit: np.ndarray, product: np.ndarray,
    category: np.ndarray, programme: np.ndarray,
) -> np.ndarray:  # fmt: skip
    known = retailer.parameters
    mean = np.array([kind.units for kind in known.assortment.categories.values()])[category] - 1
    row = visits.row[visit]
    cheap = np.maximum(-today.prices.log_relative[people.market[row], product], 0)
    mean = mean * np.exp(
        known.choice.stock_up * cheap * people.slope[row] + known.programme.basket * programme[row]
    )
    u = retailer.draw.uniform("basket/units", pair(people.person[row], product), today.day)
    extra = np.floor(np.log(u) / np.log(mean / (1 + mean))).astype(np.int32)
    return np.where(people.kind[row] == 2, 6 + 4 * np.minimum(extra, 12), 1 + np.minimum(extra, 20)).astype(
        np.int32
    )


def settle_needs(
    retailer: Retailer, today: Today, people: People, state: State, row: np.ndarray, category: np.ndarray,
    units: np.ndarray, brand: np.ndarray,
) -> None:  # fmt: skip
    """Set the next need of what was bought, and remember the brand."""
    kinds = list(retailer.parameters.assortment.categories.values())
    mean = np.array([kind.units for kind in kinds])[category]
    lasting = _cycle(retailer.draw, kinds, people, row, category, today.day) * np.sqrt(units / mean)
    state.need[row, category] = np.minimum(np.maximum(state.need[row, category], today.day) + lasting, 1e6)
    state.brand[row, category] = brand


def leak(retailer: Retailer, today: Today, people: People, state: State, needs: np.ndarray) -> None:
    """Let needs that waited too long be filled at the rival."""
    waited = today.day - state.need
    row, category = np.nonzero(needs & (waited > 2 + 0.35 * people.cycle))
    active = state.status[row] == ACTIVE
    row, category = row[active], category[active]
    kinds = list(retailer.parameters.assortment.categories.values())
    lasting = _cycle(retailer.draw, kinds, people, row, category, today.day)
    state.need[row, category] = today.day + lasting


def _cycle(
    draw: Randomness, kinds: list, people: People, row: np.ndarray, category: np.ndarray, day: int
) -> np.ndarray:  # fmt: skip
    """Return gamma-distributed days until the next need (Wilson and Hilferty 1931), mean the person's
    cycle.
    """
    shape = np.array([kind.regularity for kind in kinds])[category]
    z = draw.normal("need/cycle", pair(people.person[row], category), day)
    gamma = np.maximum(1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape)), 0.2) ** 3
    return people.cycle[row, category] * gamma
