"""Sets taken files aside in the inbox until a later landing has checked them again.

An upload may stall for longer than a landing waits, and the kernel does not say who has another user's file
open. Its writer keeps writing to the file that was set aside; a later landing takes what was added. In a
read-only inbox, taken files stay where they are and are remembered.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from shopkeeper.files import write_text
from shopkeeper.landing.inbox.dropped_files import (
    DroppedFile,
    dropped_files,
    identify,
    is_open_for_writing,
    spelt_out,
)
from shopkeeper.paths import Home

FOLDER = ".taken"
KEPT_SECONDS = 12 * 3600
"""Keeps a file this long if the kernel cannot say whether it is open; a nightly landing then removes it."""


class Taken(NamedTuple):
    """What was taken from a file: the sha256 of its bytes, and its place in the landing order."""

    sha256: str
    place: int


Left = dict[str, tuple[Taken, tuple[int, ...]]]
"""Taken files that could not be moved: the file's mark → what was taken, and its identity.

No names: a file's name may hold a phone or an e-mail.
"""


def set_aside(taken: Mapping[DroppedFile, Taken]) -> dict[DroppedFile, OSError]:
    """Move taken files into `inbox/<system>/.taken/`, except those that other files have replaced.

    Returns the files that could not be moved, and why. Those of one folder go into one folder, with an index
    beside it, which is on disk first.
    """
    unmoved = dict[DroppedFile, OSError]()
    groups = dict[tuple[Path, str], list[DroppedFile]]()
    for file in taken:
        if file.identity is not None and identify(file.path) == file.identity:
            root = file.path.parent / FOLDER if file.taken_place is None else file.path.parents[1]
            # Files that have changed since they were taken may have one name.
            groups.setdefault((root, "" if file.taken_place is None else str(file.path)), []).append(file)
    for (root, _), files in groups.items():
        unmoved |= _move(root, {file: taken[file] for file in files})
    return unmoved


def _move(root: Path, taken: Mapping[DroppedFile, Taken]) -> dict[DroppedFile, OSError]:
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=root))
        index = {file.path.name: _Entry(*each, *(file.identity or ())[2:4]) for file, each in taken.items()}
        write_text(_index(folder), json.dumps(index))
    except OSError as error:
        _remove_empty(root)
        return dict.fromkeys(taken, error)
    unmoved = dict[DroppedFile, OSError]()
    for file in taken:
        try:
            file.path.rename(folder / file.path.name)
        except OSError as error:
            unmoved[file] = error
    for emptied in (folder, *{file.path.parent for file in taken if file.taken_place is not None}):
        _remove_empty(emptied)
    if len(unmoved) == len(taken):
        with suppress(OSError):
            _remove_unused(root)
            _remove_empty(root)
    return unmoved


def look_again(home: Home) -> list[DroppedFile]:
    """Delete unchanged files that were set aside, and return the changed ones, oldest first."""
    changed = []
    for folder in list(_folders(home)):
        with suppress(OSError, ValueError, TypeError, KeyError):
            index = _read_index(folder)
            for path in list(folder.iterdir()):
                has_changed, may_go = _look(path, index[path.name])
                if has_changed:
                    changed.append(_as_dropped(path, index[path.name]))
                elif may_go:
                    path.unlink()
        _remove_empty(folder)
    for root in home.inbox.glob(f"*/{FOLDER}"):
        with suppress(OSError):
            _remove_unused(root)
            _remove_empty(root)
    return changed


def waiting_files(home: Home, listed: Sequence[DroppedFile] | None = None) -> list[Path]:
    """Return what a landing would take: dropped files, and taken files that were written to since.

    `listed`: the inbox as it was listed just now.
    """
    dropped = [file.path for file in untaken_files(home, listed)]
    grown = []
    for folder in _folders(home):
        with suppress(OSError, ValueError, TypeError, KeyError):
            index = _read_index(folder)
            grown += [path for path in folder.iterdir() if _is_touched(index[path.name], path.lstat())]
    return [*dropped, *grown]


def untaken_files(home: Home, listed: Sequence[DroppedFile] | None = None) -> list[DroppedFile]:
    """Return the dropped files without those that were taken and could not be moved."""
    left = read_left(home)
    dropped = dropped_files(home) if listed is None else listed
    return [file for file in dropped if taken_before(file, left) is None]


def _folders(home: Home) -> Iterator[Path]:
    for root in sorted(home.inbox.glob(f"*/{FOLDER}")):
        with suppress(OSError):
            folders = [folder for folder in root.iterdir() if folder.is_dir()]
            yield from sorted(folders, key=lambda folder: folder.stat().st_mtime_ns)


def _look(path: Path, entry: "_Entry") -> tuple[bool, bool]:
    """Return whether a file has changed since it was taken, and whether it may be deleted if not."""
    age = abs(time.time() - path.parent.stat().st_mtime)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        is_open = is_open_for_writing(descriptor)
        may_go = is_open is False or (is_open is None and age >= KEPT_SECONDS)
        if not may_go and not _is_touched(entry, os.fstat(descriptor)):
            return False, False
        return hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256, may_go


def _is_touched(entry: "_Entry", found: os.stat_result) -> bool:
    return (found.st_size, found.st_mtime_ns) != (entry.size, entry.written_ns)


def _as_dropped(path: Path, entry: "_Entry") -> DroppedFile:
    return DroppedFile(path, spelt_out(path.parents[2].name), identify(path), entry.place)


class _Entry(NamedTuple):
    """What was taken from one file, and the file's size and last write at that time."""

    sha256: str
    place: int
    size: int
    written_ns: int


def _index(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _read_index(folder: Path) -> dict[str, _Entry]:
    """Return the entries of the files in a folder, by name."""
    if _index(folder).exists():
        stored = json.loads(_index(folder).read_text())
        return {name: _Entry(*entry) for name, entry in stored.items()}
    # An older version made a folder for each file, with the entry in its name.
    sha256, *numbers, _ = folder.name.split("_", 4)
    return dict.fromkeys([path.name for path in folder.iterdir()], _Entry(sha256, *map(int, numbers)))


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _remove_unused(root: Path) -> None:
    """Remove the indexes of folders that are gone."""
    for path in root.iterdir():
        if path.is_file() and not path.with_suffix("").is_dir():
            path.unlink()


def read_left(home: Home) -> Left:
    """Return the taken files that could not be moved out of the inbox."""
    try:
        stored = json.loads(_left(home).read_text())
        return {mark: (Taken(*taken), tuple(identity)) for mark, (taken, identity) in stored.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def write_left(home: Home, left: Left) -> None:
    """Store the taken files that could not be moved; without this list the next landing reads them again."""
    partial = _left(home).with_suffix(".partial")
    partial.write_text(json.dumps(left))
    partial.replace(_left(home))


def taken_before(file: DroppedFile, left: Left) -> Taken | None:
    """Return what was taken from a file that could not be moved, if the file has not changed since."""
    taken, identity = left.get(file.mark, (None, None))
    return taken if identity == file.identity else None


def _left(home: Home) -> Path:
    return home.left_in_inbox
