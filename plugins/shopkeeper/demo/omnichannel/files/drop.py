"""What one system's export is: where it goes, when it arrives, and the truth of each of its records."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from shopkeeper.demo.omnichannel.tables.grammar import declare

file_records = declare(
    "file_records", "One physical record of a dropped file and what it stands for.", "place record_number",
    ("place", pa.dictionary(pa.int32(), pa.string()), "File below the inbox: <system>/<name>"),
    ("record_number", pa.int32(), "Record in the file, from 1; a header is none"),
    ("table", pa.dictionary(pa.int16(), pa.string()), "Simulated table; null: the record is pure dirt"),
    ("row_id", pa.int64(), "Integer key, or key * 1000 + line, or place in the day's rows; null: pure dirt"),
    ("dirt", pa.dictionary(pa.int16(), pa.string()), "Story of SCENARIOS.md; null: clean"),
)  # fmt: skip


@dataclass(frozen=True)
class File:
    """One file of one system."""

    place: str
    arrives: date
    content: bytes
    records: pa.Table
