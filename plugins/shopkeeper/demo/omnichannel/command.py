"""The demo's command: live the world, drop the files, lay the truth apart."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import monotonic, process_time

from rich.console import Console
from rich.progress import Progress

from shopkeeper.demo.omnichannel import simulation
from shopkeeper.demo.omnichannel.files import Exports
from shopkeeper.demo.omnichannel.files.drop import File
from shopkeeper.demo.omnichannel.parameters import Parameters, read
from shopkeeper.demo.omnichannel.records.start import lasting_tables, start_tables
from shopkeeper.demo.omnichannel.scratch import Scratch
from shopkeeper.demo.omnichannel.surroundings.days import START, date_of, day_of
from shopkeeper.demo.omnichannel.truth import Identity, Ledger, TruthFolder
from shopkeeper.demo.omnichannel.truth.checkpoint import lay_down, take_up
from shopkeeper.demo.omnichannel.world import World
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.startup import peak_memory_mb, return_memory

HOURLY_DAYS = 14
MOST_PERSONS = 10_000_000


@dataclass(frozen=True)
class Dropped:
    """What one call left in the inbox: files, their records, and the days lived until now."""

    file_count: int
    row_count: int
    until: date
    truth: Path


def demonstrate(
    home: Home, person_count: int, seed: int, day_count: int | None, until: date | None, world: str | None
) -> None:
    """Run the command line's `demo omnichannel`, with progress on the terminal."""
    if day_count is not None and until is not None:
        raise UserError("give --days or --until, not both")
    if day_count is not None and day_count < 1:
        raise UserError("--days must be at least 1")
    last = until or date_of((day_count or 365) - 1)
    began, worked = monotonic(), process_time()
    with Progress(*Progress.get_default_columns(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("days", total=None)
        dropped = drop(
            home, read(world), seed, person_count, last,
            lambda done, all_days: bar.update(task, completed=done, total=all_days),
        )  # fmt: skip
    if dropped.file_count:
        print(f"{dropped.file_count:,} files with {dropped.row_count:,} records dropped into {home.inbox}")
        print(cost(dropped.row_count, monotonic() - began, process_time() - worked))
        print(f"the world is lived until {dropped.until}; its truth lies in {dropped.truth}")
    else:
        print(f"the world was lived until {dropped.until} before; nothing new is in the inbox")


def cost(row_count: int, seconds: float, worked: float) -> str:
    """Return what records cost: time by the clock and at work, and the most memory that was held."""
    return (
        f"in {seconds:,.1f} s: {row_count / seconds:,.0f} records a second, {row_count / worked:,.0f} a "
        f"second of processor time; at most {peak_memory_mb():,.0f} MB of memory"
    )


def show_effects(home: Home) -> None:
    """Run the command line's `demo omnichannel-effects`."""
    from shopkeeper.demo.omnichannel.effects.writing import write_effects

    folder = TruthFolder(home.root)
    for share in write_effects(folder)["channels"].to_pylist():
        print(", ".join(f"{name} {value}" for name, value in share.items()))
    print(f"the effects lie in {folder.root / 'effects'}")


def drop(
    home: Home, parameters: Parameters, seed: int, person_count: int, until: date,
    progress: Callable[[int, int], None] = lambda done, all_days: None,
) -> Dropped:  # fmt: skip
    """Live the world until a day (included) and drop what its systems export; never touch what was dropped
    before.

    ``progress`` is told the days done and the days to do. Raises `UserError` for a size or a day that
    cannot be, and for a home whose world is another one.
    """
    if not 1 <= person_count <= MOST_PERSONS:
        raise UserError(f"--customers must lie between 1 and {MOST_PERSONS:,}")
    if until < START:
        raise UserError(f"the world begins on {START}; give a later --until")
    folder, identity = TruthFolder(home.root), Identity(seed, person_count, parameters)
    lived, unfinished = folder.claim(identity)
    files = rows = 0
    for last in sorted({unfinished, day_of(until)} - {None}):  # type: ignore[type-var]
        if last is not None and last >= lived:
            more_files, more_rows = _run(home, folder, identity, lived, last, progress)
            files, rows, lived = files + more_files, rows + more_rows, last + 1
    return Dropped(files, rows, date_of(lived - 1), folder.root)


def _run(
    home: Home, folder: TruthFolder, identity: Identity, lived: int, last: int,
    progress: Callable[[int, int], None],
) -> tuple[int, int]:  # fmt: skip
    folder.write_down(identity, lived, unfinished_until=last)
    scratch = Scratch(folder.root)
    waiting: list[File] = []
    if lived:
        running, memories, waiting = take_up(folder, identity, scratch)
    else:
        running = simulation.start(identity.parameters, identity.seed, identity.person_count, scratch)
        memories = [{} for _ in running.agendas]
    world = World(
        identity.seed, identity.person_count, START, identity.parameters, lasting_tables(running.retailer),
        running.people, running.city, scratch,
    )  # fmt: skip
    ledger = Ledger(folder, lived, last)
    if not lived:
        for part in start_tables(running.retailer, running.people, running.state):
            ledger.add(part)
    exports = Exports(world, memories, waiting)
    files = rows = 0

    for day, dropped in _exported(exports, simulation.days(running, last), last):
        ledger.add(day.tables)
        ledger.add_cuts(day.day, day.cuts)
        for file in dropped:
            _show(home.inbox, file)
            for records in file.records():
                ledger.add_records(records)
                rows += len(records)
        files += len(dropped)
        return_memory()
        progress(day.day - lived + 1, last - lived + 1)
    ledger.close()
    lay_down(folder, running, exports)
    folder.write_down(identity, last + 1, unfinished_until=None)
    return files, rows


def _exported(
    exports: Exports, lives: Iterable[simulation.Lived], last: int
) -> Iterator[tuple[simulation.Lived, list[File]]]:
    """Return each shard's day, the last one's with the day's files; one is exported while the next one is
    lived.
    """
    waiting: tuple[simulation.Lived, Future[list[File]]] | None = None
    with exports, ThreadPoolExecutor(1) as pool:
        for day in lives:
            done = (waiting[0], waiting[1].result()) if waiting else None
            hourly = day.day > last - HOURLY_DAYS
            waiting = day, pool.submit(exports.of_shard, day, hourly)
            if done:
                yield done
        if waiting:
            yield waiting[0], waiting[1].result()


def _show(inbox: Path, file: File) -> None:
    """Write one file under a hidden name, dated by its export, and show it when it is whole."""
    target = inbox / file.place
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.with_name(f".{target.name}")
    file.content.seek(0)
    with hidden.open("wb") as whole:
        shutil.copyfileobj(file.content, whole)
    exported_at = datetime.combine(file.arrives, time(23, 30), UTC).timestamp()
    os.utime(hidden, (exported_at, exported_at))
    hidden.replace(target)
