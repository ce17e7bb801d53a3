"""All systems' exports of a day. Thin for now: tills and screens."""

import gzip
import io
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from shopkeeper.demo.omnichannel.files.drop import File, file_records
from shopkeeper.demo.omnichannel.tables import Codes, fill
from shopkeeper.demo.omnichannel.world import World


class Exports:
    """What the systems of one world drop, day by day."""

    def __init__(self, world: World, memory: dict[str, Any]) -> None:
        self.world, self.memory = world, memory
        self._duckdb = duckdb.connect(config={"threads": 1})

    def of_day(self, day: date, tables: dict[str, pa.Table], hourly: bool) -> list[File]:
        """Return the files that arrive on a day."""
        return [self._tills(day, tables)]

    def _tills(self, day: date, tables: dict[str, pa.Table]) -> File:
        receipts, lines = tables["receipts"], tables["receipt_lines"]
        rows = self._duckdb.sql(
            "select receipt_id, line_number, place_id, paid_at, product_id, unit_quantity, lines.net_amount "
            "from receipts join lines using (receipt_id) order by receipt_id, line_number"
        ).to_arrow_table()
        assert receipts is not None and lines is not None
        out = io.BytesIO()
        csv.write_csv(rows, out)
        place = f"pos/receipt_lines_{day:%Y%m%d}.csv.gz"
        row_id = rows["receipt_id"].to_numpy() * 1000 + rows["line_number"].to_numpy()
        return File(
            place, day, gzip.compress(out.getvalue(), 4, mtime=0), records(place, "receipt_lines", row_id)
        )


def records(place: str, table: str, row_id: np.ndarray) -> pa.Table:
    """Return the records of a clean file in which every record is one row of a table."""
    count = len(row_id)
    return fill(
        file_records, count, place=pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), [place]),
        record_number=np.arange(1, count + 1), table=Codes(np.zeros(count, int), [table]), row_id=row_id, dirt=None,
    )  # fmt: skip
