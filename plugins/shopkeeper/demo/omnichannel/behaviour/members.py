"""Accounts that visits open, consents, points and tiers."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.paying import CNY_PER_GBP, Baskets
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.behaviour.visits import APP, MINI, STORE, WEB, Visits
from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.people.persons import People
from shopkeeper.demo.omnichannel.people.state import DELETED, PROSPECT, State
from shopkeeper.demo.omnichannel.randomness import Randomness

SYSTEMS = ("crm", "loyalty", "web_shop", "app", "mini_program", "social")
CRM, LOYALTY, WEB_SHOP, APP_SYSTEM, MINI_SYSTEM, SOCIAL = range(6)
CONSENTS = ("email", "message", "push", "profiling")
SYSTEM_OF_CHANNEL = np.array([-1, WEB_SHOP, APP_SYSTEM, MINI_SYSTEM])


@dataclass(frozen=True)
class Openings:
    """Accounts opened on a day: rows and index of `SYSTEMS`."""

    row: np.ndarray
    system: np.ndarray


def first_accounts(parameters: Parameters, draw: Randomness, people: People, state: State) -> None:
    """Give the customers of the first morning the accounts and consents that they have opened before."""
    ids, old = people.person, state.status != PROSPECT
    chinese = people.market == 0
    chances = [
        np.full(len(ids), 0.86), np.full(len(ids), parameters.loyalty.member_rate),
        0.15 + 0.6 * people.digital,
        0.5 * people.digital, np.where(chinese, 0.7 * people.digital, 0), 0.35 * people.digital,
    ]  # fmt: skip
    for system, chance in enumerate(chances):
        has = old & (draw.uniform("account/first", ids, system) < chance)
        state.accounts[has] |= np.uint16(1 << system)
    needs_crm = (state.accounts & 0b11110) > 0
    state.accounts[needs_crm] |= np.uint16(1)
    _consent(parameters, draw, people, state, np.flatnonzero(state.accounts & 1))
    state.points[:] = np.where(state.accounts & 2, 40 * draw.exponential("account/points", ids), 0)
    state.tier[:] = _tiers(parameters, state.spend) * ((state.accounts & 2) > 0)


def _consent(parameters: Parameters, draw: Randomness, people: People, state: State, row: np.ndarray) -> None:
    for bit in range(len(CONSENTS)):
        chance = parameters.marketing.consent_rate * np.exp(0.3 * (people.digital[row] - 0.5) - 0.1 * bit)
        yes = draw.uniform("account/consent", people.person[row], bit) < chance
        state.consents[row[yes]] |= np.uint8(1 << bit)


def _tiers(parameters: Parameters, spend: np.ndarray) -> np.ndarray:
    known = parameters.loyalty
    return ((spend >= known.silver_amount).astype(np.int8) + (spend >= known.gold_amount)).astype(np.int8)


def open_accounts(
    retailer: Retailer, today: Today, people: People, state: State, visits: Visits, baskets: Baskets
) -> Openings:
    """Open accounts: at a screen's purchase and at many of its visits, at tills for the loyalty card."""
    draw, day, known = retailer.draw, today.day, retailer.parameters
    ids = people.person[visits.row]
    buys = np.zeros(visits.count, bool)
    buys[baskets.visit] = True
    screen = visits.channel != STORE
    joins = screen & (draw.uniform("account/joins", ids, day) < np.where(buys, 0.75, 0.04))
    member = (draw.uniform("account/first", ids, LOYALTY) < known.loyalty.member_rate) & buys
    member &= draw.uniform("account/member", ids, day) < 0.4
    knows = buys & (draw.uniform("account/crm", ids, day) < 0.35) | joins | member
    social = screen & (draw.uniform("account/social", ids, day) < 0.01)
    wanted = [
        (visits.row[knows], CRM), (visits.row[member], LOYALTY),
        *((visits.row[joins & (visits.channel == channel)], SYSTEM_OF_CHANNEL[channel]) for channel in (WEB,
        APP, MINI)),
        (visits.row[social], SOCIAL),
    ]  # fmt: skip
    rows, systems = [], []
    for row, system in wanted:
        row = np.unique(row)
        new = row[(state.accounts[row] & (DELETED | np.uint16(1 << int(system)))) == 0]
        state.accounts[new] |= np.uint16(1 << int(system))
        if system == CRM:
            _consent(known, draw, people, state, new)
        rows.append(new)
        systems.append(np.full(len(new), system))
    return Openings(np.concatenate(rows), np.concatenate(systems))


@dataclass(frozen=True)
class Expiry:
    """Points that expired today, and tiers that changed, by row."""

    row: np.ndarray
    points: np.ndarray
    tier_row: np.ndarray
    tier: np.ndarray


def reward(
    retailer: Retailer, today: Today, people: People, state: State, row: np.ndarray, baskets: Baskets
) -> Expiry:
    """Let spend, points, tiers and used coupons follow the day's baskets; return what expired and rose or
    fell.
    """
    known = retailer.parameters.loyalty
    rate = np.where(people.market[row] == 0, 1 / CNY_PER_GBP, 1.0)
    net = baskets.net * rate
    state.spend *= np.float32(np.exp(-1 / 180))
    np.add.at(state.spend, row, net)
    is_member = (state.accounts & 2) > 0
    earned = np.floor(net * known.points_rate).astype(np.int32)
    np.add.at(state.points, row, np.where(is_member[row], earned - baskets.burned, 0))
    state.coupon_until[row[baskets.coupon >= 0]] = today.day - 1
    quiet = today.day - state.last_purchase == known.expiry_days
    expired = np.flatnonzero(quiet & is_member & (state.points > 0))
    points = state.points[expired].copy()
    state.points[expired] = 0
    target = (_tiers(retailer.parameters, state.spend) * is_member).astype(np.int8)
    if today.day % 30 != 29:
        target = np.maximum(state.tier, target)
    changed = np.flatnonzero(target != state.tier)
    state.tier[:] = target
    return Expiry(expired, points, changed, target[changed])
