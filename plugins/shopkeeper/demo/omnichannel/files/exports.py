"""All systems' exports of a day: the tables are marked and copied, queries write them as each system would,
and the files set out on their way.
"""

import gzip
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.files.customers import CUSTOMERS, NUMBERS, SPELLED
from shopkeeper.demo.omnichannel.files.drop import File, records
from shopkeeper.demo.omnichannel.files.export import Export
from shopkeeper.demo.omnichannel.files.marking import Marker
from shopkeeper.demo.omnichannel.files.post import Part, Waiting, broken, is_of_week, travelling
from shopkeeper.demo.omnichannel.files.sales import SALES
from shopkeeper.demo.omnichannel.files.spelling import named_cities, named_people, named_products, teach
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.files.traffic import BOTS_FROM, TRAFFIC, VISITS, bots, searched, skewed
from shopkeeper.demo.omnichannel.files.voices import SAID, VOICES, worded
from shopkeeper.demo.omnichannel.records.keys import PER_DAY
from shopkeeper.demo.omnichannel.surroundings.days import day_of
from shopkeeper.demo.omnichannel.world import World

EXPORTS = [*CUSTOMERS, *SALES, *TRAFFIC, *VOICES]
MARKED = sorted({name for export in EXPORTS for name in export.inputs} - {"crm_accounts"})
WEEKLY = ("products", "places")
SETTLING_DAYS = 30


