"""One maintenance of a home: what is past its retention goes, and what is old is pruned.

Airflow's history is Airflow's to clean, see `local_airflow`.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from shopkeeper import warehouse
from shopkeeper.files import write_json
from shopkeeper.landing import Receipt, expire, files_of, remove_refused
from shopkeeper.paths import Home
from shopkeeper.storage.alone import alone
from shopkeeper.storage.pruning import Prunable, find_prunable, prune
from shopkeeper.storage.retention import Due, find_due, today


@dataclass(frozen=True)
class Removed:
    """How much of one kind was removed, or would be."""

    what: str
    count: int
    row_count: int
    byte_count: int


@dataclass(frozen=True)
class Maintenance:
    """What one maintenance removed; `waiting`: batches that still hold rows past their retention."""

    counted_from: str | None
    """The day from which retention was counted back; None: a historical retailer without a version."""

    removed: tuple[Removed, ...]
    waiting: tuple[Removed, ...]


def maintain(home: Home, logs: Path, *, is_dry_run: bool = False) -> Maintenance:
    """Remove what is past its retention or old, and record it in `state/maintained/`.

    Never beside a refresh, landing or backup: then `Fenced`. The next refresh takes the rows out of the
    warehouse. A dry run only counts.
    """
    if is_dry_run:
        return _found(home, logs)[0]
    with alone(home):
        report, due, prunable = _found(home, logs)
        if any(each.batches for each in due):
            warehouse.clear_builds(home)  # none may go on that reads them
        for each in due:
            expire(home, (*each.batches, *each.left), str(each.contract.retention))
            remove_refused(home, each.refusals)
        prune(home, prunable, logs)
        moment = datetime.now(UTC)
        place = home.maintenance(moment, "home")
        write_json(place, {"at": moment.isoformat(timespec="seconds"), **asdict(report)})
        return report


def _found(home: Home, logs: Path) -> tuple[Maintenance, list[Due], list[Prunable]]:
    day = today(home)
    due = find_due(home, day) if day else []
    prunable = find_prunable(home, logs)
    removed = [removed for each in due for removed in _counted(home, each)]
    removed += [Removed(each.what, len(each.paths), 0, each.byte_count) for each in prunable]
    waiting = [_batches(home, each.contract.name, each.waiting) for each in due if each.waiting]
    return Maintenance(day.isoformat() if day else None, tuple(removed), tuple(waiting)), due, prunable


def _counted(home: Home, due: Due) -> Iterable[Removed]:
    name = due.contract.name
    if due.batches:
        yield _batches(home, name, due.batches)
    if due.left:
        yield _batches(home, f"{name}, left by a killed run", due.left)
    if due.refusals:
        folders = [home.quarantined_files / key for key in due.refusals]
        size = sum(file.stat().st_size for folder in folders for file in folder.iterdir())
        yield Removed(f"refused files of {name}", len(folders), 0, size)


def _batches(home: Home, name: str, receipts: Iterable[Receipt]) -> Removed:
    receipts = list(receipts)
    size = sum(file.stat().st_size for each in receipts for file in files_of(home, each))
    return Removed(f"batches of {name}", len(receipts), sum(each.record_count for each in receipts), size)
