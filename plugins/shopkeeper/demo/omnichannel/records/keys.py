"""Ids and keys. A day's rows are numbered within the day, so no counter is carried from one day to the
next.
"""

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.members import SYSTEMS
from shopkeeper.demo.omnichannel.randomness import Randomness, pair

PER_DAY = 10_000_000
PER_CAMPAIGN = 10_000_000_000
HOUSEHOLD_DEVICES = 1 << 40
ACCOUNTS = 2 * len(SYSTEMS)
DEVICE_KINDS = ("phone", "computer", "tablet")


def numbers(day: int, first: int, count: int) -> np.ndarray:
    """Return the ids of rows ``first`` to ``first + count`` of a day."""
    return np.int64((day + 1) * PER_DAY + first) + np.arange(count, dtype=np.int64)


def account_id(person: np.ndarray, system: np.ndarray | int, second: np.ndarray | int = 0) -> np.ndarray:
    """Return the id of a person's first or second account in a system."""
    return (person.astype(np.int64) * len(SYSTEMS) + system) * 2 + second


def campaign_row_id(campaign: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Return the id of what a campaign gives a person, a message or a coupon; -1 without a campaign."""
    found = campaign.astype(np.int64) * PER_CAMPAIGN + person
    return np.where(campaign >= 0, found, -1)


def phone_key(draw: Randomness, owner: np.ndarray, epoch: np.ndarray, recycled: float) -> np.ndarray:
    """Return the number of a person's ``epoch``-th phone; a few new ones were somebody else's before."""
    ids = pair(owner, epoch)
    former = (draw.uniform("phone/former", ids) * np.maximum(owner, 1)).astype(np.int64)
    again = (draw.uniform("phone/recycled", ids) < recycled) & (epoch > 0)
    return draw.bits("contact/phone", np.where(again, pair(former, 0), ids))


def first_phone(draw: Randomness, owner: np.ndarray) -> np.ndarray:
    """Return the number of a person's phone at the start."""
    return phone_key(draw, owner, np.zeros(len(owner), int), 0.0)


def email_key(draw: Randomness, person: np.ndarray) -> np.ndarray:
    """Return a person's e-mail address."""
    return draw.bits("contact/email", person)


def has_email(draw: Randomness, person: np.ndarray, market: np.ndarray) -> np.ndarray:
    """Return who has an e-mail address to give."""
    return draw.uniform("contact/has_email", person) < np.where(market == 0, 0.48, 0.94)


def address_key(draw: Randomness, household: np.ndarray, person: np.ndarray, epoch: np.ndarray) -> np.ndarray:
    """Return an address: the household's until the person has moved out."""
    return draw.bits("contact/address", np.where(epoch == 0, pair(household, 1 << 20), pair(person, epoch)))


def devices(
    draw: Randomness, person: np.ndarray, household: np.ndarray, shared_rate: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each person's devices by `DEVICE_KINDS`, (n, 3): id (-1: none), and whether it is shared (n,
    3).
    """
    own = person.astype(np.int64)[:, None] * 4 + np.arange(3)
    together = HOUSEHOLD_DEVICES + household.astype(np.int64)[:, None] * 4 + np.arange(3)
    shares = draw.uniform("device/shares", household)[:, None] < shared_rate * np.array([0, 1.0, 1.0])
    has = np.stack(
        [np.ones(len(person), bool), draw.uniform("device/computer", person) < 0.6,
         draw.uniform("device/tablet", person) < 0.25], axis=1,
    )  # fmt: skip
    ids = np.where(shares, together, np.where(has, own, -1))
    return ids, shares, has | shares


def anonymous_id(draw: Randomness, device: np.ndarray, channel: np.ndarray, cookie: np.ndarray) -> np.ndarray:
    """Return the cookie of a browser or the installation of an app."""
    return draw.bits("device/cookie", pair(pair(device, channel), cookie))
