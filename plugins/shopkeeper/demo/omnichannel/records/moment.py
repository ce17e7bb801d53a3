"""What every recorder of a day needs: the retailer, the day, the persons, what happened, and the clock."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.day import Happenings
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.people.persons import People
from shopkeeper.demo.omnichannel.people.state import State
from shopkeeper.demo.omnichannel.records import keys
from shopkeeper.demo.omnichannel.records.agenda import Agenda
from shopkeeper.demo.omnichannel.records.retailers import (
    SECOND_ROWS,
    account_id,
    shops_at_second,
    writes_to_second,
)
from shopkeeper.demo.omnichannel.surroundings.days import utc_midnight


@dataclass
class Moment:
    """A day of one block of persons. ``rows`` collects tables, ``counts`` numbers the day's rows over
    blocks.
    """

    retailer: Retailer
    today: Today
    people: People
    state: State
    did: Happenings
    agenda: Agenda
    counts: dict[str, int]
    rows: dict[str, list[pa.Table]] = field(default_factory=dict)

    def add(self, table: str, rows: pa.Table) -> None:
        """Add rows of today."""
        self.rows.setdefault(table, []).append(rows)

    def number(self, table: str, count: int) -> int:
        """Return the day's next free number of a table, and take ``count`` of them."""
        first = self.counts.get(table, 0)
        self.counts[table] = first + count
        return first

    def numbers(self, table: str, is_second: np.ndarray, taken: bool = True) -> np.ndarray:
        """Return the ids of the day's next visits or baskets; a second retailer numbers his own apart until
        the merger. They stay free if not ``taken``.
        """
        apart = is_second & (self.today.day < self.retailer.parameters.dirt.merged_from_day)
        ids = np.zeros(len(apart), np.int64)
        for name, some, begin in ((table, ~apart, 0), (f"second_{table}", apart, SECOND_ROWS)):
            count = int(some.sum())
            first = self.number(name, count if taken else 0)
            ids[some] = keys.numbers(self.today.day, begin + first, count)
        return ids

    def is_second(self) -> np.ndarray:
        """Return which visits of today are a second retailer's, or made under an account of his."""
        person = self.people.person[self.did.visits.row]
        dirt = self.retailer.parameters.dirt
        return shops_at_second(dirt, self.retailer.draw, person, self.did.visits.slot, self.today.day)

    def account_of(self, row: np.ndarray, system: np.ndarray | int) -> np.ndarray:
        """Return the account under which messages, tiers and changes reach these rows."""
        person, dirt = self.people.person[row], self.retailer.parameters.dirt
        return account_id(person, system, writes_to_second(dirt, self.retailer.draw, person))

    def instant(self, row: np.ndarray, milliseconds: np.ndarray, later: np.ndarray | int = 0) -> np.ndarray:
        """Return UTC instants of local milliseconds of today, or of ``later`` days, in each row's market."""
        midnight = np.array([utc_midnight(self.today.day, market) for market in (0, 1)])
        offset = (milliseconds + np.asarray(later, np.int64) * 86_400_000).astype("timedelta64[ms]")
        return midnight[self.people.market[row]] + offset
