"""Are the files of a batch still what was written? Held against the receipt.

Reading only. What to do about damage is said in the line that tells of it.
"""

from pathlib import Path

from shopkeeper.landing.receipts import Receipt, batch_paths, sha256_of
from shopkeeper.paths import Home


def find_damage(home: Home, receipt: Receipt) -> str | None:
    """Return in one line what is wrong with the files of a batch and how to mend it, or ``None``.

    Each file must have the sha256 of the receipt. An older receipt has none: its files must be readable to
    the last page and hold as many rows as it says, which finds a lost or cut file, not every changed value.
    Raises ``OSError`` where a file is there but may not be read.
    """
    places = batch_paths(home, receipt.system, receipt.table, receipt.batch_id)
    files = [
        (places.rows, receipt.raw_sha256, receipt.accepted_count),
        (places.quarantine, receipt.quarantine_sha256, receipt.quarantined_count),
    ]
    for path, sha256, row_count in files:
        if path == places.quarantine and not row_count:
            continue
        if not path.exists():
            fault = "is lost"
        elif sha256 is not None:
            fault = "" if sha256_of(path) == sha256 else "is not what was written"
        else:
            fault = _find_fault_without_hash(path, row_count)
        if fault:
            return (
                f"{path} {fault} ({receipt.file_name}); restore it from a backup, "
                "see docs/runbooks/run-a-refresh-again.md"
            )
    return None


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
