"""Whose a row is: what files tell of its person, taken by the person's number, which is its place."""

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.spelling import named_cities, named_people
from shopkeeper.demo.omnichannel.people import People
from shopkeeper.demo.omnichannel.people.blocks import blocks
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
    "visits": ("latin", PHONE),
}  # fmt: skip


class Owners:
    """Every person's names, home and phone, as codes of words."""

    def __init__(self, world: World) -> None:
        self._people, self._draw = world.people, Randomness(world.seed)
        cities = named_cities(world.tables["cities"])
        self._cities = {
            name: cities[name].combine_chunks().dictionary_encode() for name in ("city", "district")
        }
        some = blocks(world.people.count)
        told = pa.concat_tables([self._told_of(world.people.take(b), world.city[b]) for b in some])
        self._told = told.unify_dictionaries().combine_chunks()

    def _told_of(self, people: People, city: np.ndarray) -> pa.Table:
        home = pa.array(city)
        columns = {"person_kind": (people.kind, KINDS), "market": (people.market, MARKETS),
                   "sex": (people.sex, SEXES)}  # fmt: skip
        told = {name: pa.DictionaryArray.from_arrays(*codes) for name, codes in columns.items()}
        told |= named_people(people, self._draw)
        told |= {name: words.take(home) for name, words in self._cities.items()}
        return pa.table(told | {"birth_date": pa.array(dates(people.birth_day))})

    def beside(self, rows: pa.Table, table: str) -> pa.Table:
        """Return a table's rows with the columns of their persons after them."""
        person = rows["person_id"].combine_chunks()
        names = OF_PERSON[table]
        told = self._told.select([name for name in names if name != PHONE]).take(person)
        for name in names:
            if name == PHONE:
                phones = first_phone(self._draw, self._people.phone_owner[person.to_numpy()])
                rows = rows.append_column(name, pa.array(phones))
            else:
                rows = rows.append_column(name, told[name])
        return rows
