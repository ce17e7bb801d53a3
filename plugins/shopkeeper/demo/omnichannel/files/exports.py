"""All systems' exports of a day: what they tell again, two desks that write, and files that set out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.customers import CUSTOMERS, LATER
from shopkeeper.demo.omnichannel.files.desk import Desk
from shopkeeper.demo.omnichannel.files.drop import File
from shopkeeper.demo.omnichannel.files.marking import Marker, is_one_of
from shopkeeper.demo.omnichannel.files.merger import NO_NUMBERS, Merger, taken_over
from shopkeeper.demo.omnichannel.files.owners import Owners
from shopkeeper.demo.omnichannel.files.post import Waiting
from shopkeeper.demo.omnichannel.files.sales import SALES, SECOND_SALES
from shopkeeper.demo.omnichannel.files.traffic import TRAFFIC
from shopkeeper.demo.omnichannel.files.voices import VOICES
from shopkeeper.demo.omnichannel.surroundings.days import day_of
from shopkeeper.demo.omnichannel.world import World

# A file's luck comes from its place in this list: a new one goes to the end.
EXPORTS = [*CUSTOMERS, *SALES, *TRAFFIC, *VOICES, *LATER, *SECOND_SALES]
WEEKLY = ("products", "places")


class Exports:
    """What the systems of one world drop, day by day."""

    def __init__(self, world: World, memory: dict[str, Any]) -> None:
        self.world, self._memory = world, memory
        self._dirt = world.parameters.dirt
        self._waiting = Waiting(memory.get("waiting"))
        self._merger = Merger(self._dirt, memory)
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
    def memory(self) -> dict[str, Any]:
        """What the systems must remember between two days, as tables."""
        return self._memory | {"waiting": self._waiting.table()}

    def of_day(self, day: date, tables: dict[str, pa.Table], hourly: bool) -> list[File]:
        """Return the files that arrive on a day."""
        today = self._told_today(day, tables)
        self._merger.retell(today, day)
        today["crm_accounts"] = self._renumbered(today["accounts"], day)
        written = self._pool.map(lambda desk: desk.files_of(day, today, hourly), self._desks)
        files = sorted((told for found in written for told in found), key=lambda told: told[0])
        return self._waiting.due([file for _, file in files], day)

    def _told_today(self, day: date, tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        """Return a day's tables and what systems tell again: lists, tickets that close."""
        first = day == self.world.start
        today = {
            name: self.world.tables[name]
            if name in self.world.tables and (first or (name in WEEKLY and day.weekday() == 0))
            else rows
            for name, rows in tables.items()
        }
        tickets = today["tickets"]
        open_now = pa.concat_tables([self._memory.get("open_tickets", tickets.slice(0, 0)), tickets])
        closed = open_now["closed_at"].to_numpy() < np.datetime64(day, "ms") + np.timedelta64(1, "D")
        again = np.arange(len(open_now)) >= len(open_now) - len(tickets)
        today["tickets"] = open_now.filter(pa.array(closed | again)).unify_dictionaries().combine_chunks()
        self._memory["open_tickets"] = open_now.filter(pa.array(~closed)).combine_chunks()
        return today

    def _renumbered(self, accounts: pa.Table, day: date) -> pa.Table:
        """Return the CRM's accounts on the day on which it renumbers them, else none; till then remember."""
        if not self._dirt.scale or day_of(day) > self._dirt.migration_day:
            return NO_NUMBERS
        ids = accounts["account_id"].to_numpy()
        is_crm = is_one_of(accounts["system"], "crm")
        crm = pa.table({"account_id": ids[is_crm], "new_id": taken_over(ids[is_crm])})
        known = pa.concat_tables([self._memory.pop("crm_accounts", NO_NUMBERS), crm]).combine_chunks()
        if day_of(day) == self._dirt.migration_day:
            return self._merger.of_the_crm(known, day)
        self._memory["crm_accounts"] = known
        return NO_NUMBERS
