"""Arrival, lapse, return, moves: the turns of a person's life as a customer.

A person arrives when the sum of daily intensities, raised by goodwill, has reached a threshold of the own.
Lapsing peaks at a tenure (novelty wears off), grows as attachment falls and when the rival is cheaper; it
needs no purchase to happen, and most who lapse can return: nothing of it is memoryless.
"""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.people.persons import People
from shopkeeper.demo.omnichannel.people.state import ACTIVE, DELETED, GONE, LAPSED, PROSPECT, State
from shopkeeper.demo.omnichannel.surroundings.places import MARKET_OF_CITY, WEIGHTS

TURNS = ("arrived", "lapsed", "returned", "moved", "changed_phone")
CAUSES = ("novelty", "dissatisfaction", "competitor", "life", "win_back", "habit")


@dataclass(frozen=True)
class Turns:
    """The turns of one day: rows, index of `TURNS`, index of `CAUSES`; and whose records are to be deleted,
    with the bits of the systems that hold one.
    """

    row: np.ndarray
    turn: np.ndarray
    cause: np.ndarray
    deleted: np.ndarray
    held: np.ndarray


def turn(retailer: Retailer, today: Today, people: People, state: State) -> Turns:
    """Let a night pass: change ``state`` in place and return what turned."""
    known, draw, ids, day = retailer.parameters.lives, retailer.draw, people.person, today.day
    warm = state.goodwill.sum(axis=1) > 0.5
    found: list[tuple[np.ndarray, int, np.ndarray]] = []

    prospects = np.flatnonzero(state.status == PROSPECT)
    arrived = prospects[_ripens(retailer, today, people, state, prospects)]
    found.append((arrived, 0, np.where(warm[arrived], 4, 5)))

    active = np.flatnonzero(state.status == ACTIVE)
    tenure = np.maximum(day - state.since[active], 1)
    rival = today.prices.rival.mean(axis=1)[people.market[active]]
    low = 0.6 - state.attachment[active]
    novelty = known.novelty_height * np.exp(-0.5 * (np.log(tenure / known.novelty_days) / 0.6) ** 2)
    strain = known.rival_lapse * rival * people.slope[active] / retailer.parameters.choice.price_slope
    hazard = known.lapse_daily * np.exp(known.lapse_attachment * low + novelty + strain)
    lapses = draw.uniform("life/lapse", ids[active], day) < hazard
    parts = np.stack([novelty, known.lapse_attachment * low, strain])[:, lapses]
    lapsed = active[lapses]
    found.append((lapsed, 1, np.where(parts.max(axis=0) > 0.25, parts.argmax(axis=0), 3)))

    sleepers = np.flatnonzero(state.status == LAPSED)
    pull = known.return_daily * np.exp(
        1.5 * (state.satisfaction[sleepers] - retailer.parameters.feelings.neutral)
        + retailer.parameters.marketing.effect * 0.9 * np.minimum(state.goodwill[sleepers].sum(axis=1), 1.5)
        + 0.8 * today.peak[people.market[sleepers]]
    )
    returned = sleepers[draw.uniform("life/return", ids[sleepers], day) < pull]
    found.append((returned, 2, np.where(warm[returned], 4, 5)))

    u = draw.uniform("life/move", ids, day)
    moved = np.flatnonzero(u < known.moved_daily)
    away = moved[u[moved] < 0.6 * known.moved_daily]
    found.append((moved, 3, np.full(len(moved), 3)))
    renumbered = np.flatnonzero(draw.uniform("life/renumber", ids, day) < known.phone_daily)
    found.append((renumbered, 4, np.full(len(renumbered), 3)))

    state.status[arrived] = state.status[returned] = ACTIVE
    state.since[arrived] = state.since[returned] = day
    state.attachment[returned] = np.maximum(state.attachment[returned], 0.6)
    gone = draw.uniform("life/gone", ids[lapsed], day) < known.gone_share
    state.status[lapsed] = np.where(gone, GONE, LAPSED)
    state.since[lapsed] = day
    wants = gone & (draw.uniform("life/deletion", ids[lapsed], day) < known.deletion_rate)
    deleted = lapsed[wants]
    held = state.accounts[deleted].copy()
    state.accounts[deleted] = DELETED
    state.consents[deleted] = 0
    state.points[deleted] = 0
    state.tier[deleted] = 0
    state.address[moved] += 1
    state.city[away] = _new_city(retailer, people, away, day)
    state.phone[renumbered] += 1
    state.cookie[draw.uniform("life/cookie", ids, day) < known.cookie_daily] += 1
    sizes = [len(rows) for rows, _, _ in found]
    return Turns(
        np.concatenate([rows for rows, _, _ in found]),
        np.repeat([code for _, code, _ in found], sizes),
        np.concatenate([cause for _, _, cause in found]),
        deleted,
        held,
    )


def _ripens(retailer: Retailer, today: Today, people: People, state: State, rows: np.ndarray) -> np.ndarray:
    """Return which prospects arrive: the threshold is exponential, mean 1 when a year's intensity is 1.2."""
    known = retailer.parameters
    grown = np.exp(known.people.arrival_growth * today.day / 365)
    persuaded = np.maximum((people.persuasion[rows] * state.goodwill[rows]).sum(axis=1), -0.5)
    season = 0.5 * today.peak[people.market[rows]]
    state.ripeness[rows] += 1.2 / 365 * grown * np.exp(season + 1.5 * persuaded)
    return state.ripeness[rows] >= retailer.draw.exponential("life/threshold", people.person[rows])


def _new_city(retailer: Retailer, people: People, rows: np.ndarray, day: int) -> np.ndarray:
    market = people.market[rows]
    cities = [
        retailer.draw.choice("life/city", people.person[rows], np.where(m == MARKET_OF_CITY, WEIGHTS, 0), day)
        for m in (0, 1)
    ]
    return np.where(market == 0, cities[0], cities[1]).astype(np.int16)
