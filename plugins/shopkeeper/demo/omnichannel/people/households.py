"""Who lives with whom, where, how old, and from what income."""

from dataclasses import dataclass, fields

import numpy as np

from shopkeeper.demo.omnichannel.parameters.people import People as Parameters
from shopkeeper.demo.omnichannel.people.blocks import BLOCK
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.scratch import Scratch
from shopkeeper.demo.omnichannel.surroundings.places import CITIES, MARKET_OF_CITY, WEIGHTS

OCCUPATIONS = ("student", "service", "clerk", "professional", "manager", "worker", "self_employed", "retired")
STAGES = ("single", "couple", "young_family", "family", "older")
# Median income of a year by occupation: CNY, then GBP.
INCOME = np.array(
    [
        [24_000, 62_000, 84_000, 150_000, 230_000, 72_000, 95_000, 46_000],
        [9_000, 21_000, 27_000, 43_000, 58_000, 26_500, 27_000, 19_000],
    ]
)


@dataclass
class Homes:
    """What a household gives a person, each (n,); ``birth_day`` counts from the first day of the world."""

    person: np.ndarray
    household: np.ndarray
    first_person: np.ndarray
    size: np.ndarray
    market: np.ndarray
    city: np.ndarray
    age: np.ndarray
    birth_day: np.ndarray
    sex: np.ndarray
    occupation: np.ndarray
    income: np.ndarray
    stage: np.ndarray
    twin_of: np.ndarray


def households(
    known: Parameters, draw: Randomness, count: int, scratch: Scratch
) -> tuple[np.ndarray, np.ndarray]:
    """Return the household of each of ``count`` persons and its first person, (n,) each; a later person
    never changes an earlier one.
    """
    household, first_person = (scratch.array(count, np.int32) for _ in range(2))
    first = head = 0
    while first < count:
        heads = np.arange(head, head + BLOCK)
        sizes = _sizes(known, draw, heads)
        begins = first + np.cumsum(sizes) - sizes
        last = min(first + int(sizes.sum()), count)
        household[first:last] = np.repeat(heads, sizes)[: last - first]
        first_person[first:last] = np.repeat(begins, sizes)[: last - first]
        first, head = last, head + BLOCK
    return household, first_person


def _sizes(known: Parameters, draw: Randomness, household: np.ndarray) -> np.ndarray:
    return 1 + np.where(
        _are_chinese(known, draw, household),
        draw.choice("home/size", household, np.array(known.household_sizes_cn)),
        draw.choice("home/size", household, np.array(known.household_sizes_gb)),
    )


def _are_chinese(known: Parameters, draw: Randomness, household: np.ndarray) -> np.ndarray:
    return draw.uniform("home/market", household) < known.chinese_share


def live_together(
    known: Parameters, draw: Randomness, household: np.ndarray, first: np.ndarray, some: slice
) -> Homes:
    """Return the homes of some persons, of everybody's household and its first person."""
    before = min(some.start, 2)
    near = slice(some.start - before, some.stop)
    homes = _homes(known, draw, np.arange(near.start, near.stop), household[near], first[near])
    return Homes(**{field.name: getattr(homes, field.name)[before:] for field in fields(Homes)})


def _homes(
    known: Parameters, draw: Randomness, ids: np.ndarray, household: np.ndarray, first: np.ndarray
) -> Homes:
    """Return the homes of persons in a row; whether the first two are twins takes those before them."""
    role = ids - first
    market = np.where(_are_chinese(known, draw, household), 0, 1).astype(np.int8)
    size = _sizes(known, draw, household)
    weights = [np.where(m == MARKET_OF_CITY, WEIGHTS, 0) for m in (0, 1)]
    city = np.where(
        market == 0,
        draw.choice("home/city", household, weights[0]),
        draw.choice("home/city", household, weights[1]),
    ).astype(np.int16)
    head_age = 22 + 58 * draw.uniform("home/age", household) ** 1.25
    u, gap = draw.uniform("person/role", ids), 3 * draw.normal("person/gap", ids)
    is_elder = (role >= 2) & (u < 0.35) & (head_age < 60)
    age = np.select(
        [role == 0, role == 1, is_elder],
        [head_age, np.clip(head_age + gap, 18, 90), np.clip(head_age + 26 + gap, 50, 92)],
        np.clip(head_age - 26 - np.abs(gap), 14, 60),
    )
    head_sex = draw.uniform("home/sex", household) < 0.45
    own_sex = draw.uniform("person/sex", ids) < 0.49
    sex = np.where(role == 0, head_sex, np.where(role == 1, ~head_sex, own_sex)).astype(np.int8)
    birth_day = (-age * 365.25 - 200 * draw.uniform("person/birth", ids)).astype(np.int32)
    twin_of = np.full(len(ids), -1, np.int32)
    twins = (role >= 2) & (np.roll(role, 1) >= 2) & (draw.uniform("person/twin", ids) < known.twin_rate * 8)
    twins &= ~np.roll(twins, 1)
    twins[0] = False
    twin = np.flatnonzero(twins)
    twin_of[twin] = ids[twin] - 1
    birth_day[twin], age[twin] = birth_day[twin - 1], age[twin - 1]
    occupation = _occupations(draw, ids, age, market, city)
    education = 0.35 * draw.normal("person/education", ids)
    wealth = np.array([c[5] for c in CITIES])[city] * np.exp(0.25 * draw.normal("home/wealth", household))
    peak = np.exp(-0.5 * ((age - 47) / 22) ** 2) / 0.8
    income = INCOME[market, occupation] * wealth * peak * np.exp(education)
    stage = np.select(
        [age >= 62, (size >= 3) & (head_age < 40), size >= 3, size == 2], [4, 2, 3, 1], 0
    ).astype(np.int8)  # fmt: skip
    return Homes(
        ids,
        household,
        first,
        size,
        market,
        city,
        age,
        birth_day,
        sex,
        occupation,
        np.round(income, -1),
        stage,
        twin_of,
    )


def _occupations(
    draw: Randomness, ids: np.ndarray, age: np.ndarray, market: np.ndarray, city: np.ndarray
) -> np.ndarray:
    rich = np.array([c[5] for c in CITIES])[city]
    drawn = 1 + draw.choice("person/occupation", ids, np.array([0.20, 0.22, 0.18, 0.07, 0.20, 0.13]))
    drawn = np.where((drawn == 5) & (draw.uniform("person/rise", ids) < rich - 0.9), 3, drawn)
    retires = np.where(market == 0, 58, 66)
    return np.select([age < 22, age > retires], [0, 7], drawn).astype(np.int8)
