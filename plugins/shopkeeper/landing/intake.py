"""One landing: every whole file of the inbox that a contract names, under a lock, several at a time.

What happens to one file stands in ``desk``.
"""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shopkeeper.contracts import Catalog
from shopkeeper.contracts import catalog as read_catalog
from shopkeeper.errors import Fenced
from shopkeeper.landing import inbox, receipts
from shopkeeper.landing.desk import Desk
from shopkeeper.landing.isolation import Parser
from shopkeeper.landing.report import LandedFile, LandingReport
from shopkeeper.paths import Home
from shopkeeper.settings import settings

Progress = Callable[[LandedFile], None]


def land(
    home: Home,
    catalog: Catalog | None = None,
    *,
    progress: Progress | None = None,
    parsers: Sequence[Parser] | None = None,
) -> LandingReport:
    """Take every whole file of the inbox that a contract names.

    ``progress`` is told of each file as it is done; ``parsers`` are used instead of new ones. Raises
    ``Fenced`` where another landing is under way and ``OSError`` where the home cannot be written; what was
    not taken then stays in the inbox.
    """
    started = time.monotonic()
    quiet = settings().landing_quiet_seconds
    with lock(home), work_folder(home) as work, ExitStack() as stack:
        files = inbox.dropped_files(home)
        if parsers is None:
            count = min(settings().landing_workers, len(files))
            parsers = [stack.enter_context(Parser()) for _ in range(count)]
        desk = Desk(home, catalog or read_catalog(), work, parsers)
        numbered = list(enumerate(files, start=receipts.next_sequence(home)))
        young = {file.path for file in files if inbox.seconds_until_quiet(file, quiet)}
        landed: dict[Path, LandedFile] = {}
        with ThreadPoolExecutor(max(1, len(parsers))) as pool:
            for turn in (False, True):
                group = [(number, file) for number, file in numbered if (file.path in young) is turn]
                time.sleep(max([0.0, *(inbox.seconds_until_quiet(file, quiet) for _, file in group)]))
                try:
                    for (_, file), result in zip(group, pool.map(desk.take, group), strict=True):
                        landed[file.path] = result
                        if progress:
                            progress(result)
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise
    return LandingReport(tuple(landed[file.path] for file in files), time.monotonic() - started)


@contextmanager
def lock(home: Home) -> Iterator[None]:
    """Keep every other landing and replay of this home out; the kernel lets go when this process ends."""
    home.state.mkdir(parents=True, exist_ok=True)
    with (home.state / "landing.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fenced(f"another landing into {home.root} is under way; wait for it to end") from None
        yield


@contextmanager
def work_folder(home: Home) -> Iterator[Path]:
    """Give a private folder on the home's disk, without what a killed landing left; the lock is held."""
    root = home.state / "landing"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=root))
    try:
        yield work
    finally:
        shutil.rmtree(root, ignore_errors=True)
