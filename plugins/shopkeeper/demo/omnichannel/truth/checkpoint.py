"""A running world as arrays, tables and files, and back."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import IO

import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.settings import open_retailer
from shopkeeper.demo.omnichannel.behaviour.stock import with_shelves
from shopkeeper.demo.omnichannel.files import Exports
from shopkeeper.demo.omnichannel.files.drop import File
from shopkeeper.demo.omnichannel.people import State, populate
from shopkeeper.demo.omnichannel.people.blocks import shards
from shopkeeper.demo.omnichannel.records.agenda import Agenda
from shopkeeper.demo.omnichannel.scratch import Scratch
from shopkeeper.demo.omnichannel.simulation import Running
from shopkeeper.demo.omnichannel.truth.folder import Identity, TruthFolder

SHELVES = ("on_hand", "on_the_way", "demand")


def lay_down(folder: TruthFolder, world: Running, exports: Exports) -> None:
    """Save a world, and what its exports remember, so that `take_up` continues it."""
    arrays = {f"state_{field.name}": getattr(world.state, field.name) for field in fields(State)}
    arrays |= {f"stock_{name}": getattr(world.stock, name) for name in SHELVES}
    files: dict[str, IO[bytes]] = {}
    waiting = []
    for number, file in enumerate(exports.waiting):
        waiting.append({"place": file.place, "arrives": f"{file.arrives}", "table": file.table})
        files |= {f"waiting_{number}.content": file.content, f"waiting_{number}.truth": file.truth}
    plain = {"day": world.day, "waiting": waiting}
    folder.save_checkpoint(arrays, _tables(world, exports), files, plain)


def _tables(world: Running, exports: Exports) -> Iterator[tuple[str, pa.Table]]:
    for shard, (agenda, memory) in enumerate(zip(world.agendas, exports.memories, strict=True)):
        for name, rows in agenda.tables():
            yield f"agenda_{shard}_{name}", rows
        for name, rows in memory.items():
            yield f"memory_{shard}_{name}", rows


def take_up(
    folder: TruthFolder, identity: Identity, scratch: Scratch
) -> tuple[Running, list[dict[str, pa.Table]], list[File]]:
    """Return the world that was laid down, what its exports remembered, and the files that wait."""
    plain = folder.checkpoint_plain()
    retailer = open_retailer(identity.parameters, identity.seed, identity.person_count)
    people, city = populate(identity.parameters, retailer.draw, identity.person_count, scratch)
    state = State(**{f.name: folder.checkpoint_array(f"state_{f.name}", scratch) for f in fields(State)})
    stock = with_shelves(*(folder.checkpoint_array(f"stock_{name}", scratch) for name in SHELVES))
    agendas, memories = [], []
    for shard in range(len(shards(identity.person_count))):
        agendas.append(Agenda.of(folder.checkpoint_tables(f"agenda_{shard}_", scratch)))
        memories.append(folder.checkpoint_tables(f"memory_{shard}_", scratch))
    running = Running(retailer, people, city, state, stock, agendas, plain["day"], scratch)
    return running, memories, waiting_files(folder)


def waiting_files(folder: TruthFolder) -> list[File]:
    """Return the files that were written and had not come when a world was laid down."""
    return [
        File(
            told["place"], date.fromisoformat(told["arrives"]), told["table"],
            folder.checkpoint_file(f"waiting_{number}.content"),
            folder.checkpoint_file(f"waiting_{number}.truth"),
        )
        for number, told in enumerate(folder.checkpoint_plain()["waiting"])
    ]  # fmt: skip
