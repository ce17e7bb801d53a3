"""Compares the files of a batch with its receipt.

Reads only. Each finding names the damaged file and how to repair it.
"""

from pathlib import Path

from shopkeeper.files import sha256_of
from shopkeeper.landing.receipts import Receipt
from shopkeeper.paths import Home


def find_damage(home: Home, receipt: Receipt) -> str | None:
    """Describe in one line what is wrong with the files of a batch and how to repair it; `None` if sound.

    Each file must have the sha256 in the receipt. Older receipts have no sha256: their files must be readable
    to the last page and have the expected number of rows, which detects a lost or cut file but not every
    changed value. Raises `OSError` if a file exists but may not be read.
    """
    places = home.batch(receipt.system, receipt.table, receipt.batch_id)
    damage = find_damage_of_file(places.rows, receipt.raw_sha256, receipt.accepted_count)
    if damage is None and receipt.quarantined_count:
        damage = find_damage_of_file(places.quarantine, receipt.quarantine_sha256, receipt.quarantined_count)
    return damage


def find_damage_of_file(path: Path, sha256: str | None, row_count: int) -> str | None:
    """Like `find_damage`, for one file of a batch."""
    if not path.exists():
        fault = "is lost"
    elif sha256 is None:
        fault = _find_fault_without_hash(path, row_count)
    else:
        fault = "" if sha256_of(path) == sha256 else "is not what was written"
    cure = "restore it from a backup, docs/runbooks/run-a-refresh-again.md says what else can be done"
    return f"{path} {fault}; {cure}" if fault else None


def _find_fault_without_hash(path: Path, row_count: int) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            found = sum(batch.num_rows for batch in file.iter_batches())
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        return "cannot be read"
    return "" if found == row_count else f"holds {found} rows, its receipt says {row_count}"
