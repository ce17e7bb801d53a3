"""A campaign's true effect on each person it was sent to, and the programme's on everybody."""

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.day import Happenings
from shopkeeper.demo.omnichannel.behaviour.settings import Switches, Today
from shopkeeper.demo.omnichannel.effects.reruns import Stage, revenue, run, side_by_side
from shopkeeper.demo.omnichannel.people import State

HORIZON = 56


def campaign_effects(found: Stage, horizon: int = HORIZON) -> pa.Table:
    """Return one row a campaign and person sent: net revenue in GBP over ``horizon`` days with it and
    without it.

    The world with the campaign is the factual one. Every week's campaigns branch off the week's first
    morning.
    """
    people, state = found.people.take(slice(None)), found.state.take(np.arange(found.people.count))
    mornings: dict[int, State] = {}
    daily: list[np.ndarray] = []
    sent: list[tuple[int, int, int]] = []
    rows_all = np.arange(people.count)

    def watch(today: Today, did: Happenings, net: np.ndarray) -> None:
        daily.append(net)
        for row, place in zip(did.messages.row.tolist(), did.messages.campaign.tolist(), strict=True):
            sent.append((today.day, row, today.campaigns[place].campaign_id))

    for day in range(found.day_count):
        if day % 7 == 0:
            mornings[day] = state.take(rows_all)
        run(found, people, state, range(day, day + 1), Switches(), watch)
    factual = np.array(daily)
    told = np.array(sent, dtype=np.int64).reshape(-1, 3)
    parts = []
    for first, morning_state in mornings.items():
        of_week = told[told[:, 0] // 7 == first // 7]
        if not len(of_week):
            continue
        row, campaign = of_week[:, 1], of_week[:, 2]
        days = range(first, min(first + horizon, found.day_count))
        without = revenue(found, people.take(row), morning_state.take(row), days, Switches(campaign=campaign))
        parts.append(
            (campaign, people.person[row], factual[days.start : days.stop, row].sum(axis=0), without)
        )
    columns = [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else [np.zeros(0)] * 4
    return pa.table(
        {
            "campaign_id": columns[0].astype(np.int32), "person_id": columns[1].astype(np.int32),
            "net_amount": columns[2], "net_amount_without": columns[3],
            "effect_amount": columns[2] - columns[3],
        }
    )  # fmt: skip


def programme_effect(found: Stage) -> pa.Table:
    """Return the programme's effect from its first day on: everybody treated against nobody, one row an
    outcome.
    """
    people, state = side_by_side(found, 2)
    treated = np.repeat([False, True], found.people.count)
    first = found.retailer.parameters.programme.from_day
    totals = {name: np.zeros(2) for name in ("net_amount", "repurchases")}
    felt: list[list[np.ndarray]] = [[], []]
    bought = np.zeros(people.count, int)

    def watch(today: Today, did: Happenings, net: np.ndarray) -> None:
        if today.day < first:
            return
        row = did.visits.row[did.baskets.visit]
        np.add.at(bought, row, 1)
        for arm in (0, 1):
            totals["net_amount"][arm] += net[treated == arm].sum()
            felt[arm].append(0.5 * (state.satisfaction[row] + did.experiences.felt)[treated[row] == arm])

    run(found, people, state, range(found.day_count), Switches(programme=treated), watch)
    for arm in (0, 1):
        totals["repurchases"][arm] = np.maximum(bought[treated == arm] - 1, 0).sum()
    said = [np.concatenate(part) if part else np.zeros(1) for part in felt]
    stars = [float((1 + 4 * np.clip(0.5 + 1.45 * (part - 0.48), 0, 1)).mean()) for part in said]
    without, with_it = ([*(total[arm] for total in totals.values()), stars[arm]] for arm in (0, 1))
    return pa.table({"outcome": [*totals, "satisfaction"], "without": without, "with": with_it})
