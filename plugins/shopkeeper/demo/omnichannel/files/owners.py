"""Whose a row is: what files tell of its person, taken by the person's number, which is its place."""

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.spelling import named_cities, named_people
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.world import World

NAME = ("given", "surname")
OF_PERSON = {
    "accounts": (
        "person_kind", "market", "sex", "birth_date", *NAME, "latin", "given_heard", "surname_heard",
        "given_short", "city", "district",
    ),
    "account_changes": ("market",),
    "orders": (*NAME, "latin"),
    "texts": ("market", *NAME, "latin", "city", "district", "own_phone_key"),
    "tickets": ("market",),
    "visits": ("latin", "own_phone_key"),
}  # fmt: skip


class Owners:
    """Every person's names, home and phone."""

    def __init__(self, world: World) -> None:
        persons, draw = world.tables["persons"], Randomness(world.seed)
        cities, contacts = named_cities(world.tables["cities"]), world.tables["contacts"]
        home = pa.array(persons["city_id"].to_numpy())
        phones = contacts.filter(pa.array(np.asarray(contacts["kind"].cast(pa.string())) == "phone"))
        told = named_people(persons, draw)
        columns = {"person_kind": told["kind"]}
        columns |= {name: told[name] for name in OF_PERSON["accounts"] if name in told.column_names}
        columns |= {name: cities[name].combine_chunks().dictionary_encode().take(home)
                    for name in ("city", "district")}  # fmt: skip
        columns["own_phone_key"] = phones["value_key"]
        self._told = pa.table(columns).combine_chunks()

    def beside(self, rows: pa.Table, table: str) -> pa.Table:
        """Return a table's rows with the columns of their persons after them."""
        told = self._told.select(OF_PERSON[table]).take(rows["person_id"].combine_chunks())
        for name in told.column_names:
            rows = rows.append_column(name, told[name])
        return rows
