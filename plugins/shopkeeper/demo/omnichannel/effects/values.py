"""True expected value: from a month's first morning, the same world lived on many times with fresh chance.

What surrounds the persons (prices, weather, campaigns) and what they are for good (tastes, habits) stays;
everything that is drawn by day is drawn anew. Beyond the last day lived the shelves are full.
"""

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.day import Happenings, live
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Switches, Today, morning
from shopkeeper.demo.omnichannel.effects.reruns import Stage, run
from shopkeeper.demo.omnichannel.people import People, State
from shopkeeper.demo.omnichannel.randomness import Bits, Randomness
from shopkeeper.demo.omnichannel.surroundings.days import date_of

HORIZONS = (90, 365)
OF_CAMPAIGNS = ("message/", "campaign/")


class FreshChance(Randomness):
    """The same persons with another chance: what is drawn by day, or by campaign, is drawn anew."""

    def __init__(self, seed: int, replicate: int) -> None:
        super().__init__(seed)
        self._replicate = replicate

    def bits(self, purpose: str, ids: np.ndarray, *salts: int) -> Bits:
        """Return 64 random bits an id."""
        anew = salts or purpose.startswith(OF_CAMPAIGNS)
        return super().bits(purpose, ids, *salts, *((-1 - self._replicate,) if anew else ()))


def month_starts(found: Stage) -> list[int]:
    """Return the first day of each month that was lived."""
    return [day for day in range(found.day_count) if date_of(day).day == 1]


def expected_values(found: Stage, replicates: int = 8, starts: list[int] | None = None) -> pa.Table:
    """Return one row a person and month: expected net revenue in GBP over 90 and 365 days, and its standard
    error.

    ``is_alive`` says whether the person was an active customer that morning.
    """
    starts = month_starts(found) if starts is None else starts
    people, mornings = found.people, _mornings(found, starts)
    n, months = people.count, len(starts)
    total, squares = (np.zeros((2, months, n)) for _ in range(2))
    for replicate in range(replicates):
        value = _live_on(found, mornings, starts, replicate)
        total += value
        squares += value**2
    mean = total / replicates
    spread = np.sqrt(np.maximum(squares / replicates - mean**2, 0) * replicates / max(replicates - 1, 1))
    error = spread / np.sqrt(replicates)
    columns = {
        "person_id": np.tile(people.person, months),
        "date": pa.array([date_of(day) for day in starts for _ in range(n)], pa.date32()),
        "is_alive": np.concatenate([mornings[day].status == 1 for day in starts]),
    }
    for k, horizon in enumerate(HORIZONS):
        columns[f"value_{horizon}_amount"] = mean[k].ravel()
        columns[f"value_{horizon}_standard_error"] = error[k].ravel()
    return pa.table(columns)


def _mornings(found: Stage, starts: list[int]) -> dict[int, State]:
    state, kept = found.state.take(np.arange(found.people.count)), {}
    for day in range(max(starts, default=-1) + 1):
        if day in starts:
            kept[day] = state.take(np.arange(found.people.count))
        run(found, found.people, state, range(day, day + 1), Switches(), lambda *_: None)
    return kept


def _live_on(found: Stage, mornings: dict[int, State], starts: list[int], replicate: int) -> np.ndarray:
    """Return each person's net revenue by horizon and start, (2, months, n): all starts live side by side."""
    n, last = found.people.count, max(HORIZONS)
    fresh = Retailer(
        found.retailer.parameters, FreshChance(found.retailer.draw.seed, replicate), found.retailer.goods,
        found.retailer.places, found.retailer.person_count,
    )  # fmt: skip
    value = np.zeros((len(HORIZONS), len(starts), n))
    living: dict[int, State] = {}
    for day in range(min(starts), max(starts) + last):
        if day in starts:
            living[day] = mornings[day].take(np.arange(n))
        for first in [first for first in living if day >= first + last]:
            del living[first]
        if not living:
            continue
        firsts = list(living)
        state = _joined([living[first] for first in firsts])
        people = found.people.take(np.tile(np.arange(n), len(firsts)))
        net = _day(fresh, morning(found.retailer, day), people, state, found).reshape(len(firsts), n)
        for k, first in enumerate(firsts):
            living[first] = state.take(slice(k * n, (k + 1) * n))
            for h, horizon in enumerate(HORIZONS):
                if day < first + horizon:
                    value[h, starts.index(first)] += net[k]
    return value


def _day(fresh: Retailer, today: Today, people: People, state: State, found: Stage) -> np.ndarray:
    did: Happenings = live(fresh, today, people, state, found.serve(today.day))
    return did.net_gbp(people)


def _joined(states: list[State]) -> State:
    names = list(vars(states[0]))
    return State(**{name: np.concatenate([getattr(state, name) for state in states]) for name in names})
