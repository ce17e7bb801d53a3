"""Receipts: a batch exists once its receipt does, which is written last, after its rows are on disk.

Defines where batches are stored and how they become durable; knows nothing about their rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import NamedTuple

from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of, sync
from shopkeeper.paths import Home, WorkPaths
from shopkeeper.sentences import Sentence

_FLUSHED_AT_ONCE = 16


class Arrival(NamedTuple):
    """When content arrived under a name: its place in the landing order, and the number of the arrival.

    They differ if a file takes the place that it would have had before: bytes that an upload added after the
    file was taken, and a refused file that is replayed. `mark` identifies the file, so that a file which a
    killed landing left in the inbox is not counted as a second arrival.
    """

    place: int
    number: int
    mark: str = ""


@dataclass(frozen=True)
class Receipt:
    """One batch, with `record_count = accepted_count + quarantined_count`; `landed_at` is ISO 8601 in UTC.

    `tokenized`: the direct identifiers that raw holds as tokens. `dated`: the first and the last day from
    which the retention counts, if the rows tell it. `expired_at`: when the rows were removed because all were
    older than `retention`; the counts and hashes stay those of what came. `names`: every file name under
    which the content arrived, with its latest arrival; `file_name` and `landed_sequence` are those of the
    latest. The hashes are those of the batch's files; `None` without such a file, or in an older receipt.
    """

    batch_id: str
    system: str
    table: str
    contract_version: str
    file_name: str
    byte_count: int
    landed_at: str
    landed_sequence: int
    record_count: int
    accepted_count: int
    quarantined_count: int
    reasons: dict[str, int]
    business_date_min: str | None
    business_date_max: str | None
    replay_of: str | None
    warnings: tuple[str, ...]
    names: dict[str, Arrival]
    tokenized: tuple[str, ...] = ()
    dated: tuple[str, str] | None = None
    expired_at: str | None = None
    retention: str | None = None
    raw_sha256: str | None = None
    quarantine_sha256: str | None = None
    erasures: tuple[int, ...] = ()
    """The numbers of the erasures that have written its files anew."""

    def __post_init__(self) -> None:
        if self.record_count != self.accepted_count + self.quarantined_count:
            raise AssertionError(f"batch {self.batch_id} does not count every record once: {self}")

    def named(self, file_name: str, arrival: "Arrival") -> "Receipt":
        """Return the receipt after its content arrived under a name, new or known."""
        names = {**self.names, file_name: max(arrival, self.names.get(file_name, arrival))}
        last = max(names, key=names.__getitem__)
        return replace(self, names=names, file_name=last, landed_sequence=names[last].place)


def read_receipt(path: Path) -> Receipt:
    """Read one receipt of this version or an older one; ignores fields that a newer version added.

    Raises `UserError` if it is damaged.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name: stored[field.name] for field in fields(Receipt) if field.name in stored}
        sequence = stored["landed_sequence"]
        names = stored.get("names", {stored["file_name"]: [sequence, sequence]})
        known["names"] = {name: Arrival(*arrival) for name, arrival in names.items()}
        texts = {name: tuple(stored.get(name, ())) for name in ("warnings", "tokenized", "erasures")}
        known["dated"] = tuple(stored["dated"]) if stored.get("dated") else None
        return Receipt(**{**known, **texts})
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
        raise UserError(
            f"{path} is damaged, it is no receipt; restore it from a backup, or delete it and drop its file "
            "into the inbox again"
        ) from None


def read_receipts(home: Home, system: str = "*", table: str = "*") -> Iterator[Receipt]:
    """Yield the receipts of all batches, or of one table, ordered by system, table and batch."""
    for path in sorted(home.raw.glob(f"{system}/{table}/*.json")):
        yield read_receipt(path)


def find_receipt(home: Home, batch_id: str) -> Receipt | None:
    """Return the receipt of one batch of any table, or `None`."""
    found = sorted(home.raw.glob(f"*/*/{batch_id}.json"))
    return read_receipt(found[0]) if found else None


def batch_with(home: Home, start: str) -> str:
    """Return the one batch id with this prefix, by the names of the receipts; `UserError` unless there is
    one.
    """
    known = {path.stem for path in home.raw.glob("*/*/*.json") if path.name.startswith(start)}
    if len(known) != 1:
        what = "more than one batch starts" if known else "no batch starts"
        raise UserError(Sentence(what + " with {start}; `shopkeeper batches list` shows them", start=start))
    return known.pop()


def batch_id_of(home: Home, system: str, table: str, content: str) -> str:
    """Return the batch id of a content, given by its sha256, in one table.

    The id differs from the sha256 if another table has the same content, for instance if both files were
    empty.
    """
    apart = id_apart(system, table, content)
    own, owned_apart = (home.batch(system, table, each).receipt.exists() for each in (content, apart))
    is_taken = any(home.raw.glob(f"*/*/{content}.json"))
    return apart if owned_apart or (is_taken and not own) else content


def id_apart(system: str, table: str, content: str) -> str:
    """Return the id of a content's batch in a table if another table had the content first."""
    return hashlib.sha256(json.dumps([system, table, content]).encode()).hexdigest()


class NewBatch(NamedTuple):
    """A batch to be created: its receipt, and the files that become its rows and its quarantine."""

    receipt: Receipt
    rows: Path
    quarantine: Path | None


def commit(home: Home, batches: Sequence[NewBatch]) -> None:
    """Create batches: all rows first, all receipts last, each step on disk before the next.

    Replaces what an interrupted landing left in these places.
    """
    moves, hashed = [], []
    for receipt, rows, quarantine in batches:
        places = home.batch(receipt.system, receipt.table, receipt.batch_id)
        quarantine_sha256 = sha256_of(quarantine) if quarantine else None
        if quarantine is not None:
            moves.append((quarantine, places.quarantine))
        else:
            places.quarantine.unlink(missing_ok=True)
        moves.append((rows, places.rows))
        whole = replace(receipt, raw_sha256=sha256_of(rows), quarantine_sha256=quarantine_sha256)
        hashed.append((whole, rows.parent))
    put(moves)
    commit_receipts(home, hashed)


def commit_receipts(home: Home, receipts: Iterable[tuple[Receipt, Path]]) -> None:
    """Write receipts, each by way of a folder of its own; from then on their batches exist."""
    moves = []
    for receipt, folder in receipts:
        place = home.batch(receipt.system, receipt.table, receipt.batch_id).receipt
        moves.append((_write(json.dumps(asdict(receipt), indent=1, ensure_ascii=False), folder), place))
    put(moves)


def put_text(content: str, target: Path, folder: Path) -> None:
    """Write a small text durably and atomically, by way of `folder`."""
    put([(_write(content, folder), target)])


def _write(content: str, folder: Path) -> Path:
    written = WorkPaths(folder).text
    written.write_text(content + "\n", encoding="utf-8", errors="backslashreplace")
    return written


def put(moves: Sequence[tuple[Path, Path]]) -> None:
    """Move files to their places, each atomically, the content of all on disk before their names.

    Many files are flushed at once, since the disk then writes its journal once for all of them.
    """
    folders = {target.parent for _, target in moves}
    for folder in folders:
        _make_folder(folder)
    with ThreadPoolExecutor(min(_FLUSHED_AT_ONCE, max(1, len(moves)))) as pool:
        list(pool.map(sync, [source for source, _ in moves]))
    for source, target in moves:
        source.replace(target)
    for folder in folders:
        sync(folder)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
