"""What one system's export is: where it goes, when it arrives, and the truth of each of its records."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.stories import told
from shopkeeper.demo.omnichannel.tables.grammar import Codes, declare, fill

file_records = declare(
    "file_records", "One physical record of a dropped file and what it stands for.", "place record_number",
    ("place", pa.dictionary(pa.int32(), pa.string()), "File below the inbox: <system>/<name>"),
    ("record_number", pa.int32(), "Record in the file, from 1; a header is none"),
    ("table", pa.dictionary(pa.int16(), pa.string()), "Simulated table; null: the record is pure dirt"),
    ("row_id", pa.int64(), "Integer key, or key * 1000 + line, or place in the day's rows; null: pure dirt"),
    ("dirt", pa.list_(pa.string()), "Stories of SCENARIOS.md; null: clean"),
)  # fmt: skip


# What one record stands for, as a draft notes it down: -1 is pure dirt, ``dirt`` holds bits of `BIT`.
RECORD = np.dtype([("row_id", np.int64), ("dirt", np.uint64)])
RECORDS_AT_ONCE = 65_536


@dataclass(frozen=True)
class File:
    """One file of one system: its bytes, and the `RECORD` of each of its records of ``table``."""

    place: str
    arrives: date
    table: str
    content: IO[bytes]
    truth: IO[bytes]

    def records(self) -> Iterator[pa.Table]:
        """Return the truth of its records, some at a time."""
        self.truth.seek(0)
        first = 1
        while packed := self.truth.read(RECORD.itemsize * RECORDS_AT_ONCE):
            found = np.frombuffer(packed, RECORD)
            row_id, count = found["row_id"], len(found)
            yield fill(
                file_records, count, record_number=np.arange(first, first + count),
                table=Codes(np.where(row_id < 0, -1, 0), [self.table]), row_id=(row_id, row_id < 0),
                dirt=told(found["dirt"]),
                place=pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)),
                pa.array([self.place])),
            )  # fmt: skip
            first += count
