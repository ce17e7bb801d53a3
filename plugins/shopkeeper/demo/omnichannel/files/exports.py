"""All systems' exports of a day: for each a query over the clean tables, a format, and a place in the
inbox.
"""

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.files.drop import File, file_records
from shopkeeper.demo.omnichannel.files.queries import EXPORTS, MACROS, Export, has_integer_key
from shopkeeper.demo.omnichannel.records.keys import PER_DAY
from shopkeeper.demo.omnichannel.surroundings.days import day_of
from shopkeeper.demo.omnichannel.tables import TABLES, Codes, fill, known
from shopkeeper.demo.omnichannel.world import World

QUERIED = sorted({name for export in EXPORTS for name in export.inputs})


@dataclass(frozen=True)
class _Part:
    """A file's place and rows; the column ``row_id`` is the row's id in its table."""

    place: str
    rows: pa.Table


class Exports:
    """What the systems of one world drop, day by day."""

    def __init__(self, world: World, memory: dict[str, Any]) -> None:
        self.world, self.memory = world, memory
        self._duckdb = duckdb.connect(config={"threads": 1, "temp_directory": ""})
        self._duckdb.execute("set TimeZone = 'UTC'")
        self._duckdb.execute(MACROS)
        for name in ("persons", "products", "cities", "places", "devices", "contacts"):
            self._duckdb.register(f"all_{name}", world.tables[name])

    def of_day(self, day: date, tables: dict[str, pa.Table], hourly: bool) -> list[File]:
        """Return the files that arrive on a day."""
        is_first = day == self.world.start
        today = {
            name: self.world.tables[name] if is_first and name in self.world.tables else rows
            for name, rows in tables.items()
        }
        numbers = np.int64((day_of(day) + 1) * PER_DAY)
        for name in QUERIED:
            rows = today[name]
            if not has_integer_key(name):
                rows = rows.append_column("row_number", pa.array(numbers + np.arange(len(rows))))
            self._duckdb.register(name, rows)
        return [
            self._written(export, part, day)
            for export in EXPORTS
            if len(today[export.table]) and not self._is_silent(export, day)
            for part in self._parts(export, today, day, hourly)
            if len(part.rows)
        ]

    def _is_silent(self, export: Export, day: date) -> bool:
        """Return whether a system drops nothing today, and never will: a source missing for a month."""
        dirt = self.world.parameters.dirt
        silent = dirt.missing_from_day <= day_of(day) < dirt.missing_from_day + dirt.missing_days
        return silent and export.place.partition("/")[0] == dirt.missing_system

    def _parts(self, export: Export, today: dict[str, pa.Table], day: date, hourly: bool) -> Iterator[_Part]:
        place = export.place.format(day=f"{day:%Y%m%d}", month=f"{day:%Y%m}")
        if not export.query:
            yield _Part(place, _as_planted(export, today[export.table], day))
            return
        rows = self._duckdb.execute(export.query).to_arrow_table()
        if not (export.is_hourly and hourly):
            yield _Part(place, rows)
            return
        hour = rows["hour"].to_numpy()
        for found in np.unique(hour):
            stem, dot, suffix = place.partition(".")
            yield _Part(f"{stem}T{found:02}{dot}{suffix}", rows.filter(pa.array(hour == found)))

    def _written(self, export: Export, part: _Part, day: date) -> File:
        rows, row_id = part.rows, part.rows["row_id"].to_numpy()
        rows = rows.drop_columns([name for name in ("row_id", "hour") if name in rows.column_names])
        if export.format == "parquet":
            out = io.BytesIO()
            pq.write_table(rows, out, compression="zstd", compression_level=1)
            content = out.getvalue()
        elif export.format == "jsonl":
            content = b"".join(_values(chunk) for chunk in rows["line"].chunks)
        else:
            out = io.BytesIO()
            csv.write_csv(rows, out, csv.WriteOptions(quoting_style="needed"))
            content = out.getvalue()
            if export.encoding != "utf-8":
                content = content.decode().encode(export.encoding)
        if export.format == "csv.gz":
            content = gzip.compress(content, 4, mtime=0)
        return File(part.place, day, content, records(part.place, export.table, row_id))


def _as_planted(export: Export, rows: pa.Table, day: date) -> pa.Table:
    """Return a table's rows with their ids, less the columns that no system sees."""
    if has_integer_key(export.table):
        row_id = rows[TABLES[export.table].key[0]].to_numpy().astype(np.int64)
    else:
        row_id = np.int64((day_of(day) + 1) * PER_DAY) + np.arange(len(rows))
    return rows.drop_columns(list(export.hidden)).append_column("row_id", pa.array(row_id))


def _values(lines: pa.StringArray) -> bytes:
    """Return the bytes of strings that already end in a line feed."""
    _, offsets, values = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return values[int(ends[0]) : int(ends[-1])].to_pybytes()


def records(place: str, table: str, row_id: np.ndarray) -> pa.Table:
    """Return the records of a clean file in which every record is one row of a table."""
    count = len(row_id)
    return fill(
        file_records, count, record_number=np.arange(1, count + 1), table=Codes(np.zeros(count, int),
        [table]),
        place=pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([place])),
        row_id=known(row_id), dirt=None,
    )  # fmt: skip
