"""The tables that stand before the first day: persons, contacts, devices, cities, places, products."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.life import CAUSES, TURNS
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer
from shopkeeper.demo.omnichannel.people.blocks import blocks
from shopkeeper.demo.omnichannel.people.groups import GROUPS
from shopkeeper.demo.omnichannel.people.households import OCCUPATIONS, STAGES
from shopkeeper.demo.omnichannel.people.persons import KINDS, People
from shopkeeper.demo.omnichannel.people.state import GONE, LAPSED, PROSPECT, State
from shopkeeper.demo.omnichannel.records import keys
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS, START
from shopkeeper.demo.omnichannel.surroundings.goods import product_table
from shopkeeper.demo.omnichannel.surroundings.places import city_table, place_table
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill, known
from shopkeeper.demo.omnichannel.tables.people import INTERESTS, MOTIVES, PAINS, VALUES

SEXES = ("female", "male")


def dates(days: np.ndarray) -> np.ndarray:
    """Return calendar dates of days counted from the first day of the world."""
    return np.datetime64(START) + days.astype("timedelta64[D]")


def start_tables(retailer: Retailer, people: People, state: State) -> Iterator[dict[str, pa.Table]]:
    """Return what is known of a world before its first day, a block of persons at a time."""
    told = list(blocks(people.count))
    for block in told:
        some = people.take(block)
        yield {"persons": _persons(retailer, some, state.take(block)), "devices": _devices(retailer, some)}
    for kinds in [[0, 1, 2]] if len(told) == 1 else [[0], [1], [2]]:
        for block in told:
            yield {"contacts": _contacts(retailer, people.take(block), state.take(block), kinds)}
    for turns in [[0, 1]] if len(told) == 1 else [[0], [1]]:
        for block in told:
            yield {"lives": _former_turns(people.take(block), state.take(block), turns)}
    yield lasting_tables(retailer)


def lasting_tables(retailer: Retailer) -> dict[str, pa.Table]:
    """Return the cities, places and products of a world."""
    draw, parameters = retailer.draw, retailer.parameters
    return {
        "cities": city_table(),
        "places": place_table(retailer.places, draw),
        "products": product_table(retailer.goods, parameters, draw),
    }


def _persons(retailer: Retailer, people: People, state: State) -> pa.Table:
    def named(prefix: str, names: tuple[str, ...], values: np.ndarray) -> dict[str, np.ndarray]:
        return {f"{prefix}_{name}": values[:, k] for k, name in enumerate(names)}

    arrived = np.where(state.status == PROSPECT, np.datetime64("NaT"), dates(state.since))
    return fill(
        TABLES["persons"], people.count, person_id=people.person, household_id=people.household,
        kind=Codes(people.kind, KINDS), market=Codes(people.market, MARKETS), city_id=state.city.copy(),
        birth_date=dates(people.birth_day), sex=Codes(people.sex, SEXES),
        occupation=Codes(people.occupation, OCCUPATIONS), income_amount=people.income,
        life_stage=Codes(people.stage, STAGES), lifestyle_group=Codes(people.group, GROUPS),
        arrived_date=arrived,
        name_key=retailer.draw.bits("person/name", people.person), twin_of=known(people.twin_of),
        **named("motive", MOTIVES, people.motives), **named("value", VALUES, people.values),
        **named("pain", PAINS, people.pains), **named("interest", INTERESTS, people.interests),
        taste_tradition=people.tradition, taste_spicy=people.spicy, price_sensitivity=people.slope,
        digital_affinity=people.digital,
    )  # fmt: skip


def _contacts(retailer: Retailer, people: People, state: State, kinds: Sequence[int]) -> pa.Table:
    """Return the phones (0), e-mails (1) and addresses (2) of a block."""
    draw, n = retailer.draw, people.count
    zero = np.zeros(n, int)
    mail = np.flatnonzero(keys.has_email(draw, people.person, people.market))
    rows = [np.arange(n), mail, np.arange(n)]
    told = [
        keys.first_phone(draw, people.phone_owner),
        keys.email_key(draw, people.person[mail]),
        keys.address_key(draw, people.household, people.person, zero),
    ]
    row = np.concatenate([rows[kind] for kind in kinds])
    values = np.concatenate([told[kind] for kind in kinds])
    kind = np.repeat(kinds, [len(rows[kind]) for kind in kinds])
    return fill(
        TABLES["contacts"], len(row), person_id=people.person[row], value_key=values, city_id=state.city[row],
        kind=Codes(kind, ("phone", "email", "address")), valid_from=date(2015, 1, 1),
    )  # fmt: skip


def _former_turns(people: People, state: State, turns: Sequence[int]) -> pa.Table:
    """Return the turns before the first day: who had arrived, and who of them had lapsed by then."""
    arrived = np.flatnonzero(state.status != PROSPECT)
    asleep = np.flatnonzero((state.status == LAPSED) | (state.status == GONE))
    rows = [arrived, asleep]
    row = np.concatenate([rows[turn] for turn in turns])
    turn = np.repeat(turns, [len(rows[turn]) for turn in turns])
    day = np.where(turn == 0, state.since[row], np.maximum(state.since[row] + 1, -90))
    return fill(
        TABLES["lives"], len(row), person_id=people.person[row], date=dates(day), kind=Codes(turn, TURNS),
        cause=Codes(np.full(len(row), CAUSES.index("habit")), CAUSES),
    )  # fmt: skip


def _devices(retailer: Retailer, people: People) -> pa.Table:
    rate = retailer.parameters.lives.shared_device_rate
    ids, shared, has = keys.devices(retailer.draw, people.person, people.household, rate)
    row, kind = np.nonzero(has)
    return fill(
        TABLES["devices"], len(row), device_id=ids[row, kind], person_id=people.person[row],
        kind=Codes(kind, keys.DEVICE_KINDS), is_shared=shared[row, kind],
    )  # fmt: skip
