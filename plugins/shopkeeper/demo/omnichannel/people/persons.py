"""Persons as arrays: households first, then traits along the curves of lifestyle groups, then habits.

Groups are bent and of unequal size, their noise is heavy-tailed and differs by group, and some persons lie
between two: no mixture of round clusters fits them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.people.blocks import blocks, gathered
from shopkeeper.demo.omnichannel.people.groups import latent_traits
from shopkeeper.demo.omnichannel.people.habits import category_cycles, price_slopes, visit_rates, wallets
from shopkeeper.demo.omnichannel.people.households import OCCUPATIONS, Homes, households, live_together
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.scratch import IN_MEMORY, Scratch
from shopkeeper.demo.omnichannel.tables.people import INTERESTS

KINDS = ("customer", "staff", "reseller", "tester")


@dataclass
class People:
    """Every person by row; what does not change. Shapes: (n,), or (n, k) for traits by category and the
    like.
    """

    person: np.ndarray
    household: np.ndarray
    kind: np.ndarray
    market: np.ndarray
    birth_day: np.ndarray
    sex: np.ndarray
    occupation: np.ndarray
    income: np.ndarray
    stage: np.ndarray
    group: np.ndarray
    twin_of: np.ndarray
    motives: np.ndarray
    values: np.ndarray
    pains: np.ndarray
    interests: np.ndarray
    tradition: np.ndarray
    spicy: np.ndarray
    digital: np.ndarray
    slope: np.ndarray
    cycle: np.ndarray
    wallet: np.ndarray
    log_rate: np.ndarray
    persuasion: np.ndarray
    phone_owner: np.ndarray
    is_treated: np.ndarray

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.person)

    def take(self, rows: np.ndarray | slice) -> "People":
        """Return these rows: views for a slice, copies for an index (which may repeat)."""
        return People(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def logistic(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


def populate(
    parameters: Parameters, draw: Randomness, count: int, scratch: Scratch = IN_MEMORY
) -> tuple[People, np.ndarray]:
    """Return the people of a world and the city of each at the start; person ``i`` is the same for any
    ``count``.
    """
    household, first = households(parameters.people, draw, count, scratch)
    city = scratch.array(count, np.int16)

    def parts() -> Iterator[People]:
        for block in blocks(count):
            homes = live_together(parameters.people, draw, household, first, block)
            city[block] = homes.city
            yield _raised(parameters, draw, homes)

    return gathered(count, parts(), scratch), city


def _raised(parameters: Parameters, draw: Randomness, homes: Homes) -> People:
    """Return the people of some homes, with all that traits make of them."""
    ids = homes.person
    group, z = latent_traits(parameters.people, draw, homes)
    motives = np.exp(0.9 * z[:, :4])
    motives /= motives.sum(axis=1, keepdims=True)
    noise = {
        name: draw.normal(f"person/{name}", ids) for name in ("brand", "green", "health", "digital", "spicy")
    }
    values = logistic(
        np.stack(
            [
                z[:, 4] + 0.3 * z[:, 1] + 0.5 * noise["green"],
                z[:, 2] + 0.2 * z[:, 1] + 0.5 * noise["brand"],
                0.5 * z[:, 1] + 0.4 * z[:, 4] + 0.02 * (homes.age - 40) + 0.6 * noise["health"],
            ],
            axis=1,
        )
    )
    hurt = np.stack(
        [z[:, 3], z[:, 0], 0.5 * z[:, 3] + 0.2 * z[:, 0], 0.4 * z[:, 2] + 0.01 * homes.age, z[:, 1]], axis=1
    )
    pains = logistic(
        0.9 * hurt + 0.8 * np.stack([draw.normal("person/pain", ids, k) for k in range(5)], axis=1)
    )
    interests = _interests(draw, homes, group)
    hot = np.array([-0.3, -0.5, -0.6, 1.8, 1.0, 0.6, -0.4, -0.2, 0.2, 0.2, 0.3, -0.3, -0.3, 0.0])[homes.city]
    digital = logistic(
        1.5 - 0.055 * (homes.age - 38) + 0.4 * z[:, 3] + 0.4 * (homes.market == 0) + noise["digital"] - 1.2
    )
    kind_rates = (
        parameters.people.staff_rate,
        parameters.people.reseller_rate,
        parameters.people.tester_rate,
    )
    kind = draw.choice("person/kind", ids, np.array([1 - sum(kind_rates), *kind_rates]))
    return People(
        person=ids.astype(np.int32), household=homes.household, kind=kind.astype(np.int8),
        market=homes.market,
        birth_day=homes.birth_day, sex=homes.sex, occupation=homes.occupation,
        income=homes.income.astype(np.float32), stage=homes.stage, group=group, twin_of=homes.twin_of,
        motives=motives.astype(np.float32), values=values.astype(np.float32),
        pains=pains.astype(np.float32),
        interests=interests.astype(np.float32), tradition=logistic(z[:, 5]).astype(np.float32),
        spicy=logistic(hot + noise["spicy"]).astype(np.float32), digital=digital.astype(np.float32),
        slope=price_slopes(parameters, draw, homes, z[:, 0]),
        cycle=category_cycles(parameters, draw, homes, motives, values, interests, logistic(z[:, 5])),
        wallet=wallets(parameters, draw, ids), log_rate=visit_rates(parameters, draw, ids, kind, z),
        persuasion=_persuasion(parameters, draw, ids), phone_owner=_phone_owner(parameters, draw, homes),
        is_treated=draw.uniform("experiment/arm", ids, 1) < parameters.programme.treated_share,
    )  # fmt: skip


def _interests(draw: Randomness, homes: Homes, group: np.ndarray) -> np.ndarray:
    ids, k = homes.person, len(INTERESTS)
    of_group = draw.normal("group/interest", np.arange(7 * k)).reshape(7, k)[group]
    woman, young = homes.sex == 0, (45 - homes.age) / 25
    lean = np.zeros((len(group), k))
    lean[:, 2] += 0.6 * woman + 0.4 * young
    lean[:, 3] += 1.2 * woman + 0.3 * young
    lean[:, 4] += np.where(np.isin(homes.stage, (2, 3)), 1.6, -1.0)
    lean[:, 5] += 0.9 * young + 0.4 * ~woman
    lean[:, 7] += -0.7 * young
    lean[:, 10] += 0.5 * ~woman + 0.3 * young
    own = np.stack([draw.normal("person/interest", ids, j) for j in range(k)], axis=1)
    return logistic(0.9 * of_group + lean + 0.8 * own - 0.8)


def _persuasion(parameters: Parameters, draw: Randomness, ids: np.ndarray) -> np.ndarray:
    """Return each person's true effect by channel group, (n, 6): most immune, some moved, a few driven
    away.
    """
    known = parameters.marketing
    u = draw.uniform("person/persuadable", ids)[:, None]
    size = 0.6 + 0.8 * np.stack([draw.uniform("person/persuasion", ids, c) for c in range(6)], axis=1)
    effect = np.where(u < known.persuadable, size, 0.12 * size)
    messages = np.array([0, 0, 0, 0, 1, 1], bool)
    effect = np.where((u > 1 - known.irritated) & messages, -size, effect)
    return (known.effect * effect * np.array(list(known.channel_effect.values()))).astype(np.float32)


def _phone_owner(parameters: Parameters, draw: Randomness, homes: Homes) -> np.ndarray:
    """Return whose phone a person gives: the own one, or that of the household's first person."""
    ids = homes.person
    shares = draw.uniform("person/phone", ids) < parameters.lives.shared_phone_rate * (
        1 + 2 * (homes.age > 65)
    )
    return np.where(shares, homes.first_person, ids).astype(np.int32)


__all__ = ["KINDS", "OCCUPATIONS", "People", "logistic", "populate"]
