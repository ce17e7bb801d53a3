"""Whose a row is: what files tell of its person, taken by the person's number, which is its place."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.spelling import named_cities, named_people
from shopkeeper.demo.omnichannel.people.persons import KINDS
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.records.keys import first_phone
from shopkeeper.demo.omnichannel.records.start import SEXES, dates
from shopkeeper.demo.omnichannel.surroundings.days import MARKETS
from shopkeeper.demo.omnichannel.world import World

PHONE = "own_phone_key"
NAME = ("given", "surname")
OF_PERSON = {
    "accounts": (
        "person_kind", "market", "sex", "birth_date", *NAME, "latin", "given_heard", "surname_heard",
        "given_short", "city", "district",
    ),
    "account_changes": ("market",),
    "orders": (*NAME, "latin"),
    "texts": ("market", *NAME, "latin", "city", "district", PHONE),
    "tickets": ("market",),
    "visits": (*NAME, "latin", "city", "district", PHONE),
}  # fmt: skip


class Owners:
    """Persons' names, homes and phones, as codes of words."""

    def __init__(self, world: World) -> None:
        self._people, self._city, self._draw = world.people, world.city, Randomness(world.seed)
        cities = named_cities(world.tables["cities"])
        self._cities = {
            name: cities[name].combine_chunks().dictionary_encode() for name in ("city", "district")
        }

    def _told_of(self, person: np.ndarray, names: Sequence[str]) -> dict[str, pa.Array]:
        people, home = self._people.take(person), pa.array(self._city[person])
        columns = {"person_kind": (people.kind, KINDS), "market": (people.market, MARKETS),
                   "sex": (people.sex, SEXES)}  # fmt: skip
        told = {name: pa.DictionaryArray.from_arrays(*codes) for name, codes in columns.items()}
        told |= {name: words.take(home) for name, words in self._cities.items()}
        told |= {PHONE: pa.array(first_phone(self._draw, people.phone_owner))}
        told |= {"birth_date": pa.array(dates(people.birth_day))}
        return told if told.keys() >= set(names) else told | named_people(people, self._draw)

    def beside(self, rows: pa.Table, table: str) -> pa.Table:
        """Return a table's rows with the columns of their persons after them."""
        person, place = np.unique(rows["person_id"].to_numpy(), return_inverse=True)
        told = self._told_of(person, OF_PERSON[table])
        for name in OF_PERSON[table]:
            rows = rows.append_column(name, told[name].take(pa.array(place)))
        return rows
