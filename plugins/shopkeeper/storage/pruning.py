"""Old logs and failed builds, and what killed processes left behind.

Rows are not its business; Airflow's own history belongs to `local_airflow`.
"""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from shopkeeper import warehouse
from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.settings import settings

_DAY = 24 * 3600.0
"""No query, pull or trial lasts longer."""


@dataclass(frozen=True)
class Prunable:
    """Files and folders of one kind that nobody needs any more."""

    what: str
    paths: tuple[Path, ...]

    @property
    def byte_count(self) -> int:
        """What they take on the disk."""
        files = (file for path in self.paths for file in (path, *path.rglob("*")))
        return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink())


def find_prunable(home: Home, logs: Path) -> list[Prunable]:
    """Return what is old below a home and below the folder of Airflow's logs."""
    kept = settings().log_days * _DAY
    spilt = (*home.spill.glob("*"), *home.pulls.glob("*.spill"), *home.pulls.glob("*.read"), home.trial)
    temporary = AirflowPaths(home.airflow).temp.glob("*")
    found = [
        Prunable("failed builds", tuple(_old(home.builds.glob("*"), _DAY))),
        Prunable("verdicts of failed builds", tuple(_old(home.failed.glob("*"), kept))),
        Prunable("log files", tuple(_old(_files(logs), kept))),
        Prunable("temporary files", tuple(_old((*spilt, *temporary, home.landing_work), _DAY))),
    ]
    return [each for each in found if each.paths]


def prune(home: Home, found: Iterable[Prunable], logs: Path) -> None:
    """Remove what was found, and the folders of logs that are empty then; the caller is alone."""
    for each in found:
        for path in each.paths:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    folders = [path for path in logs.rglob("*") if path.is_dir() and not path.is_symlink()]
    for folder in sorted(folders, reverse=True):
        with suppress(OSError):  # not empty
            folder.rmdir()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def _old(paths: Iterable[Path], seconds: float) -> Iterator[Path]:
    now = time.time()
    for path in paths:
        with suppress(FileNotFoundError):  # its process has just removed it
            if now - warehouse.last_written(path) > seconds:
                yield path
