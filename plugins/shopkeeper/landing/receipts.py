"""Receipts: what makes a batch exist. Written last, after its rows are on the disk.

Where batches lie and how they become durable; what their rows say is no business of this module.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import NamedTuple

from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of, sync
from shopkeeper.paths import Home, WorkPaths


class Arrival(NamedTuple):
    """When a content came under a name: its place in the order of landing, and the number of the arrival.

    They differ where a file takes the place that it would have had before: what an upload added after it was
    taken, and a refused file that is replayed. ``mark`` tells one file from another, so that a file which a
    killed landing left in the inbox is no second arrival.
    """

    place: int
    number: int
    mark: str = ""


@dataclass(frozen=True)
class Receipt:
    """One batch: ``record_count = accepted_count + quarantined_count``; ``landed_at`` is ISO 8601 in UTC.

    ``names``: every file name under which the content came, and when it came last; ``file_name`` and
    ``landed_sequence`` are the last of them. The hashes are of the batch's files; ``None`` where there is no
    such file, or in an older receipt.
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
    raw_sha256: str | None = None
    quarantine_sha256: str | None = None

    def __post_init__(self) -> None:
        if self.record_count != self.accepted_count + self.quarantined_count:
            raise AssertionError(f"batch {self.batch_id} does not count every record once: {self}")

    def named(self, file_name: str, arrival: "Arrival") -> "Receipt":
        """Return the receipt after its content came under a name, once more or for the first time."""
        names = {**self.names, file_name: max(arrival, self.names.get(file_name, arrival))}
        last = max(names, key=names.__getitem__)
        return replace(self, names=names, file_name=last, landed_sequence=names[last].place)


def read_receipt(path: Path) -> Receipt:
    """Read one receipt of this version or an older one; fields that a newer one added are passed over.

    Raises ``UserError`` where it is damaged.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name: stored[field.name] for field in fields(Receipt) if field.name in stored}
        sequence = stored["landed_sequence"]
        names = stored.get("names", {stored["file_name"]: [sequence, sequence]})
        known["names"] = {name: Arrival(*arrival) for name, arrival in names.items()}
        return Receipt(**{**known, "warnings": tuple(stored["warnings"])})
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
        raise UserError(
            f"{path} is damaged, it is no receipt; restore it from a backup, or delete it and drop its file "
            "into the inbox again"
        ) from None


def read_receipts(home: Home, system: str = "*", table: str = "*") -> Iterator[Receipt]:
    """Yield the receipt of every batch, or of one table's, by system, table and batch."""
    for path in sorted(home.raw.glob(f"{system}/{table}/*.json")):
        yield read_receipt(path)


def find_receipt(home: Home, batch_id: str) -> Receipt | None:
    """Return the receipt of one batch, whatever its table, or ``None``."""
    found = sorted(home.raw.glob(f"*/*/{batch_id}.json"))
    return read_receipt(found[0]) if found else None


def batch_id_of(home: Home, system: str, table: str, content: str) -> str:
    """Return the id of the batch that a content, by its sha256, is in one table.

    Where another table has the content, as it may if both were empty that day, it is another id.
    """
    apart = id_apart(system, table, content)
    own, owned_apart = (home.batch(system, table, each).receipt.exists() for each in (content, apart))
    is_taken = any(home.raw.glob(f"*/*/{content}.json"))
    return apart if owned_apart or (is_taken and not own) else content


def id_apart(system: str, table: str, content: str) -> str:
    """Return the id of a content's batch in a table where another one had the content first."""
    return hashlib.sha256(json.dumps([system, table, content]).encode()).hexdigest()


def commit(home: Home, receipt: Receipt, rows: Path, quarantine: Path | None) -> None:
    """Make a batch exist: its rows first, its receipt last, each on the disk before the next.

    What an interrupted landing left in these places is replaced.
    """
    places = home.batch(receipt.system, receipt.table, receipt.batch_id)
    raw_sha256 = sha256_of(rows)
    quarantine_sha256 = sha256_of(quarantine) if quarantine else None
    if quarantine is not None:
        put(quarantine, places.quarantine)
    else:
        places.quarantine.unlink(missing_ok=True)
    put(rows, places.rows)
    hashed = replace(receipt, raw_sha256=raw_sha256, quarantine_sha256=quarantine_sha256)
    commit_receipt(home, hashed, rows.parent)


def commit_receipt(home: Home, receipt: Receipt, folder: Path) -> None:
    """Write a receipt by way of ``folder``; its batch exists from then on."""
    place = home.batch(receipt.system, receipt.table, receipt.batch_id).receipt
    put_text(json.dumps(asdict(receipt), indent=1, ensure_ascii=False), place, folder)


def put_text(content: str, target: Path, folder: Path) -> None:
    """Write a small text durably and in one step, by way of ``folder``."""
    written = WorkPaths(folder).text
    written.write_text(content + "\n", encoding="utf-8", errors="backslashreplace")
    put(written, target)


def put(source: Path, target: Path) -> None:
    """Move a file to its place in one step, its content on the disk before its name."""
    _make_folder(target.parent)
    sync(source)
    source.replace(target)
    sync(target.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
