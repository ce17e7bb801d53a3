"""A file that is written slice by slice, so that a day of many rows is never whole in three shapes at once.

A table is cut into slices of some `SLICE` rows, at a new key where its files are ordered by it: the slices'
texts, one after the other, are the text of the whole.
"""

import io
import zlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.files.drop import RECORD, File
from shopkeeper.demo.omnichannel.files.export import Export
from shopkeeper.demo.omnichannel.files.post import Part, broken
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.parameters.dirt import Dirt
from shopkeeper.demo.omnichannel.randomness import Randomness

SLICE = 65_536
SPOOLED = 1 << 20
GZIP = 16 + zlib.MAX_WBITS
# The key by which all files of a table are ordered; None: they keep its rows' order.
SLICED = {
    "accounts": "account_id", "events": "event_id", "receipts": "receipt_id", "receipt_lines": "receipt_id",
    "orders": "order_id", "tickets": "ticket_id", "surveys": "survey_id", "consents": None, "sends": None,
    "coupons": None, "impressions": None, "loyalty_entries": None, "order_lines": None,
    "order_statuses": None, "payments": None, "experiment_assignments": None, "texts": None,
}  # fmt: skip


def slices(table: str, rows: pa.Table) -> Iterator[pa.Table]:
    """Return a table in slices; a small one, or one whose order is another, as it is."""
    count = len(rows)
    if table not in SLICED or count <= SLICE:
        yield rows
        return
    key, order, edges = SLICED[table], np.arange(count), np.arange(SLICE, count, SLICE)
    if key is not None:
        ids = rows[key].to_numpy()
        order = np.argsort(ids, kind="stable")
        ids = ids[order]
        edges = np.unique(np.searchsorted(ids, ids[edges], side="left"))
    for some in np.split(order, edges):
        if len(some):
            yield rows.take(pa.array(some)).combine_chunks()


class Draft:
    """One file as far as it is written."""

    def __init__(self, export: Export, part: Part) -> None:
        self._export, self._has_content = export, False
        content, truth = SpooledTemporaryFile(SPOOLED), SpooledTemporaryFile(SPOOLED)  # noqa: SIM115
        self._file = File(part.place, part.arrives, export.table, content, truth)
        self._gzip = zlib.compressobj(4, zlib.DEFLATED, GZIP) if export.format == "csv.gz" else None

    def add(self, part: Part, draw: Randomness, dirt: Dirt) -> None:
        """Write a slice after those before it."""
        export = self._export
        told = np.empty(len(part.rows), RECORD)
        told["row_id"] = part.rows["row_id"].fill_null(-1).to_numpy()
        told["dirt"] = part.rows["dirt"].to_numpy()
        rows = part.rows.drop_columns([n for n in ("row_id", "dirt", "hour") if n in part.rows.column_names])
        if export.format == "parquet":
            content = _parquet(rows)
        else:
            has_header = export.format != "jsonl" and not self._has_content
            content = _text(export, rows, has_header)
            rate = min(0.5, dirt.broken_row * dirt.scale)
            luck = draw.uniform(f"dirt/broken_row/{export.place}", told["row_id"])
            cut = np.flatnonzero((luck < rate) & (told["row_id"] >= 0))
            if len(cut):
                content = broken(content, cut + has_header)
                told["dirt"][cut] |= np.uint64(BIT["broken_row"])
        self._has_content = True
        self._file.content.write(self._gzip.compress(content) if self._gzip else content)
        self._file.truth.write(told.tobytes())

    def file(self) -> File:
        """Return the file."""
        if self._gzip:
            self._file.content.write(self._gzip.flush())
        return self._file


def _parquet(rows: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(rows, out, compression="zstd", compression_level=1)
    return out.getvalue()


def _text(export: Export, rows: pa.Table, has_header: bool) -> bytes:
    if export.format == "jsonl":
        return b"".join(_values(chunk) for chunk in rows["line"].chunks)
    out = io.BytesIO()
    options = csv.WriteOptions(include_header=has_header, quoting_style="needed", delimiter=export.delimiter)
    csv.write_csv(rows, out, options)
    content = out.getvalue()
    # Only a file's first bytes are a byte-order mark.
    encoding = export.encoding if has_header else export.encoding.removesuffix("-sig")
    return content if encoding == "utf-8" else content.decode().encode(encoding)


def _values(lines: pa.StringArray) -> bytes:
    """Return the bytes of strings that already end in a line feed."""
    _, offsets, values = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return values[int(ends[0]) : int(ends[-1])].to_pybytes()
