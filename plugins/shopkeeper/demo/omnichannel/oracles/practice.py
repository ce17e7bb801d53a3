"""Worlds that are lived only to learn from or to score on: clean tables in memory, no files."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel import simulation
from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.records.start import start_tables
from shopkeeper.demo.omnichannel.truth import Identity
from shopkeeper.demo.omnichannel.truth.folder import TruthFolder

KEPT = (
    "persons", "lives", "accounts", "visits", "orders", "order_lines", "receipts", "receipt_lines",
    "refunds", "sends",
    "impressions", "surveys", "tickets", "products", "contacts",
)  # fmt: skip


@dataclass(frozen=True)
class Practice:
    """A world lived for ``day_count`` days: its tables by name, and its shelves' cut-offs by day."""

    identity: Identity
    day_count: int
    tables: dict[str, pa.Table]
    cuts: dict[int, np.ndarray]


def practise(parameters: Parameters, seed: int, person_count: int, day_count: int) -> Practice:
    """Live a world in memory."""
    world = simulation.start(parameters, seed, person_count)
    rows: dict[str, list[pa.Table]] = {}
    for part in start_tables(world.retailer, world.people, world.state):
        for name, table in part.items():
            rows.setdefault(name, []).append(table)
    cuts: dict[int, np.ndarray] = {}
    for day in simulation.days(world, day_count - 1):
        cuts.setdefault(day.day, day.cuts)
        for name in KEPT:
            rows.setdefault(name, []).append(day.tables[name])
    tables = {
        name: pa.concat_tables(parts).unify_dictionaries() for name, parts in rows.items() if name in KEPT
    }
    return Practice(Identity(seed, person_count, parameters), day_count, tables, cuts)


def from_truth(folder: TruthFolder) -> Practice:
    """Return a dropped world's planted tables in the same shape."""
    told, cuts = folder.told() or {}, folder.read("shelf_cuts")
    day = cuts["day"].to_numpy()
    values = np.stack([cuts[name].to_numpy().astype(float) for name in ("cell", "turn", "value")], axis=1)
    return Practice(
        folder.identity(), told["days"], {name: folder.read(name) for name in KEPT},
        {int(d): values[day == d] for d in np.unique(day)},
    )  # fmt: skip
