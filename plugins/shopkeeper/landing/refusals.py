"""Refused files and refused rows: their reasons, and how refused rows are kept exactly as they arrived.

Deciding what to refuse belongs elsewhere.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.contracts import Contract
from shopkeeper.sentences import as_json, restored

KEPT_BYTES = 1 << 16
"""Longer records are cut to this size."""

SCHEMA = pa.schema(
    [
        ("batch_id", pa.string()),
        ("system", pa.string()),
        ("table_name", pa.string()),
        ("file_name", pa.string()),
        ("line_number", pa.int64()),
        ("byte_offset", pa.int64()),
        ("record", pa.binary()),
        ("record_sha256", pa.string()),
        ("is_truncated", pa.bool_()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("severity", pa.string()),
        ("said", pa.string()),
    ]
)


class FileRefused(Exception):
    """The whole file is refused; none of its rows are loaded."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class RowRefusal(NamedTuple):
    """Why one row is refused. Severity `info`: no data is lost; `warning`: a row is missing."""

    line_number: int
    reason: str
    detail: str
    column: str | None = None
    severity: str = "warning"


class Record(NamedTuple):
    """One refused record as it arrived, without its line ending."""

    offset: int | None
    content: bytes
    sha256: str
    is_truncated: bool


@dataclass(frozen=True)
class Layout:
    """What is needed to read a kept record again: the order of its fields and how they were written."""

    columns: tuple[str, ...]
    format: str
    encoding: str
    delimiter: str


def keep(offset: int | None, content: bytes, sha256: str | None = None) -> Record:
    """Return a record as the quarantine keeps it: cut at `KEPT_BYTES`, with the hash of the whole."""
    digest = sha256 or hashlib.sha256(content).hexdigest()
    is_truncated = sha256 is not None or len(content) > KEPT_BYTES
    return Record(offset, content[:KEPT_BYTES], digest, is_truncated)


def write_quarantine(
    target: Path,
    contract: Contract,
    batch_id: str,
    file_name: str,
    layout: Layout,
    refused: Sequence[tuple[RowRefusal, Record]],
) -> None:
    """Write refused rows in file order; the Parquet metadata holds the layout that a replay needs."""
    rows = [
        (
            *(batch_id, contract.system, contract.table, file_name),
            *(refusal.line_number, record.offset, record.content, record.sha256, record.is_truncated),
            *(refusal.column, refusal.reason, str(refusal.detail), refusal.severity),
            json.dumps(as_json(refusal.detail), ensure_ascii=False),
        )
        for refusal, record in sorted(refused, key=lambda pair: pair[0].line_number)
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    schema = SCHEMA.with_metadata({"layout": json.dumps(vars(layout))})
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), target, compression="zstd")


def details(rows: pa.Table) -> list[str]:
    """Return why each of the refused rows was refused; older files keep the English text alone."""
    texts = rows["detail"].to_pylist()
    if "said" not in rows.column_names:
        return texts
    return [
        restored(text, json.loads(said)) for text, said in zip(texts, rows["said"].to_pylist(), strict=True)
    ]


def read_layout(quarantine: Path) -> Layout:
    """Return the layout with which a quarantine file was written."""
    stored = json.loads(pq.read_schema(quarantine).metadata[b"layout"])
    return Layout(**{**stored, "columns": tuple(stored["columns"])})
