"""All systems' exports of a day: what they tell again, two desks that write, and files that set out."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.customers import CUSTOMERS, LATER
from shopkeeper.demo.omnichannel.files.desk import Desk, Share
from shopkeeper.demo.omnichannel.files.drop import File
from shopkeeper.demo.omnichannel.files.marking import Marker, is_one_of
from shopkeeper.demo.omnichannel.files.merger import NO_NUMBERS, Merger, taken_over
from shopkeeper.demo.omnichannel.files.owners import Owners
from shopkeeper.demo.omnichannel.files.post import Waiting
from shopkeeper.demo.omnichannel.files.sales import SALES, SECOND_SALES
from shopkeeper.demo.omnichannel.files.traffic import TRAFFIC
from shopkeeper.demo.omnichannel.files.voices import VOICES
from shopkeeper.demo.omnichannel.simulation import Lived
from shopkeeper.demo.omnichannel.surroundings.days import date_of, day_of
from shopkeeper.demo.omnichannel.world import World

# A file's luck comes from its place in this list: a new one goes to the end.
EXPORTS = [*CUSTOMERS, *SALES, *TRAFFIC, *VOICES, *LATER, *SECOND_SALES]
WEEKLY = ("products", "places")


class Exports:
    """What the systems of one world drop, day by day. ``memories`` is what they must remember between two
    days, tables by name, for each shard; ``waiting`` the files that have not come yet.
    """

    def __init__(
        self, world: World, memories: list[dict[str, pa.Table]], waiting: Iterable[File] = ()
    ) -> None:
        self.world, self.memories = world, memories
        self._dirt = world.parameters.dirt
        self._waiting = Waiting(waiting)
        self._merger = Merger(self._dirt)
        self._first: Counter[str] = Counter()
        numbered = list(enumerate(EXPORTS))
        half, last = len(CUSTOMERS) + len(SALES), len(EXPORTS) - len(SECOND_SALES)
        shared = world, Marker(world), Owners(world), self._merger
        self._desks = [
            Desk(*shared, part) for part in (numbered[:half] + numbered[last:], numbered[half:last])
        ]
        self._pool = ThreadPoolExecutor(len(self._desks))

    def __enter__(self) -> "Exports":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    @property
    def waiting(self) -> list[File]:
        """The files that have not come yet."""
        return self._waiting.files

    def of_shard(self, lived: Lived, hourly: bool) -> list[File]:
        """Write a shard's day; return the files that arrive on it when it is the last shard."""
        day, memory = date_of(lived.day), self.memories[lived.shard]
        today = self._told_today(day, lived.tables, memory, lived.is_last)
        self._merger.retell(today, memory, day)
        today["crm_accounts"] = self._renumbered(today["accounts"], memory, day)
        share = Share(day, today, self._first.copy(), hourly, lived.is_last)
        written = list(self._pool.map(lambda desk: desk.files_of(share), self._desks))
        if not lived.is_last:
            self._first.update({name: len(rows) for name, rows in today.items()})
            self.memories[lived.shard] = {n: self.world.scratch.table(rows) for n, rows in memory.items()}
            return []
        self._first.clear()
        files = sorted((told for found in written for told in found), key=lambda told: told[0])
        return self._waiting.due([file for _, file in files], day)

    def _told_today(
        self, day: date, tables: dict[str, pa.Table], memory: dict[str, pa.Table], is_last: bool
    ) -> dict[str, pa.Table]:
        """Return a day's tables and what systems tell again: lists, tickets that close."""
        first = day == self.world.start
        today = {
            name: self.world.tables[name]
            if name in self.world.tables and is_last and (first or (name in WEEKLY and day.weekday() == 0))
            else rows
            for name, rows in tables.items()
        }
        tickets = today["tickets"]
        open_now = pa.concat_tables([memory.get("open_tickets", tickets.slice(0, 0)), tickets])
        closed = open_now["closed_at"].to_numpy() < np.datetime64(day, "ms") + np.timedelta64(1, "D")
        again = np.arange(len(open_now)) >= len(open_now) - len(tickets)
        today["tickets"] = open_now.filter(pa.array(closed | again)).unify_dictionaries().combine_chunks()
        memory["open_tickets"] = open_now.filter(pa.array(~closed)).unify_dictionaries().combine_chunks()
        return today

    def _renumbered(self, accounts: pa.Table, memory: dict[str, pa.Table], day: date) -> pa.Table:
        """Return the CRM's accounts on the day on which it renumbers them, else none; till then remember."""
        if not self._dirt.scale or day_of(day) > self._dirt.migration_day:
            return NO_NUMBERS
        ids = accounts["account_id"].to_numpy()
        is_crm = is_one_of(accounts["system"], "crm")
        crm = pa.table({"account_id": ids[is_crm], "new_id": taken_over(ids[is_crm])})
        known = pa.concat_tables([memory.pop("crm_accounts", NO_NUMBERS), crm]).combine_chunks()
        if day_of(day) == self._dirt.migration_day:
            return self._merger.of_the_crm(known, day)
        memory["crm_accounts"] = known
        return NO_NUMBERS
