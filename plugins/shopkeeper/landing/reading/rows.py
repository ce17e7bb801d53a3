"""Writes parsed rows to Parquet: text columns in contract order and the line on which each row began.

Checks nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.contracts import Contract

LINE_NUMBER = "_line_number"
GROUP_ROWS = 122_880
_BUFFERED_ROWS = 10_000


def text_schema(contract: Contract) -> pa.Schema:
    """Return the schema of raw text: the contract's columns, all text, and the line number."""
    fields = [(column.name, pa.string()) for column in contract.columns]
    return pa.schema([*fields, (LINE_NUMBER, pa.int64())])


def open_writer(target: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a Parquet file for raw, with statistics, page checksums and one page per column and group."""
    return pq.ParquetWriter(
        target,
        schema,
        compression="zstd",
        write_page_checksum=True,
        store_schema=False,
        max_rows_per_page=GROUP_ROWS,
    )


class RowWriter:
    """Writes rows in the order given. A context manager; the file is complete only after it exits."""

    def __init__(self, target: Path, contract: Contract) -> None:
        self.row_count = 0
        self._schema = text_schema(contract)
        self._writer = open_writer(target, self._schema)
        self._buffer: list[Sequence[object]] = []

    def __enter__(self) -> "RowWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def append(self, values: Sequence[str | None], line_number: int) -> None:
        """Add one row; an empty text becomes NULL."""
        self._buffer.append((*(value or None for value in values), line_number))
        self.row_count += 1
        if len(self._buffer) == _BUFFERED_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._buffer:
            columns = zip(*self._buffer, strict=True)
            arrays = [pa.array(c, field.type) for c, field in zip(columns, self._schema, strict=True)]
            self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
            self._buffer.clear()
