"""Visits and the events of screens: pages, searches, products, carts, purchases."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.members import SYSTEM_OF_CHANNEL
from shopkeeper.demo.omnichannel.behaviour.visits import CHANNELS, SOURCES, STORE, WEB
from shopkeeper.demo.omnichannel.randomness import pair
from shopkeeper.demo.omnichannel.records import keys
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.retailers import account_id
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill, known
from shopkeeper.demo.omnichannel.tables.behaviour import EVENT_KINDS

OPEN, PAGE, PRODUCT, SEARCH, ADD, REMOVE, LOGIN, CHECKOUT, PURCHASE = range(9)


@dataclass(frozen=True)
class Shown:
    """The day's visits as recorded: ids, the account logged in (-1: none), when a basket was paid (local
    ms).
    """

    visit_id: np.ndarray
    account_id: np.ndarray
    paid_at: np.ndarray
    device_id: np.ndarray
    anonymous_id: np.ndarray


@dataclass
class Steps:
    """Steps of visits: the visit, its place in it (0 to 1), what it was, of which product and category."""

    visit: np.ndarray
    position: np.ndarray
    kind: np.ndarray
    product: np.ndarray
    category: np.ndarray
    results: np.ndarray


def record_visits(moment: Moment) -> Shown:
    """Add `visits` and `events`, and return what sales need of them."""
    visits, draw, day = moment.did.visits, moment.retailer.draw, moment.today.day
    people, row = moment.people, visits.row
    lives = moment.retailer.parameters.lives
    person = people.person[row]
    screen = visits.channel != STORE
    device, anonymous = _devices(moment, lives.shared_device_rate)
    system = SYSTEM_OF_CHANNEL[visits.channel]
    has = screen & ((moment.state.accounts[row] >> np.maximum(system, 0)) & 1 > 0)
    rate = np.select(
        [visits.channel == WEB, visits.channel == 2],
        [moment.retailer.parameters.visits.login_rate, 0.85],
        0.95,
    )
    buys = np.zeros(visits.count, bool)
    buys[moment.did.baskets.visit] = True
    login = has & (
        draw.uniform("screen/login", pair(person, visits.slot), day) < np.where(buys, rate + 0.3, rate)
    )
    is_second = moment.is_second()
    account = np.where(login, account_id(person, system, is_second), -1)
    visit_id = moment.numbers("visits", is_second)
    moment.add(
        "visits",
        fill(
            TABLES["visits"], visits.count, visit_id=visit_id, person_id=person,
            channel=Codes(visits.channel, CHANNELS), place_id=visits.place,
            started_at=moment.instant(row, visits.at), device_id=known(device), account_id=known(account),
            anonymous_id=(anonymous, ~screen), source=Codes(visits.source, SOURCES),
            campaign_id=known(visits.campaign),
        ),
    )  # fmt: skip
    paid_at = _events(moment, visit_id, login, buys)
    return Shown(visit_id, account, paid_at, device, anonymous)


def _devices(moment: Moment, shared_rate: float) -> tuple[np.ndarray, np.ndarray]:
    visits, draw, people = moment.did.visits, moment.retailer.draw, moment.people
    row = visits.row
    ids, shared, _ = keys.devices(draw, people.person[row], people.household[row], shared_rate)
    u = draw.uniform("screen/device", pair(people.person[row], visits.slot), moment.today.day)
    kind = np.where(visits.channel == WEB, np.select([u < 0.5, u < 0.62], [1, 2], 0), np.where(u < 0.1, 2, 0))
    kind = np.where(ids[np.arange(len(row)), kind] < 0, 0, kind)
    device = ids[np.arange(len(row)), kind]
    cookie = np.where(shared[np.arange(len(row)), kind], moment.today.day // 120, moment.state.cookie[row])
    anonymous = keys.anonymous_id(draw, device, np.where(visits.channel == WEB, 0, visits.channel), cookie)
    return np.where(visits.channel == STORE, -1, device), anonymous


def _events(moment: Moment, visit_id: np.ndarray, login: np.ndarray, buys: np.ndarray) -> np.ndarray:
    visits, draw, day = moment.did.visits, moment.retailer.draw, moment.today.day
    steps = _steps(moment, login, buys)
    order = np.lexsort((steps.position, steps.visit))
    visit, kind = steps.visit[order], steps.kind[order]
    start = np.flatnonzero(np.r_[True, visit[1:] != visit[:-1]]) if len(visit) else np.zeros(0, int)
    sizes = np.diff(np.r_[start, len(visit)])
    rank = np.arange(len(visit)) - np.repeat(start, sizes)
    ids = pair(pair(moment.people.person[visits.row[visit]], visits.slot[visit]), rank)
    gap = np.where(rank == 0, 0, 2000 + 26_000 * draw.exponential("screen/gap", ids, day)).astype(np.int64)
    running = np.cumsum(gap)
    at = visits.at[visit] + running - np.repeat(running[start], sizes)
    at = np.minimum(at, 86_399_000 - (sizes.max(initial=1) - np.minimum(rank, sizes.max(initial=1))))
    seen = np.cumsum(kind == LOGIN) - np.repeat(
        np.cumsum(kind == LOGIN)[start] - (kind[start] == LOGIN), sizes
    )
    count = len(visit)
    event_id = keys.numbers(day, moment.number("events", count), count)
    order_of = np.full(visits.count, -1, np.int64)
    order_of[moment.did.baskets.visit] = _basket_ids(moment)
    search = kind == SEARCH
    product, category = steps.product[order], steps.category[order]
    kinds = list(moment.retailer.parameters.assortment.categories)
    moment.add(
        "events",
        fill(
            TABLES["events"], count, event_id=event_id, visit_id=visit_id[visit],
            person_id=moment.people.person[visits.row[visit]], channel=Codes(visits.channel[visit], CHANNELS),
            occurred_at=moment.instant(visits.row[visit], at), kind=Codes(kind, EVENT_KINDS),
            product_id=known(product),
            category=Codes(np.where((kind == PAGE) | search, category, -1), kinds),
            query_key=(draw.bits("screen/query", ids, day), ~search),
            result_count=(steps.results[order], ~search),
            order_id=known(np.where(kind == PURCHASE, order_of[visit], -1)), is_logged_in=seen > 0,
        ),
    )  # fmt: skip
    paid = visits.at + 600_000 + (1_800_000 * draw.uniform("till/stay", visits.row, day)).astype(np.int64)
    bought = np.flatnonzero(kind == PURCHASE)
    paid[visit[bought]] = at[bought]
    return paid[moment.did.baskets.visit]


def _basket_ids(moment: Moment) -> np.ndarray:
    """Return each basket's id: an order's or a receipt's; both are numbered together."""
    return moment.numbers("baskets", moment.is_second()[moment.did.baskets.visit], taken=False)


