"""What every part of one world shares: its seed, its parameters, and the tables that do not grow by day."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.parameters import Parameters
from shopkeeper.demo.omnichannel.people import People
from shopkeeper.demo.omnichannel.scratch import Scratch


@dataclass(frozen=True)
class World:
    """One world before its first day.

    ``tables`` holds cities, places and products; ``city`` is where each of its people lives at the start,
    ``scratch`` where what grows with them lies.
    """

    seed: int
    person_count: int
    start: date
    parameters: Parameters
    tables: dict[str, pa.Table]
    people: People
    city: np.ndarray
    scratch: Scratch
