"""One landing: takes every complete file that a contract names, several at a time, under a lock.

How one file is taken: see `taking`.
"""

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from shopkeeper.contracts import Catalog
from shopkeeper.contracts import catalog as read_catalog
from shopkeeper.files import exclusive
from shopkeeper.landing.inbox import landing_order, set_aside
from shopkeeper.landing.inbox.contents import Contents
from shopkeeper.landing.inbox.dropped_files import DroppedFile, dropped_files, seconds_until_quiet
from shopkeeper.landing.inbox.landing_order import Numbered
from shopkeeper.landing.inbox.report import LandedFile, LandingReport
from shopkeeper.landing.inbox.taking import Landing
from shopkeeper.landing.sealing import vault_for
from shopkeeper.landing.worker.isolation import Parser
from shopkeeper.paths import Home
from shopkeeper.retailers import claim
from shopkeeper.settings import settings
from shopkeeper.terminal import visible

_LOG = logging.getLogger(__name__)
_SMALL_BYTES, _GROUP_BYTES = 512 << 10, 4 << 20
_TOGETHER = 100
Progress = Callable[[LandedFile], None]


def land(
    home: Home,
    catalog: Catalog | None = None,
    *,
    progress: Progress | None = None,
    parsers: Sequence[Parser] | None = None,
) -> LandingReport:
    """Take every complete file in the inbox that a contract names.

    `progress` is called for each file when it is done; `parsers` are used instead of new ones. Raises
    `Fenced` if another landing is running and `OSError` if the home cannot be written; files not taken by
    then stay in the inbox.
    """
    started = time.monotonic()
    claim(home)
    with lock(home), work_folder(home) as work, ExitStack() as stack:
        files, left = _files(home)
        if parsers is None:
            count = min(settings().landing_workers, len(files))
            parsers = [stack.enter_context(Parser()) for _ in range(count)]
        contracts = catalog or read_catalog()
        named = (contracts.for_file(file.system, file.name) for file in files)
        vault = vault_for(home, filter(None, named))
        landing = Landing(home, contracts, work, Contents(home, parsers, vault))
        numbered = landing_order.give_numbers(home, files) if files else []
        landed: dict[Path, LandedFile] = {}

        def note(file: DroppedFile, result: LandedFile) -> None:
            landed[file.path] = result
            if taken := landing.left.get(file):
                left[file.mark] = taken, file.identity or ()
            if progress:
                progress(result)

        try:
            _take(landing, numbered, note)
            waiting = [(n, file) for n, file in numbered if landed[file.path].result == "not_parsed"]
            if numbered:
                landing_order.remember_last(home, max(number for number, _ in numbered), waiting)
        finally:
            if left != set_aside.read_left(home):
                set_aside.write_left(home, left)
    report = LandingReport(tuple(landed[file.path] for file in files), time.monotonic() - started)
    _tell(report)
    return report


def _tell(report: LandingReport) -> None:
    """Log what a landing took: the total first, then each file, those that need a look before the others."""
    needy = report.needy
    counts = report.accepted_row_count, report.quarantined_row_count, len(needy)
    _LOG.info("%s rows accepted, %s quarantined; %s files need a look", *(f"{each:,}" for each in counts))
    for file in needy:
        _LOG.warning("needs a look: %s: %s", visible(file.place), file.told)
    for file in report.files:
        if file not in needy:
            _LOG.info("%s: %s", visible(file.place), file.told)


def _take(
    landing: Landing, numbered: list[Numbered], note: Callable[[DroppedFile, LandedFile], None]
) -> None:
    """Take files in parallel, recently written ones last, and call `note` for each when it is done."""
    quiet = settings().landing_quiet_seconds
    young = {file.path for _, file in numbered if seconds_until_quiet(file, quiet)}
    workers = max(1, len(landing.contents.parsers))
    with ThreadPoolExecutor(workers) as pool:
        for turn in (False, True):
            files = [(number, file) for number, file in numbered if (file.path in young) is turn]
            time.sleep(max([0.0, *(seconds_until_quiet(file, quiet) for _, file in files)]))
            groups = _groups(files, workers)
            try:
                for group, results in zip(groups, pool.map(landing.take, groups), strict=True):
                    for (_, file), result in zip(group, results, strict=True):
                        note(file, result)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _groups(files: list[Numbered], workers: int) -> list[list[Numbered]]:
    """Divide files into groups that are taken together: large ones alone, small ones up to `_TOGETHER` and
    `_GROUP_BYTES`.
    """
    sizes = {
        number: _SMALL_BYTES + 1 if file.identity is None else file.identity[2] for number, file in files
    }
    groups = [[numbered] for numbered in files if sizes[numbered[0]] > _SMALL_BYTES]
    small = [numbered for numbered in files if sizes[numbered[0]] <= _SMALL_BYTES]
    count = min(_TOGETHER, max(1, -(-len(small) // workers)))
    group, room = list[Numbered](), -1
    for numbered in small:
        size = sizes[numbered[0]]
        if size > room or len(group) == count:
            group, room = [], _GROUP_BYTES
            groups.append(group)
        group.append(numbered)
        room -= size
    return groups


def _files(home: Home) -> tuple[list[DroppedFile], set_aside.Left]:
    """Return the files to take, and the taken ones that still cannot be moved out of the inbox."""
    before, left, files = set_aside.read_left(home), set_aside.Left(), []
    for file in dropped_files(home):
        taken = set_aside.taken_before(file, before)
        if taken is None or file.identity is None:
            files.append(file)
            continue
        if set_aside.set_aside({file: taken}):
            left[file.mark] = taken, file.identity
    if left:
        _LOG.warning("%d files that have landed stay in the inbox, where nothing may be moved", len(left))
    return [*set_aside.look_again(home), *files], left


def lock(home: Home) -> AbstractContextManager[None]:
    """Exclude every other landing and replay of this home; the kernel releases the lock when the process
    ends.
    """
    return exclusive(
        home.landing_lock, 0, f"another landing into {home.root} is under way; wait for it to end"
    )


@contextmanager
def work_folder(home: Home) -> Iterator[Path]:
    """Provide an empty private folder on the home's disk; the caller holds the landing lock.

    Removes what a killed landing left behind.
    """
    root = home.landing_work
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=root))
    try:
        yield work
    finally:
        shutil.rmtree(root, ignore_errors=True)
