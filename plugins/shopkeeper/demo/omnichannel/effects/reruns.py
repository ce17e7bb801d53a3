"""Rerun a sample of persons in several worlds at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.day import Happenings, live
from shopkeeper.demo.omnichannel.behaviour.members import first_accounts
from shopkeeper.demo.omnichannel.behaviour.paying import CNY_PER_GBP
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Switches, Today, morning, open_retailer
from shopkeeper.demo.omnichannel.behaviour.stock import serve_by_cuts
from shopkeeper.demo.omnichannel.marketing.plans import ADS, GROUPS
from shopkeeper.demo.omnichannel.people import People, State, begin, populate
from shopkeeper.demo.omnichannel.people.blocks import BLOCK
from shopkeeper.demo.omnichannel.truth import Identity, TruthFolder

SAMPLE = 2_000


@dataclass(frozen=True)
class Stage:
    """The factual world that is rerun: its retailer, a sample of its people, and its shelves.

    ``cuts`` maps a day to the factual cut-offs (cell, turn, value); a day that was not lived has none: full
    shelves.
    """

    retailer: Retailer
    people: People
    state: State
    cuts: dict[int, np.ndarray]
    day_count: int

    def serve(self, day: int) -> Callable[..., np.ndarray]:
        """Return what the shelves of a day can fill."""
        none = np.zeros((0, 3))
        return partial(serve_by_cuts, self.cuts.get(day, none), self.retailer.goods.count)


def stage(folder: TruthFolder, sample: int = SAMPLE) -> Stage:
    """Return the world of a truth folder, ready to be rerun for its first ``sample`` persons."""
    told = folder.told()
    rows = folder.read("shelf_cuts")
    day = rows["day"].to_numpy()
    values = np.stack([rows[name].to_numpy().astype(float) for name in ("cell", "turn", "value")], axis=1)
    cuts = {int(d): values[day == d] for d in np.unique(day)}
    return stage_of(folder.identity(), sample, cuts, told["days"] if told else 0)


def stage_of(identity: Identity, sample: int, cuts: dict[int, np.ndarray], day_count: int) -> Stage:
    """Return a world ready to be rerun, from its cut-offs."""
    retailer = open_retailer(identity.parameters, identity.seed, identity.person_count)
    count = min(identity.person_count, BLOCK)
    people, city = populate(identity.parameters, retailer.draw, count)
    state = begin(identity.parameters, retailer.draw, people, city)
    first_accounts(identity.parameters, retailer.draw, people, state)
    rows = np.arange(min(sample, count))
    return Stage(retailer, people.take(rows), state.take(rows), cuts, day_count)


def side_by_side(found: Stage, world_count: int) -> tuple[People, State]:
    """Return the sample once a world, worlds one after the other."""
    rows = np.tile(np.arange(found.people.count), world_count)
    return found.people.take(rows), found.state.take(rows)


def run(
    found: Stage, people: People, state: State, days: range, switches: Switches,
    watch: Callable[[Today, Happenings, np.ndarray], None],
) -> None:  # fmt: skip
    """Let rows live some days; ``watch`` sees each day, what happened, and the net revenue in GBP by row."""
    for day in days:
        today = morning(found.retailer, day)
        did = live(found.retailer, today, people, state, found.serve(day), switches)
        watch(today, did, did.net_gbp(people))


def revenue(found: Stage, people: People, state: State, days: range, switches: Switches) -> np.ndarray:
    """Return the net revenue of each row over some days, GBP, (n,)."""
    total = np.zeros(people.count)

    def add(_: Today, __: Happenings, net: np.ndarray) -> None:
        nonlocal total
        total += net

    run(found, people, state, days, switches, add)
    return total


def cost(found: Stage, today: Today, did: Happenings, people: People) -> np.ndarray:
    """Return what ads and messages cost by row and channel group on a day, GBP, (n, 6)."""
    known = found.retailer.parameters.marketing.cost_per_thousand
    price = np.array([known[name] for name in GROUPS]) / 1000
    told = np.zeros((people.count, len(GROUPS)))
    np.add.at(told, (did.ads.row, did.ads.group), did.ads.views * price[did.ads.group])
    searched = did.visits.row[did.visits.source == 3]
    np.add.at(told, (searched, 0), 10 * price[0])
    if len(did.messages.row):
        channel = np.array([c.channel for c in today.campaigns])[did.messages.campaign]
        amount = np.array([price[4], price[5], 0.05 * price[5]])[channel]
        np.add.at(told, (did.messages.row, np.where(channel == 0, 4, 5)), amount)
    return told


__all__ = [
    "ADS", "CNY_PER_GBP", "SAMPLE", "Stage", "cost", "revenue", "run", "side_by_side", "stage", "stage_of",
]  # fmt: skip
