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
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

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
    """What was taken from a file: its batch id, and its place in the landing order."""

    batch_id: str
    place: int


Left = dict[str, tuple[Taken, tuple[int, ...]]]
"""Taken files that could not be moved: `<system>/<file name>` → what was taken, and its identity."""


def set_aside(file: DroppedFile, taken: Taken) -> None:
    """Move a taken file into `inbox/<system>/.taken/`, unless another file has replaced it.

    Its folder there is named after what was taken: sha256, place in the landing order, size, time of the last
    write. Raises `OSError` if the inbox is read-only.
    """
    if file.identity is None or identify(file.path) != file.identity:
        return
    _, _, size, written_ns, _ = file.identity
    is_again = file.taken_place is not None
    root = file.path.parents[1] if is_again else file.path.parent / FOLDER
    root.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{taken.batch_id}_{taken.place}_{size}_{written_ns}_", dir=root))
    try:
        file.path.rename(folder / file.path.name)
    except OSError:
        _remove_empty(folder)
        _remove_empty(root)
        raise
    if is_again:
        _remove_empty(file.path.parent)


def look_again(home: Home) -> list[DroppedFile]:
    """Delete unchanged files that were set aside, and return the changed ones, oldest first."""
    changed = []
    for folder in list(_folders(home)):
        with suppress(OSError, ValueError):
            for path in folder.iterdir():
                has_changed, may_go = _look(path)
                if has_changed:
                    changed.append(_as_dropped(path))
                elif may_go:
                    path.unlink()
            _remove_empty(folder)
    for root in home.inbox.glob(f"*/{FOLDER}"):
        _remove_empty(root)
    return changed


def waiting_files(home: Home) -> list[Path]:
    """Return what a landing would take: dropped files, and taken files that were written to since."""
    left = read_left(home)
    dropped = [file.path for file in dropped_files(home) if taken_before(file, left) is None]
    grown = []
    for folder in _folders(home):
        with suppress(OSError, ValueError):
            grown += [path for path in folder.iterdir() if _is_touched(path, path.lstat())]
    return [*dropped, *grown]


def _folders(home: Home) -> Iterator[Path]:
    for root in sorted(home.inbox.glob(f"*/{FOLDER}")):
        with suppress(OSError):
            yield from sorted(root.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)


def _look(path: Path) -> tuple[bool, bool]:
    """Return whether a file has changed since it was taken, and whether it may be deleted if not."""
    age = abs(time.time() - path.parent.stat().st_mtime)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        is_open = is_open_for_writing(descriptor)
        may_go = is_open is False or (is_open is None and age >= KEPT_SECONDS)
        if not may_go and not _is_touched(path, os.fstat(descriptor)):
            return False, False
        return hashlib.file_digest(file, "sha256").hexdigest() != _taken(path).batch_id, may_go


def _is_touched(path: Path, found: os.stat_result) -> bool:
    _, _, size, written_ns, _ = path.parent.name.split("_", 4)
    return (found.st_size, found.st_mtime_ns) != (int(size), int(written_ns))


def _taken(path: Path) -> Taken:
    batch_id, place, _ = path.parent.name.split("_", 2)
    return Taken(batch_id, int(place))


def _as_dropped(path: Path) -> DroppedFile:
    return DroppedFile(path, spelt_out(path.parents[2].name), identify(path), _taken(path).place)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def read_left(home: Home) -> Left:
    """Return the taken files that could not be moved out of the inbox."""
    try:
        stored = json.loads(_left(home).read_text())
        return {name: (Taken(*taken), tuple(identity)) for name, (taken, identity) in stored.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def write_left(home: Home, left: Left) -> None:
    """Store the taken files that could not be moved; without this list the next landing reads them again."""
    partial = _left(home).with_suffix(".partial")
    partial.write_text(json.dumps(left))
    partial.replace(_left(home))


def key_of(file: DroppedFile) -> str:
    """Return `<system>/<file name>` of a dropped file, the key in `Left`."""
    return "/".join(file.path.parts[-2:])


def taken_before(file: DroppedFile, left: Left) -> Taken | None:
    """Return what was taken from a file that could not be moved, if the file has not changed since."""
    taken, identity = left.get(key_of(file), (None, None))
    return taken if identity == file.identity else None


def _left(home: Home) -> Path:
    return home.left_in_inbox
