"""Removes the rows of batches and refused files that are past their retention; receipts stay and say so.

Which ones are, `storage` decides. The caller holds the landing lock.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper.files import sync, write_json
from shopkeeper.landing.receipts import Receipt
from shopkeeper.paths import Home, VaultPaths


def files_of(home: Home, receipt: Receipt) -> list[Path]:
    """Return the files of a batch that exist: rows, refused rows, sealed identifiers."""
    key = receipt.system, receipt.table, receipt.batch_id
    places = home.batch(*key)
    files = (places.rows, places.quarantine, VaultPaths(home.vault).sealed_batch(*key))
    return [file for file in files if file.exists()]


def expire(home: Home, receipts: Iterable[Receipt], retention: str) -> None:
    """Say in each receipt that its batch has expired, then remove its files; repeated after a crash."""
    at = datetime.now(UTC).isoformat()
    for receipt in receipts:
        expired = replace(receipt, expired_at=receipt.expired_at or at, retention=retention)
        write_json(home.batch(receipt.system, receipt.table, receipt.batch_id).receipt, asdict(expired))
        _remove(files_of(home, receipt))


def remove_refused(home: Home, keys: Iterable[str]) -> None:
    """Remove files that were refused whole, with their reasons."""
    for folder in (home.quarantined_files / key for key in keys):
        shutil.rmtree(folder)
        sync(folder.parent)


def leftovers(receipts: Iterable[Receipt], home: Home) -> Iterator[Receipt]:
    """Yield the expired batches of which a killed maintenance left files."""
    return (receipt for receipt in receipts if receipt.expired_at and files_of(home, receipt))


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink()
        sync(file.parent)
