"""Writes the clean tables and the file records of one run, a day at a time, in bounded memory."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.demo.omnichannel.truth.folder import TruthFolder

ROW_GROUP = 40_000


class _Growing:
    """One Parquet file that grows by days and is shown when it is whole."""

    def __init__(self, file: Path) -> None:
        self.file, self.hidden = file, file.with_name(f".{file.name}")
        self.waiting: list[pa.Table] = []
        self.rows = 0
        self.writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        if not len(rows):
            return
        self.waiting.append(rows)
        self.rows += len(rows)
        if self.rows >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        rows = pa.concat_tables(self.waiting).unify_dictionaries()
        if self.writer is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.writer = pq.ParquetWriter(self.hidden, rows.schema, compression="zstd", compression_level=1)
        self.writer.write_table(rows)
        self.waiting, self.rows = [], 0

    def close(self) -> None:
        if self.waiting:
            self._flush()
        if self.writer is not None:
            self.writer.close()
            self.hidden.replace(self.file)


class Ledger:
    """The planted tables of one run."""

    def __init__(self, folder: TruthFolder, first_day: int, last_day: int) -> None:
        self._folder, self._span = folder, (first_day, last_day)
        self._tables: dict[str, _Growing] = {}
        self._records = _Growing(folder.records_file(first_day, last_day))

    def add(self, tables: dict[str, pa.Table]) -> None:
        """Add a day's tables."""
        for name, rows in tables.items():
            if name not in self._tables:
                self._tables[name] = _Growing(self._folder.table_file(name, *self._span))
            self._tables[name].add(rows)

    def add_records(self, rows: pa.Table) -> None:
        """Add what some records of a file stand for."""
        self._records.add(rows)

    def add_cuts(self, day: int, cuts: np.ndarray) -> None:
        """Add a day's cut-offs at empty shelves, which reruns need."""
        rows = {"day": np.full(len(cuts), day, np.int32), "cell": cuts[:, 0].astype(np.int32)}
        rows |= {"turn": cuts[:, 1].astype(np.int8), "value": cuts[:, 2]}
        self.add({"shelf_cuts": pa.table(rows)})

    def close(self) -> None:
        """Show everything that was written."""
        for growing in (*self._tables.values(), self._records):
            growing.close()
