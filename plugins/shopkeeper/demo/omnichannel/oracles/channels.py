"""Channel shares: what an oracle expects under the true parameters, and what last clicks say."""

import duckdb
import numpy as np

from shopkeeper.demo.omnichannel.effects.channels import channel_effects
from shopkeeper.demo.omnichannel.effects.reruns import stage_of
from shopkeeper.demo.omnichannel.marketing.plans import GROUPS
from shopkeeper.demo.omnichannel.oracles.practice import Practice

OF_SOURCE = {
    "search": "search", "social": "social", "display": "display", "video": "video", "email": "email",
    "message": "messaging", "push": "messaging",
}  # fmt: skip


def true_shares(world: Practice, sample: int, day_count: int | None = None) -> np.ndarray:
    """Return each channel group's Shapley share in a world, (6,)."""
    found = stage_of(world.identity, sample, world.cuts, world.day_count)
    return channel_effects(found, day_count).shares


def share_oracle(practice: list[Practice], sample: int, day_count: int | None = None) -> np.ndarray:
    """Return the shares to be expected under the true parameters: the mean over worlds of other seeds,
    (6,).
    """
    return np.mean([true_shares(world, sample, day_count) for world in practice], axis=0)


def last_click_shares(world: Practice) -> np.ndarray:
    """Return each group's share in the net revenue of orders placed in a visit that followed a link, (6,)."""
    with duckdb.connect() as connection:
        for name in ("orders", "visits"):
            connection.register(name, world.tables[name])
        rows = connection.execute(
            "select source, sum(net_amount / if(orders.market = 'CN', 9.2, 1)) from orders "
            "join visits using (visit_id) group by source"
        ).fetchall()
    total = np.zeros(len(GROUPS))
    for source, amount in rows:
        if source in OF_SOURCE:
            total[GROUPS.index(OF_SOURCE[source])] += amount
    return total / max(total.sum(), 1e-9)


def touch_shares(world: Practice, days: int = 30) -> np.ndarray:
    """Return each group's share in net revenue when every link followed in the days before counts alike,
    (6,).
    """
    with duckdb.connect() as connection:
        for name in ("orders", "visits"):
            connection.register(name, world.tables[name])
        rows = connection.execute(
            "select source, sum(amount / n) from (select touch.source, "
            "net_amount / if(market = 'CN', 9.2, 1) as amount, count(*) over (partition by order_id) "
            "as n from orders join visits as touch on "
            "touch.person_id = orders.person_id and touch.started_at <= ordered_at "
            f"and touch.started_at > ordered_at - interval {days} day "
            f"where touch.source in ({', '.join(repr(name) for name in OF_SOURCE)})) group by source"
        ).fetchall()
    total = np.zeros(len(GROUPS))
    for source, amount in rows:
        total[GROUPS.index(OF_SOURCE[source])] += amount
    return total / max(total.sum(), 1e-9)


def agreement(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Return 1 less the total variation distance of two vectors of shares; 1 is perfect."""
    return float(1 - 0.5 * np.abs(estimate - truth).sum())
