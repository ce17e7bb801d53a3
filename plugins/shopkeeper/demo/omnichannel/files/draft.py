"""A file that is written slice by slice, so that a day of many rows is never whole in three shapes at once.

A table is cut into slices of some `SLICE` rows, at a new key where its files are ordered by it: the slices'
texts, one after the other, are the text of the whole.
"""

import gzip
import io
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.files.drop import File, records
from shopkeeper.demo.omnichannel.files.export import Export
from shopkeeper.demo.omnichannel.files.post import Part, broken
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.parameters.dirt import Dirt
from shopkeeper.demo.omnichannel.randomness import Randomness

SLICE = 65_536
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
        self._export, self._place, self._arrives = export, part.place, part.arrives
        self._content: list[bytes] = []
        self._row_ids: list[pa.Array] = []
        self._bits: list[np.ndarray] = []

    def add(self, part: Part, draw: Randomness, dirt: Dirt) -> None:
        """Write a slice after those before it."""
        export = self._export
        row_id = part.rows["row_id"].combine_chunks()
        bits = part.rows["dirt"].to_numpy().copy()
        rows = part.rows.drop_columns([n for n in ("row_id", "dirt", "hour") if n in part.rows.column_names])
        if export.format == "parquet":
            content = _parquet(rows)
        else:
            has_header = export.format != "jsonl" and not self._content
            content = _text(export, rows, has_header)
            known = row_id.fill_null(-1).to_numpy(zero_copy_only=False)
            rate = min(0.5, dirt.broken_row * dirt.scale)
            luck = draw.uniform(f"dirt/broken_row/{export.place}", known)
            cut = np.flatnonzero((luck < rate) & (known >= 0))
            if len(cut):
                content = broken(content, cut + has_header)
                bits[cut] |= np.uint64(BIT["broken_row"])
        self._content.append(content)
        self._row_ids.append(row_id)
        self._bits.append(bits)

    def file(self) -> File:
        """Return the file."""
        content = b"".join(self._content)
        if self._export.format == "csv.gz":
            content = gzip.compress(content, 4, mtime=0)
        row_ids, bits = pa.concat_arrays(self._row_ids), np.concatenate(self._bits)
        return File(
            self._place, self._arrives, content, records(self._place, self._export.table, row_ids, bits)
        )


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
