"""Keeps everything that this deployment stores private to the user who runs it.

Every entry point calls `keep_private` first: the command line, each step of a refresh, the start of Airflow.
"""

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

from shopkeeper.errors import UserError
from shopkeeper.paths import Home

OTHERS = 0o077
UNUSABLE = frozenset("?\\,$")
"""DuckDB reads options after a question mark, an escape after a backslash, another folder after a comma;
Airflow reads a variable name after a dollar sign."""

LOG = logging.getLogger(__name__)


def keep_private(home: Home) -> None:
    """Make this process write private files, and close the folders of a home that other users may enter.

    An inbox keeps its permissions. Raises `UserError` if the home's path cannot be used, if the home is a
    folder that others use too, or if it belongs to somebody else.
    """
    os.umask(OTHERS)
    _require_usable(home.root)
    own = (
        *(home.raw, home.quarantine, home.learned, home.vault, home.state, home.privacy),
        *(home.builds, home.failed, home.versions, home.airflow),
    )
    if _is_open(home.root):
        _require_own(home.root, {folder.name for folder in (home.own_inbox, *own)})
        if _mode(home.own_inbox) & (stat.S_IWGRP | stat.S_IWOTH):
            LOG.warning(
                "%s is closed to other users from now on; where they drop files, "
                "let SHOPKEEPER_INBOX name a folder outside it",
                home.root,
            )
    for folder in own:
        if _is_open(folder):
            _close(folder)
    if _is_open(home.root):
        _close(home.root, home.own_inbox, home.inbox, *own)


def _require_usable(root: Path) -> None:
    unusable = sorted({each for each in str(root) if each in UNUSABLE or not each.isprintable()})
    if unusable:
        raise UserError(
            f"the path {str(root)!r} contains {unusable[0]!r}, which DuckDB or Airflow take for a command; "
            "rename that folder, or set SHOPKEEPER_HOME to another one"
        )


def _require_own(root: Path, names: set[str]) -> None:
    """Refuse a folder that is not a data home: a sticky one such as /tmp, or one full of other things."""
    found = {path.name for path in root.iterdir()}
    if root.stat().st_mode & stat.S_ISVTX or (found and not found & names):
        raise UserError(
            f"{root} holds other things and other users may enter it; set SHOPKEEPER_HOME to a folder "
            f"of its own, or run `chmod go= {root}` if it is one"
        )


def _close(folder: Path, *apart: Path) -> None:
    """Remove other users' permissions from everything below a folder, with exceptions; from the folder
    itself last.
    """
    try:
        for place, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if Path(place, name) not in apart]
            for path in (Path(place, name) for name in (*folders, *files)):
                if _is_open(path) and not path.is_symlink():
                    with suppress(FileNotFoundError):
                        path.chmod(_mode(path) & ~OTHERS)
        folder.chmod(_mode(folder) & ~OTHERS)
    except PermissionError as error:
        raise UserError(
            f"other users may enter {folder}, which belongs to another user than you; let its owner "
            f"run `chmod --recursive go= {folder}`, or set SHOPKEEPER_HOME to a folder of your own"
        ) from error


def _is_open(path: Path) -> bool:
    return bool(_mode(path) & OTHERS)


def _mode(path: Path) -> int:
    """Return the permission bits of a file or folder; 0 if it does not exist or may not be inspected."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
