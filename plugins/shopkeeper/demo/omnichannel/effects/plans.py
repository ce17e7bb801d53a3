"""A budget plan, played: net revenue and cost when each ad channel's spend is multiplied by a factor."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.day import Happenings
from shopkeeper.demo.omnichannel.behaviour.settings import Switches, Today
from shopkeeper.demo.omnichannel.effects.reruns import Stage, cost, run, side_by_side
from shopkeeper.demo.omnichannel.marketing.plans import ADS, GROUPS
from shopkeeper.errors import UserError


@dataclass(frozen=True)
class Played:
    """What a plan brought and cost, GBP a person of the sample."""

    plan: dict[str, float]
    net_amount: float
    cost_amount: float


def play(found: Stage, plans: list[dict[str, float]], day_count: int | None = None) -> list[Played]:
    """Return what each plan brings over a world's days, under common random numbers.

    A plan maps ad channels (search, social, display, video) to factors on their spend; a missing one is 1.
    """
    for name in {name for plan in plans for name in plan}:
        if name not in GROUPS[:ADS]:
            raise UserError(f"{name} is no ad channel; a plan names {', '.join(GROUPS[:ADS])}")
    people, state = side_by_side(found, len(plans))
    factors = np.array([[plan.get(name, 1.0) for name in GROUPS] for plan in plans])
    spend = np.repeat(factors, found.people.count, axis=0)
    net, paid = np.zeros(people.count), np.zeros(people.count)

    def watch(today: Today, did: Happenings, day_net: np.ndarray) -> None:
        nonlocal net, paid
        net += day_net
        paid += cost(found, today, did, people).sum(axis=1)

    run(found, people, state, range(day_count or found.day_count), Switches(spend=spend), watch)
    nets, costs = (part.reshape(len(plans), -1).mean(axis=1) for part in (net, paid))
    return [Played(plan, float(a), float(b)) for plan, a, b in zip(plans, nets, costs, strict=True)]
