"""What changes in a person from day to day."""

from dataclasses import dataclass, fields

import numpy as np

from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.people.blocks import blocks, gathered
from shopkeeper.demo.omnichannel.people.persons import People, logistic
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.scratch import IN_MEMORY, Scratch

PROSPECT, ACTIVE, LAPSED, GONE = range(4)
LONG_AGO = -1000
DELETED = np.uint16(1 << 15)


@dataclass
class State:
    """Every person's day, by row; days are counted from the world's first one. ``need`` is the day on which
    the next need of a category falls due, ``goodwill`` what ads and messages have left behind.
    """

    status: np.ndarray
    ripeness: np.ndarray
    since: np.ndarray
    attachment: np.ndarray
    satisfaction: np.ndarray
    need: np.ndarray
    brand: np.ndarray
    goodwill: np.ndarray
    video_day: np.ndarray
    last_visit: np.ndarray
    last_purchase: np.ndarray
    purchases: np.ndarray
    spend: np.ndarray
    browsed: np.ndarray
    coupon: np.ndarray
    coupon_until: np.ndarray
    points: np.ndarray
    tier: np.ndarray
    accounts: np.ndarray
    consents: np.ndarray
    city: np.ndarray
    address: np.ndarray
    phone: np.ndarray
    cookie: np.ndarray

    def take(self, rows: np.ndarray | slice) -> "State":
        """Return these rows: views for a slice, copies for an index (which may repeat)."""
        return State(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def begin(
    parameters: Parameters, draw: Randomness, people: People, city: np.ndarray, scratch: Scratch = IN_MEMORY
) -> State:
    """Return everybody's state on the morning of day 0."""
    some = (_begun(parameters, draw, people.take(block), city[block]) for block in blocks(people.count))
    return gathered(people.count, some, scratch)


def _begun(parameters: Parameters, draw: Randomness, people: People, city: np.ndarray) -> State:
    n, categories = people.cycle.shape
    ids, known = people.person, parameters.people
    started = draw.uniform("life/started", ids) < known.started_share
    tenure = (30 + 1100 * draw.uniform("life/tenure", ids) ** 1.4).astype(np.int32)
    attachment = np.clip(0.6 + 0.18 * draw.normal("life/attachment", ids), 0.05, 0.98)
    asleep = draw.uniform("life/asleep", ids) < logistic(-1.6 + tenure / 700 - 2.5 * (attachment - 0.6))
    gone = draw.uniform("life/gone", ids) < parameters.lives.gone_share
    status = np.select([~started, ~asleep, gone], [PROSPECT, ACTIVE, GONE], LAPSED).astype(np.int8)
    wait = np.stack([draw.uniform("need/start", ids, c) for c in range(categories)], axis=1)
    active = status == ACTIVE
    spend = np.where(active, 60 * draw.exponential("life/spend", ids) * people.log_rate.clip(-5, 0) / -3, 0.0)

    def zeros(kind: type, *shape: int) -> np.ndarray:
        return np.zeros((n, *shape), kind)

    seen = np.where(started, -1 - (25 * draw.exponential("life/seen", ids)), LONG_AGO).astype(np.int32)
    seen = np.maximum(np.where(active, seen, np.where(started, seen - 90, LONG_AGO)), LONG_AGO)
    return State(
        status=status, ripeness=zeros(np.float32), since=np.where(started, -tenure, 0).astype(np.int32),
        attachment=attachment.astype(np.float32),
        satisfaction=np.clip(
            parameters.feelings.start + 0.12 * draw.normal("life/satisfaction", ids), 0.05, 0.98
        ).astype(np.float32),
        need=np.minimum(wait * people.cycle, 1e6).astype(np.float32), brand=zeros(np.int16, categories) - 1,
        goodwill=zeros(np.float32, 6), video_day=zeros(np.int32) + LONG_AGO, last_visit=seen,
        last_purchase=seen.copy(),
        purchases=np.where(started, 1 + tenure // 60, 0).astype(np.int32), spend=spend.astype(np.float32),
        browsed=zeros(np.int8) - 1, coupon=zeros(np.int64) - 1, coupon_until=zeros(np.int32) + LONG_AGO,
        points=zeros(np.int32), tier=zeros(np.int8), accounts=zeros(np.uint16), consents=zeros(np.uint8),
        city=city.copy(), address=zeros(np.int16), phone=zeros(np.int16), cookie=zeros(np.int16),
    )  # fmt: skip
