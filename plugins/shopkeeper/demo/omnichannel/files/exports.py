"""All systems' exports of a day: what they tell again, two desks that write, and files that set out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.customers import CUSTOMERS
from shopkeeper.demo.omnichannel.files.desk import Desk
from shopkeeper.demo.omnichannel.files.drop import File
from shopkeeper.demo.omnichannel.files.marking import Marker
from shopkeeper.demo.omnichannel.files.owners import Owners
from shopkeeper.demo.omnichannel.files.post import Waiting
from shopkeeper.demo.omnichannel.files.sales import SALES
from shopkeeper.demo.omnichannel.files.traffic import TRAFFIC
from shopkeeper.demo.omnichannel.files.voices import VOICES
from shopkeeper.demo.omnichannel.surroundings.days import day_of
from shopkeeper.demo.omnichannel.world import World

EXPORTS = [*CUSTOMERS, *SALES, *TRAFFIC, *VOICES]
WEEKLY = ("products", "places")


class Exports:
    """What the systems of one world drop, day by day."""

    def __init__(self, world: World, memory: dict[str, Any]) -> None:
        self.world, self._memory = world, memory
        self._dirt = world.parameters.dirt
        self._waiting = Waiting(memory.get("waiting"))
        self._owners = Owners(world)
        numbered = list(enumerate(EXPORTS))
        half = len(CUSTOMERS) + len(SALES)
        marker = Marker(world)
        self._desks = [Desk(world, marker, self._owners, part) for part in (numbered[:half], numbered[half:])]
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
        today, retold = self._told_today(day, tables)
        today["crm_accounts"] = self._renumbered(today["accounts"], day)
        written = self._pool.map(lambda desk: desk.files_of(day, today, hourly, retold), self._desks)
        files = sorted((told for found in written for told in found), key=lambda told: told[0])
        return self._waiting.due([file for _, file in files], day)

    def _told_today(self, day: date, tables: dict[str, pa.Table]) -> tuple[dict[str, pa.Table], int]:
        """Return a day's tables and what systems tell again: lists, tickets that close, merged accounts; and
        how many accounts are told again.
        """
        retold = 0
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
        if self._dirt.merged_share:
            others = self._others(today["accounts"])
            kept = pa.concat_tables([self._memory.get("other_accounts", others.slice(0, 0)), others])
            if day_of(day) == self._dirt.merged_from_day:
                again = kept.slice(0, len(kept) - len(others))
                today["accounts"] = pa.concat_tables([today["accounts"], again]).unify_dictionaries()
                retold = len(again)
            self._memory["other_accounts"] = kept.combine_chunks()
        return today, retold

    def _others(self, accounts: pa.Table) -> pa.Table:
        is_other = self._owners.is_other[accounts["person_id"].to_numpy()]
        return accounts.filter(
            pa.array(is_other & (np.asarray(accounts["system"].cast(pa.string())) == "crm"))
        )

    def _renumbered(self, accounts: pa.Table, day: date) -> pa.Table:
        """Return the CRM's accounts on the day on which it renumbers them, else none; till then remember."""
        none = pa.table({"account_id": pa.array([], pa.int64())})
        if not self._dirt.scale or day_of(day) > self._dirt.migration_day:
            return none
        ids = accounts["account_id"].to_numpy()
        crm = pa.table({"account_id": ids[np.asarray(accounts["system"].cast(pa.string())) == "crm"]})
        known = pa.concat_tables([self._memory.pop("crm_accounts", none), crm]).combine_chunks()
        if day_of(day) == self._dirt.migration_day:
            return known
        self._memory["crm_accounts"] = known
        return none
