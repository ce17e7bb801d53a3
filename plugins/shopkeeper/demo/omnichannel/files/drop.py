"""What one system's export is: where it goes, when it arrives, and the truth of each of its records."""

from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True)
class File:
    """One file of one system."""

    place: str
    arrives: date
    content: bytes
    records: pa.Table


def records(place: str, table: str, row_id: pa.Array, dirt: np.ndarray) -> pa.Table:
    """Return the truth of a file's records; a null ``row_id`` is pure dirt, ``dirt`` holds bits of `BIT`."""
    count = len(row_id)
    is_dirt = row_id.is_null().to_numpy(zero_copy_only=False)
    return fill(
        file_records, count, record_number=np.arange(1, count + 1),
        table=Codes(np.where(is_dirt, -1, 0), [table]), row_id=row_id, dirt=told(dirt),
        place=pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([place])),
    )  # fmt: skip
