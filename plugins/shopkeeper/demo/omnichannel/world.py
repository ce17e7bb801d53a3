"""What every part of one world shares: its seed, its parameters, and the tables that do not grow by day."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from shopkeeper.demo.omnichannel.parameters import Parameters


@dataclass(frozen=True)
class World:
    """One world before its first day.

    ``tables`` holds persons, contacts and devices as they stand at the start, cities, places and products;
    row ``i`` of persons is person ``i``.
    """

    seed: int
    person_count: int
    start: date
    parameters: Parameters
    tables: dict[str, pa.Table]
