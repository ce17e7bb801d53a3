"""Verifies that raw, quarantine and the published versions still hold what was written; reads everything.

Reads only. Each finding is one line with the cure.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of
from shopkeeper.landing import find_damage_of_file, read_receipt, read_refusal, refusal_ids, refused_file
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.settings import settings
from shopkeeper.warehouse import learned, published
from shopkeeper.warehouse.publishing import changed_tables

Check = Callable[[], list[str]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Verification:
    """How many batches, refused files and versions were checked, and one line per finding."""

    batch_count: int
    refused_file_count: int
    version_count: int
    faults: tuple[str, ...]


def verify(home: Home, progress: Progress | None = None) -> Verification:
    """Compare everything stored with the hashes that were recorded when it was written.

    `progress` is called with the number of files and versions done, and the total.
    """
    receipts, refusals = sorted(home.raw.glob("*/*/*.json")), refusal_ids(home)
    versions = published.names(home)
    files: list[Check] = [partial(_check_batch, home, receipt) for receipt in receipts]
    files += [partial(_check_refused_file, home, refusal) for refusal in refusals]
    files += [partial(_check_learned, receipt) for receipt in sorted(home.learned.glob("*/*.json"))]
    whole: list[Check] = [partial(_check_version, home, version) for version in versions]
    whole.append(partial(_check_current, home, {path.stem for path in receipts}))
    faults: list[str] = []
    with ThreadPoolExecutor(settings().threads) as pool:
        # One version at a time: each may use all the memory that DuckDB is allowed.
        performed = chain(pool.map(_performed, files), map(_performed, whole))
        for done, found in enumerate(performed, 1):
            faults += found
            if progress:
                progress(done, len(files) + len(whole))
    return Verification(len(receipts), len(refusals), len(versions), tuple(faults))


def _performed(check: Check) -> list[str]:
    try:
        return check()
    except UserError as error:
        return [str(error)]
    except OSError as error:
        return [f"{error.filename} cannot be read ({error.strerror}); make it readable and verify again"]


def _check_batch(home: Home, path: Path) -> list[str]:
    receipt = read_receipt(path)
    places = home.batch(receipt.system, receipt.table, receipt.batch_id)
    if receipt.expired_at is not None:
        left = [file for file in (places.rows, places.quarantine) if file.exists()]
        return [f"{file} is left of an expired batch; `shopkeeper maintain` removes it" for file in left]
    files = [(places.rows, receipt.raw_sha256, receipt.accepted_count)]
    if receipt.quarantined_count:
        files.append((places.quarantine, receipt.quarantine_sha256, receipt.quarantined_count))
    return [damage for file in files if (damage := find_damage_of_file(*file))]


def _check_refused_file(home: Home, key: str) -> list[str]:
    refusal = read_refusal(home, key)
    file = refused_file(home, key, refusal["file_name"])
    if sha256_of(file) == refusal.get("sealed_sha256", refusal["batch_id"]):
        return []
    return [f"{file} is not what came; restore it from a backup, or let its producer send it again"]


def _check_learned(receipt: Path) -> list[str]:
    return [damage] if (damage := learned.damage_of(receipt)) else []


def _check_version(home: Home, version: str) -> list[str]:
    build = BuildPaths(home.versions / version)
    try:
        told = published.manifest(home, version)
        found, recorded = published.file_hashes(build), told.get("files", {})
        changed = [build.root / name for name, sha256 in recorded.items() if found.get(name) != sha256]
        if changed_tables(home, told):
            changed.append(build.warehouse)
    except (UserError, OSError):
        if version in published.names(home):
            raise
        return []  # A refresh has pruned it in the meantime.
    return [str(published.damaged(file)) for file in changed]


def _check_current(home: Home, landed: set[str]) -> list[str]:
    current = published.current(home)
    contained = published.manifest(home)["batches"]["contained"] if current else []
    lost = [batch_id for batch_id in contained if batch_id not in landed]
    return [f"batch {lost[0]} and {len(lost) - 1} more are lost; restore {home.raw}"] if lost else []