class Exports:
    """What the systems of one world drop, day by day."""

    def __init__(self, world: World, memory: dict[str, Any]) -> None:
        self.world, self._memory = world, memory
        self._dirt = world.parameters.dirt
        self._waiting = Waiting(memory.get("waiting"))
        self._marker = Marker(world)
        self._duckdb = duckdb.connect(config={"threads": 1, "temp_directory": ""})
        self._duckdb.execute("set TimeZone = 'UTC'")
        self._nests = {n: kind.subcategories for n, kind in world.parameters.assortment.categories.items()}
        teach(self._duckdb)
        self._duckdb.execute(NUMBERS)
        self._register_people()
        self._duckdb.register("all_products", named_products(world.tables["products"]))
        self._duckdb.register("all_cities", named_cities(world.tables["cities"]))
        self._duckdb.register("all_places", world.tables["places"])

    @property
    def memory(self) -> dict[str, Any]:
        """What the systems must remember between two days, as tables."""
        return self._memory | {"waiting": self._waiting.table()}

    def of_day(self, day: date, tables: dict[str, pa.Table], hourly: bool) -> list[File]:
        """Return the files that arrive on a day."""
        today = self._told_today(day, tables)
        self._set_day(day)
        for name in MARKED:
            self._duckdb.register(name, self._marked(name, today, day))
        self._duckdb.register("planted_receipts", today["receipts"])
        self._duckdb.register("crm_accounts", self._renumbered(today["accounts"], day))
        self._register_visits(today, day)
        if len(today["accounts"]):
            self._duckdb.execute(SPELLED)
        if len(today["texts"]):
            self._duckdb.execute(SAID)
        files = [
            self._written(export, part)
            for number, export in enumerate(EXPORTS)
            if not self._is_silent(export, day)
            for whole in self._parts(export, today, day, hourly)
            for part in travelling(whole, export, number, self._dirt, self._marker.draw)
        ]
        return self._waiting.due(files, day)

    def _told_today(self, day: date, tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        """Return a day's tables and what systems tell again: lists, tickets that close, merged accounts."""
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
                self._merged = len(again)
            self._memory["other_accounts"] = kept.combine_chunks()
        return today

    def _others(self, accounts: pa.Table) -> pa.Table:
        is_other = self._is_other[accounts["person_id"].to_numpy()]
        return accounts.filter(
            pa.array(is_other & (np.asarray(accounts["system"].cast(pa.string())) == "crm"))
        )

    def _marked(self, name: str, today: dict[str, pa.Table], day: date) -> pa.Table:
        rows = self._marker.marked(name, today[name], day)
        if name == "events":
            screens = len(np.unique(today["events"]["visit_id"].to_numpy()))
            first = (day_of(day) + 1) * PER_DAY + BOTS_FROM
            self._bots = bots(self._marker, self.world.parameters, day_of(day), first, screens)
            found = self._bots["events"]
            count = len(found)
            found = found.append_column("row_id", pa.nulls(count, pa.int64()))
            found = found.append_column("dirt", pa.array(np.full(count, BIT["bot"], np.uint64)))
            found = found.append_column("luck", pa.array(np.zeros(count, np.uint64)))
            rows = pa.concat_tables([rows, found]).unify_dictionaries().combine_chunks()
            rows = searched(rows, self._nests)
        if name == "texts":
            rows = worded(rows, self.world.parameters.feelings.sarcasm_rate)
        if name == "accounts" and day_of(day) == self._dirt.merged_from_day and self._dirt.merged_share:
            bits = rows["dirt"].to_numpy().copy()
            bits[self._others_of(rows)] |= np.uint64(BIT["merged_retailer"])
            rows = rows.set_column(rows.schema.get_field_index("dirt"), "dirt", pa.array(bits))
        return rows

    def _others_of(self, rows: pa.Table) -> np.ndarray:
        return self._is_other[rows["person_id"].to_numpy()]

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

    def _register_people(self) -> None:
        persons, draw = self.world.tables["persons"], self._marker.draw
        self._is_other = (
            draw.uniform("dirt/merged", persons["person_id"].to_numpy()) < self._dirt.merged_share
        )
        told = named_people(persons, draw).append_column("is_other", pa.array(self._is_other))
        self._duckdb.register("all_persons", told)
        contacts = self.world.tables["contacts"]
        phones = contacts.filter(pa.array(np.asarray(contacts["kind"].cast(pa.string())) == "phone"))
        self._duckdb.register("phones", phones.select(["person_id", "value_key"]))

    def _register_visits(self, today: dict[str, pa.Table], day: date) -> None:
        visits = (
            pa.concat_tables([today["visits"], self._bots["visits"]]).unify_dictionaries().combine_chunks()
        )
        self._duckdb.register("visits", skewed(self._marker, visits))
        self._duckdb.execute(VISITS)

    def _set_day(self, day: date) -> None:
        dirt, number = self._dirt, day_of(day)
        is_dirty = dirt.scale > 0
        migrated = is_dirty and number >= dirt.migration_day
        self._set("is_migrated", migrated)
        self._set("is_settled", migrated and number >= dirt.migration_day + SETTLING_DAYS)
        self._set("is_wrong_zone", is_dirty and is_of_week(day, dirt.wrong_zone_from_day))
        self._set("is_currency_day", is_dirty and number == dirt.currency_day)
        self._set("is_merged", number >= dirt.merged_from_day)
        self._duckdb.execute(f"set variable today = date '{day}'")
        self._duckdb.execute(
            f"set variable tomorrow = (timestamp '{day}' + interval 1 day) at time zone 'UTC'"
        )

    def _set(self, name: str, value: bool | int) -> None:
        self._duckdb.execute(f"set variable {name} = {value}")

    def _is_silent(self, export: Export, day: date) -> bool:
        """Return whether a system drops nothing today, and never will: a source missing for a month."""
        dirt = self._dirt
        silent = dirt.missing_from_day <= day_of(day) < dirt.missing_from_day + dirt.missing_days
        return silent and export.place.partition("/")[0] == dirt.missing_system

    def _parts(self, export: Export, today: dict[str, pa.Table], day: date, hourly: bool) -> Iterator[Part]:
        if export.inputs == ("crm_accounts",):
            if day_of(day) != self._dirt.migration_day or not self._dirt.scale:
                return
        elif not len(today[export.table]):
            return
        place = export.place.format(day=f"{day:%Y%m%d}", month=f"{day:%Y%m}")
        rows = self._duckdb.execute(export.query).to_arrow_table()
        if not len(rows):
            return
        if not (export.is_hourly and hourly):
            yield Part(place, rows, day)
            return
        hour = rows["hour"].to_numpy()
        for found in np.unique(hour):
            stem, dot, suffix = place.partition(".")
            yield Part(f"{stem}T{found:02}{dot}{suffix}", rows.filter(pa.array(hour == found)), day)

    def _written(self, export: Export, part: Part) -> File:
        row_id = part.rows["row_id"].combine_chunks()
        bits = part.rows["dirt"].to_numpy().copy()
        rows = part.rows.drop_columns([n for n in ("row_id", "dirt", "hour") if n in part.rows.column_names])
        if export.format == "parquet":
            out = io.BytesIO()
            pq.write_table(rows, out, compression="zstd", compression_level=1)
            content = out.getvalue()
        else:
            content = _text(export, rows)
            known = row_id.fill_null(-1).to_numpy(zero_copy_only=False)
            rate = min(0.5, self._dirt.broken_row * self._dirt.scale)
            luck = self._marker.draw.uniform(f"dirt/broken_row/{export.place}", known)
            cut = np.flatnonzero((luck < rate) & (known >= 0))
            if len(cut):
                content = broken(content, cut + (export.format != "jsonl"))
                bits[cut] |= np.uint64(BIT["broken_row"])
        if export.format == "csv.gz":
            content = gzip.compress(content, 4, mtime=0)
        return File(part.place, part.arrives, content, records(part.place, export.table, row_id, bits))


def _text(export: Export, rows: pa.Table) -> bytes:
    if export.format == "jsonl":
        return b"".join(_values(chunk) for chunk in rows["line"].chunks)
    out = io.BytesIO()
    csv.write_csv(rows, out, csv.WriteOptions(quoting_style="needed", delimiter=export.delimiter))
    content = out.getvalue()
    return content if export.encoding == "utf-8" else content.decode().encode(export.encoding)


def _values(lines: pa.StringArray) -> bytes:
    """Return the bytes of strings that already end in a line feed."""
    _, offsets, values = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return values[int(ends[0]) : int(ends[-1])].to_pybytes()
