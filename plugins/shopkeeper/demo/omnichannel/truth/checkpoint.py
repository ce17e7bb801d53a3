"""A running world as arrays and tables, and back."""

from dataclasses import fields
from typing import Any

from shopkeeper.demo.omnichannel.behaviour.settings import open_retailer
from shopkeeper.demo.omnichannel.behaviour.stock import with_shelves
from shopkeeper.demo.omnichannel.people import State, populate
from shopkeeper.demo.omnichannel.records.agenda import Agenda
from shopkeeper.demo.omnichannel.simulation import Running
from shopkeeper.demo.omnichannel.truth.folder import Identity, TruthFolder

SHELVES = ("on_hand", "on_the_way", "demand")


def lay_down(folder: TruthFolder, world: Running, memory: dict[str, Any]) -> None:
    """Save a world, and what its exports remember, so that `take_up` continues it."""
    arrays = {f"state_{field.name}": getattr(world.state, field.name) for field in fields(State)}
    arrays |= {f"stock_{name}": getattr(world.stock, name) for name in SHELVES}
    tables = {f"agenda_{name}": rows for name, rows in world.agenda.tables().items()}
    tables |= {f"memory_{name}": rows for name, rows in memory.items() if hasattr(rows, "schema")}
    plain = {name: value for name, value in memory.items() if not hasattr(value, "schema")}
    folder.save_checkpoint(arrays, tables, {"day": world.day, "memory": plain})


def take_up(folder: TruthFolder, identity: Identity) -> tuple[Running, dict[str, Any]]:
    """Return the world that was laid down, and what its exports remembered."""
    arrays, tables, plain = folder.load_checkpoint()
    retailer = open_retailer(identity.parameters, identity.seed, identity.person_count)
    people, city = populate(identity.parameters, retailer.draw, identity.person_count)
    state = State(**{field.name: arrays[f"state_{field.name}"] for field in fields(State)})
    on_hand, on_the_way, demand = (arrays[f"stock_{name}"] for name in SHELVES)
    stock = with_shelves(on_hand, on_the_way, demand)
    agenda = Agenda.of({n.removeprefix("agenda_"): t for n, t in tables.items() if n.startswith("agenda_")})
    memory = plain["memory"] | {
        name.removeprefix("memory_"): rows for name, rows in tables.items() if name.startswith("memory_")
    }
    return Running(retailer, people, city, state, stock, agenda, plain["day"]), memory
