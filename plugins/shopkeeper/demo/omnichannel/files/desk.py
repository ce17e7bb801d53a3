"""One desk writes some of the systems' exports: it marks its tables, and queries write them as files.

Each desk has a DuckDB of its own, so that two of them work on a day side by side; what one writes depends
on no other one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.customers import NUMBERS, SPELLED
from shopkeeper.demo.omnichannel.files.draft import Draft, slices
from shopkeeper.demo.omnichannel.files.drop import File
from shopkeeper.demo.omnichannel.files.export import Export
from shopkeeper.demo.omnichannel.files.marking import Marker
from shopkeeper.demo.omnichannel.files.merger import Merger
from shopkeeper.demo.omnichannel.files.owners import OF_PERSON, Owners
from shopkeeper.demo.omnichannel.files.post import Part, is_of_week, travelling
from shopkeeper.demo.omnichannel.files.spelling import named_cities, named_products, teach
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.files.traffic import BOTS_FROM, VISITS, bots, contacted, searched, skewed
from shopkeeper.demo.omnichannel.files.voices import SAID, worded
from shopkeeper.demo.omnichannel.records.keys import PER_DAY
from shopkeeper.demo.omnichannel.surroundings.days import day_of
from shopkeeper.demo.omnichannel.world import World

MADE = {"accounts": SPELLED, "texts": SAID}
LISTS = ("crm_accounts", "second_numbers")
# Of these a second retailer has files of his own shape.
REPLACED = ("crm/customers_", "pos/receipts_", "pos/receipt_lines_")
SETTLING_DAYS = 30
SECONDS_NUMBERS = 500


@dataclass(frozen=True)
class Share:
    """A shard's share of a day's tables; of each, ``first`` rows belong to shards before it."""

    day: date
    tables: dict[str, pa.Table]
    first: Counter[str]
    hourly: bool
    is_last: bool


class Desk:
    """Writes some exports, each with its number among all of them."""

    def __init__(
        self, world: World, marker: Marker, owners: Owners, merger: Merger,
        exports: Sequence[tuple[int, Export]],
    ) -> None:  # fmt: skip
        self._world, self._marker, self._owners, self._merger = world, marker, owners, merger
        self._exports = exports
        self._dirt = world.parameters.dirt
        self._inputs = sorted({name for _, export in exports for name in export.inputs})
        self._duckdb = duckdb.connect(config={"threads": 1, "temp_directory": ""})
        self._duckdb.execute("set TimeZone = 'UTC'")
        self._drafts: dict[tuple[int, str], Draft] = {}
        self._row_counts: Counter[tuple[int, bool]] = Counter()
        self._screen_count = 0
        self._nests = {n: kind.subcategories for n, kind in world.parameters.assortment.categories.items()}
        self._products = named_products(world.tables["products"]).combine_chunks()
        teach(self._duckdb)
        self._duckdb.execute(NUMBERS)
        self._duckdb.register("all_products", self._products)
        self._duckdb.register("all_cities", named_cities(world.tables["cities"]))
        self._duckdb.register("all_places", world.tables["places"])

    def files_of(self, share: Share) -> list[tuple[int, File]]:
        """Write a share; return the day's files, each with its export's number, when it is the last one."""
        tables = {name: self._marked(name, share) for name in self._inputs}
        if "receipt_lines" in tables:
            tables["planted_receipts"] = share.tables["receipts"]
        if "events" in tables:
            tables |= self._with_bots(share)
        for is_second, part in enumerate(self._merger.apart(tables, share.day)):
            self._write(share.day, part, share.hourly, bool(is_second))
        if not share.is_last:
            return []
        files = [(number, self._drafts[number, place].file()) for number, place in sorted(self._drafts)]
        self._drafts, self._row_counts, self._screen_count = {}, Counter(), 0
        return files

    def _write(self, day: date, tables: dict[str, pa.Table], hourly: bool, is_second: bool) -> None:
        """Write the files of one retailer; a second one's are named for him."""
        self._set_day(day, is_second)
        for name, rows in tables.items():
            if len(rows):
                self._duckdb.register(name, rows)
        if len(tables.get("events", ())):
            self._duckdb.register("contacted", contacted(tables["visits"], self._owners))
            self._duckdb.execute(VISITS)
        told = [told for told in self._exports if self._is_told(told[1], tables, day, is_second)]
        for name in dict.fromkeys(export.inputs[0] for _, export in told):
            some = [(n, e) for n, e in told if e.inputs[0] == name]
            self._write_table(name, tables[name], some, day, hourly, is_second)
        for name in (*tables, "contacted"):
            self._duckdb.unregister(name)
        for name in ("told_visits", "spelled", "said"):
            self._duckdb.execute(f"drop table if exists {name}")

    def _write_table(
        self, name: str, rows: pa.Table, exports: list[tuple[int, Export]], day: date, hourly: bool,
        is_second: bool,
    ) -> None:  # fmt: skip
        """Write the files of one table slice by slice."""
        for some in slices(name, rows):
            if some is not rows:
                self._duckdb.register(name, some)
            if name in MADE:
                self._duckdb.execute(MADE[name])
            for number, export in exports:
                luck = number + SECONDS_NUMBERS * is_second
                before = self._row_counts[number, is_second]
                for whole in self._parts(export, day, hourly, is_second, before):
                    self._row_counts[number, is_second] += len(whole.rows)
                    for part in travelling(whole, export, luck, self._dirt, self._marker.draw):
                        if (number, part.place) not in self._drafts:
                            self._drafts[number, part.place] = Draft(export, part)
                        self._drafts[number, part.place].add(part, self._marker.draw, self._dirt)

    def _marked(self, name: str, share: Share) -> pa.Table:
        planted, day = share.tables[name], share.day
        if name in LISTS or name == "events" or not len(planted):
            return planted
        rows = self._merger.marked(name, self._marker.marked(name, planted, day, share.first[name]), day)
        if name == "texts":
            rows = worded(rows, self._products, self._world.parameters.feelings.sarcasm_rate)
        return self._owners.beside(rows, name) if name in OF_PERSON else rows

    def _with_bots(self, share: Share) -> dict[str, pa.Table]:
        """Return visits and events, with what bots leave among a day's last ones."""
        number, marker, today = day_of(share.day), self._marker, share.tables
        self._screen_count += len(np.unique(today["events"]["visit_id"].to_numpy()))
        first = (number + 1) * PER_DAY + BOTS_FROM
        found = bots(marker, self._world.parameters, number, first, self._screen_count)
        if not share.is_last:
            found = {name: rows.slice(0, 0) for name, rows in found.items()}
        visits = skewed(marker, pa.concat_tables([today["visits"], found["visits"]]).unify_dictionaries())
        count = len(found["events"])
        of_bots = (
            found["events"].append_column("row_id", pa.nulls(count, pa.int64()))
            .append_column("dirt", pa.array(np.full(count, BIT["bot"], np.uint64)))
            .append_column("luck", pa.array(np.zeros(count, np.uint64)))
        )  # fmt: skip
        told = marker.marked("events", today["events"], share.day, share.first["events"])
        events = pa.concat_tables([told, of_bots])
        events = searched(events.unify_dictionaries().combine_chunks(), self._nests)
        return {"visits": visits.combine_chunks(), "events": events}

    def _set_day(self, day: date, is_second: bool) -> None:
        dirt, number = self._dirt, day_of(day)
        is_dirty = dirt.scale > 0
        migrated = is_dirty and number >= dirt.migration_day and not is_second
        told: dict[str, Any] = {
            "is_migrated": migrated,
            "is_settled": migrated and number >= dirt.migration_day + SETTLING_DAYS,
            "is_wrong_zone": is_dirty and is_of_week(day, dirt.wrong_zone_from_day),
            "is_currency_day": is_dirty and number == dirt.currency_day,
            "is_second": is_second,
            "today": f"date '{day}'",
            "tomorrow": f"(timestamp '{day}' + interval 1 day) at time zone 'UTC'",
        }
        for name, value in told.items():
            self._duckdb.execute(f"set variable {name} = {value}")

    def _is_told(self, export: Export, tables: dict[str, pa.Table], day: date, is_second: bool) -> bool:
        """Return whether there is such a file today; one of a source missing for a month never comes."""
        dirt, system = self._dirt, export.place.partition("/")[0]
        silent = dirt.missing_from_day <= day_of(day) < dirt.missing_from_day + dirt.missing_days
        if (silent and system == dirt.missing_system) or (export.is_second and not is_second):
            return False
        is_replaced = is_second and export.place.startswith(REPLACED)
        return not is_replaced and bool(len(tables.get(export.inputs[0], ())))

    def _parts(self, export: Export, day: date, hourly: bool, is_second: bool, first: int) -> Iterator[Part]:
        place = export.place.format(day=f"{day:%Y%m%d}", month=f"{day:%Y%m}")
        if is_second and not export.is_second:
            place = f"second_{place}"
        rows = self._duckdb.execute(export.query).to_arrow_table()
        if not len(rows):
            return
        if not (export.is_hourly and hourly):
            yield Part(place, rows, day, first)
            return
        hour = rows["hour"].to_numpy()
        for found in np.unique(hour):
            stem, dot, suffix = place.partition(".")
            yield Part(f"{stem}T{found:02}{dot}{suffix}", rows.filter(pa.array(hour == found)), day)
