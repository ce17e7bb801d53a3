"""Taken files are set aside in the inbox until a later landing has looked at them again.

An upload may stall for longer than a landing waits, and of another user's file the kernel does not tell who
has it open. Its writer goes on in the file that was set aside; what it adds is taken then. Where the inbox
may not be changed, taken files stay where they are and are remembered.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from shopkeeper.landing.inbox import DroppedFile, dropped_files, identify, is_open_for_writing, spelt_out
from shopkeeper.paths import Home

FOLDER = ".taken"
KEPT_SECONDS = 12 * 3600
"""How long a file is kept of which nobody can tell whether it is open; a nightly landing then removes it."""

Left = dict[str, tuple[str, tuple[int, ...]]]
"""Taken files that could not be moved: place in the inbox → batch id and what the file looked like."""


def set_aside(file: DroppedFile, batch_id: str) -> None:
    """Move a taken file into ``inbox/<system>/.taken/``, unless another has come in its place.

    Its folder there is named after what was taken: sha256, size, time of the last write. Raises ``OSError``
    where the inbox may not be changed.
    """
    if file.identity is None or identify(file.path) != file.identity:
        return
    _, _, size, written_ns, _ = file.identity
    root = file.path.parents[1] if file.grown_from else file.path.parent / FOLDER
    root.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{batch_id}_{size}_{written_ns}_", dir=root))
    try:
        file.path.rename(folder / file.path.name)
    except OSError:
        _remove_empty(folder)
        _remove_empty(root)
        raise
    if file.grown_from:
        _remove_empty(file.path.parent)


def look_again(home: Home) -> list[DroppedFile]:
    """Remove the files set aside that are whole, and return those that have changed, oldest first."""
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
    """Return what a landing would take: dropped files, and taken ones that were written to since."""
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
    """Return whether a file has changed since it was taken, and whether it may go if it has not."""
    age = abs(time.time() - path.parent.stat().st_mtime)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        is_open = is_open_for_writing(descriptor)
        may_go = is_open is False or (is_open is None and age >= KEPT_SECONDS)
        if not may_go and not _is_touched(path, os.fstat(descriptor)):
            return False, False
        return hashlib.file_digest(file, "sha256").hexdigest() != _taken(path)[0], may_go


def _is_touched(path: Path, found: os.stat_result) -> bool:
    return (found.st_size, found.st_mtime_ns) != _taken(path)[1:]


def _taken(path: Path) -> tuple[str, int, int]:
    """Return the batch id, the size and the time of the last write of what was taken."""
    batch_id, size, written_ns, _ = path.parent.name.split("_", 3)
    return batch_id, int(size), int(written_ns)


def _as_dropped(path: Path) -> DroppedFile:
    return DroppedFile(path, spelt_out(path.parents[2].name), identify(path), _taken(path)[0])


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def read_left(home: Home) -> Left:
    """Return the taken files that could not be moved out of the inbox."""
    try:
        stored = json.loads(_left(home).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {place: (batch_id, tuple(identity)) for place, (batch_id, identity) in stored.items()}


def write_left(home: Home, left: Left) -> None:
    """Remember the taken files that could not be moved; where this is lost, they are looked at once more."""
    partial = _left(home).with_suffix(".partial")
    partial.write_text(json.dumps(left))
    partial.replace(_left(home))


def place_of(file: DroppedFile) -> str:
    """Return ``<system>/<file name>`` of a dropped file."""
    return "/".join(file.path.parts[-2:])


def taken_before(file: DroppedFile, left: Left) -> str | None:
    """Return the batch id of a file that was taken as it is and could not be moved."""
    batch_id, identity = left.get(place_of(file), (None, None))
    return batch_id if identity == file.identity else None


def _left(home: Home) -> Path:
    return home.state / "left_in_inbox.json"
