"""Every landed batch, as its receipt says; a receipt that was read before is not read again.

`state/landed_batches.parquet` has what the receipts said, each with the inode, size and times of its file: a
receipt that was issued anew or restored is another file. Which batches count belongs to `batch_list`.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from shopkeeper.errors import UserError
from shopkeeper.landing import Arrival, Receipt, read_receipt
from shopkeeper.paths import Home

Status = Literal["kept", "new", "withdrawn", "superseded", "held", "expired"]


@dataclass(frozen=True)
class Batch:
    """One landed file, seen from the published version.

    `kept`: contained, and stays. `new`: the next refresh adds it, or adds it again (`is_contained`) if its
    content was sent again after another batch of its table. `withdrawn`: contained, but superseded, held or
    expired since; the next refresh removes it. `superseded`, `held` and `expired`: neither contained nor to
    be added. `names`: every file name under which the content arrived, with its latest arrival.
    """

    batch_id: str
    system: str
    table: str
    file_name: str
    landed_at: str
    landed_sequence: int
    record_count: int
    accepted_count: int
    quarantined_count: int
    business_date_max: str | None
    replay_of: str | None
    names: dict[str, Arrival]
    raw_sha256: str | None
    tokenized: tuple[str, ...] = ()
    expired_at: str | None = None
    status: Status = "new"
    is_contained: bool = False
    why_held: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether the batch, or a later arrival of its content, is kept out of every refresh."""
        return self.why_held is not None


_COUNTS = ("landed_sequence", "record_count", "accepted_count", "quarantined_count")
_LISTS = ("names", "tokenized")
_TOLD = tuple(name for name in Batch.__dataclass_fields__ if name in Receipt.__dataclass_fields__)
_FILE = ("path", "inode", "byte_count", "written_ns", "changed_ns")
_SCHEMA = pa.schema(
    [(name, pa.int64() if name in _COUNTS else pa.string()) for name in _TOLD]
    + [(name, pa.string() if name == "path" else pa.uint64()) for name in _FILE]
)
_File = tuple[str, int, int, int, int]
_WORTH_WRITING = 50
"""The file is written anew once one receipt in so many is not in it; until then those are read each time."""


def landed(home: Home) -> list[Batch]:
    """Return every landed batch, in landing order, before anything is chosen."""
    return _in_order(home, _read(home, _remembered(home)).values())


def remember_landed(home: Home, anew: bool = False) -> list[Batch]:
    """Like `landed`, and store what the receipts say if many are new; the caller holds the publish lock.

    `anew`: read every receipt.
    """
    known = {} if anew else _remembered(home)
    found = _read(home, known)
    if anew or len(found.keys() - known.keys()) * _WORTH_WRITING > len(found):
        columns = [
            [json.dumps(getattr(batch, name)) for batch in found.values()]
            if name in _LISTS
            else [getattr(batch, name) for batch in found.values()]
            for name in _TOLD
        ]
        columns += [list(column) for column in zip(*found, strict=True)] or [[] for _ in _FILE]
        _write(home.landed_batches, pa.table(columns, schema=_SCHEMA))
    return _in_order(home, found.values())


def in_order(found: Iterable[Batch]) -> list[Batch]:
    """Return batches in landing order."""
    return sorted(found, key=lambda batch: (batch.landed_sequence, batch.batch_id))


def _in_order(home: Home, found: Iterable[Batch]) -> list[Batch]:
    tables = dict[str, Batch]()
    for batch in found:
        other = tables.setdefault(batch.batch_id, batch)
        if other is not batch:
            places = [home.batch(each.system, each.table, each.batch_id).receipt for each in (other, batch)]
            raise UserError(
                f"{places[0]} and {places[1]} have one id, as older versions gave it; delete the second "
                f"and drop {batch.file_name} into the inbox again"
            )
    return in_order(tables.values())


def _read(home: Home, known: dict[_File, tuple[Any, ...]]) -> dict[_File, Batch]:
    found = dict[_File, Batch]()
    for file in _files(home):
        told = known.get(file)
        if told is None:
            receipt = read_receipt(home.root / file[0])
            told = tuple(getattr(receipt, name) for name in _TOLD)
        found[file] = Batch(*told)
    return found


def _files(home: Home) -> Iterator[_File]:
    """Yield the receipts, ordered by system and table, each with what changes when it is issued anew."""
    for folder in sorted(path for path in home.raw.glob("*/*") if path.is_dir()):
        place = folder.relative_to(home.root).as_posix()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".json"):
                    now = entry.stat()
                    path = f"{place}/{entry.name}"
                    yield path, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns


def _remembered(home: Home) -> dict[_File, tuple[Any, ...]]:
    """Return what receipts said; nothing if that is lost, damaged or of another version."""
    try:
        with pq.ParquetFile(home.landed_batches, page_checksum_verification=True) as file:
            rows = file.read()
        if rows.schema != _SCHEMA:
            return {}
    except (OSError, pa.ArrowException):
        return {}
    columns = {name: rows[name].to_pylist() for name in _SCHEMA.names}
    names, tokenized = (json.loads(f"[{','.join(columns[name])}]") for name in _LISTS)
    columns["names"] = [{name: Arrival(*came) for name, came in each.items()} for each in names]
    columns["tokenized"] = list(map(tuple, tokenized))
    files = zip(*(columns[name] for name in _FILE), strict=True)
    return dict(zip(files, zip(*(columns[name] for name in _TOLD), strict=True), strict=True))


def _write(path: Path, rows: pa.Table) -> None:
    partial = path.with_suffix(".partial")
    pq.write_table(rows, partial, write_page_checksum=True)
    partial.replace(path)