def _steps(moment: Moment, login: np.ndarray, buys: np.ndarray) -> Steps:
    did, draw, day, people = moment.did, moment.retailer.draw, moment.today.day, moment.people
    visits = did.visits
    screen = np.flatnonzero(visits.channel != STORE)
    ids = pair(people.person[visits.row], visits.slot)
    focus = moment.state.browsed[visits.row].astype(np.int64)
    parts: list[tuple[np.ndarray, ...]] = []

    def put(visit: np.ndarray, position: np.ndarray | float, kind: int, product: np.ndarray | int = -1,
            category: np.ndarray | int = -1, results: np.ndarray | int = 0) -> None:  # fmt: skip
        filled = (np.broadcast_to(part, len(visit)) for part in (position, kind, product, category, results))
        parts.append((visit, *filled))

    put(screen, 0.0, OPEN)
    early = draw.uniform("screen/early", ids, day) < 0.7
    put(np.flatnonzero(login), np.where(early, 0.05, 0.86)[login], LOGIN)
    views = (draw.exponential("screen/views", ids[screen], day) * np.where(buys[screen], 2.2, 1.6)).astype(
        int
    )
    looked = np.repeat(screen, np.minimum(views, 30))
    nth = np.arange(len(looked)) - np.repeat(
        np.cumsum(np.minimum(views, 30)) - np.minimum(views, 30), np.minimum(views, 30)
    )
    look_ids = pair(ids[looked], nth)
    strays = draw.uniform("screen/strays", look_ids, day) < 0.3
    other = (draw.uniform("screen/other", look_ids, day) * people.cycle.shape[1]).astype(int)
    category = np.where(strays, other, focus[looked])
    place = 0.1 + 0.7 * draw.uniform("screen/place", look_ids, day)
    put(looked, place, PRODUCT, _popular(moment, category, draw.uniform("screen/product", look_ids, day)))
    pages = screen[draw.uniform("screen/page", ids[screen], day) < 0.55]
    put(pages, 0.08, PAGE, -1, focus[pages])
    u = draw.uniform("screen/search", ids[screen], day)
    searches = screen[u < 0.30]
    failed = draw.uniform("screen/failed", ids[searches], day) < 0.12
    found = 1 + (40 * draw.uniform("screen/results", ids[searches], day)).astype(int)
    put(searches, 0.09, SEARCH, -1, focus[searches], np.where(failed, 0, found))
    asked = np.flatnonzero(visits.channel[did.asked.visit] != STORE)
    at, wanted = did.asked.visit[asked], did.asked.wanted[asked]
    line_ids = pair(ids[at], wanted)
    place = 0.1 + 0.7 * draw.uniform("screen/line", line_ids, day)
    put(at, place, PRODUCT, wanted)
    got = did.asked.product[asked] >= 0
    put(at[got], place[got] + 0.005, ADD, did.asked.product[asked][got])
    lacks = np.flatnonzero(did.asked.product[asked] != wanted)
    put(at[lacks], place[lacks] + 0.002, SEARCH, -1, did.asked.category[asked][lacks], 0)
    carts = looked[~buys[looked]]
    drops = draw.uniform("screen/cart", look_ids[~buys[looked]], day) < 0.09
    dropped = parts[2][3][~buys[looked]][drops]
    put(carts[drops], parts[2][1][~buys[looked]][drops] + 0.004, ADD, dropped)
    back = draw.uniform("screen/back", look_ids[~buys[looked]][drops], day) < 0.25
    put(carts[drops][back], 0.9, REMOVE, dropped[back])
    bought = screen[buys[screen]]
    put(bought, 0.92, CHECKOUT)
    put(bought, 0.97, PURCHASE)
    return Steps(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _popular(moment: Moment, category: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return a product of each category, the liked ones more often."""
    goods = moment.retailer.goods
    weight = goods.usual_share * moment.today.prices.on_sale
    share = weight / weight.reshape(-1, goods.per).sum(axis=1)[goods.category]
    edges = np.cumsum(share.reshape(-1, goods.per), axis=1) + np.arange(len(share) // goods.per)[:, None]
    found = np.searchsorted(edges.ravel(), category + u * 0.999999, side="right")
    return np.minimum(found, goods.count - 1)
