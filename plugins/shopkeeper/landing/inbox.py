"""The inbox: which files lie there, which of them are whole, and a private copy of one.

Producers own the inbox; nothing here waits for them more than once or changes what they write.
"""

import fcntl
import hashlib
import os
import signal
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths import Home

_UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class DroppedFile:
    """An entry of the inbox and what it looked like when it was seen; without an identity it is no file."""

    path: Path
    system: str
    identity: tuple[int, ...] | None

    @property
    def name(self) -> str:
        """The file's name as text; bytes that are no UTF-8 are spelt out."""
        return os.fsencode(self.path.name).decode("utf-8", "backslashreplace")


def dropped_files(home: Home) -> list[DroppedFile]:
    """Return what lies in ``inbox/<system>/``, in order of names, and beside the systems (``system`` '').

    Hidden files and those named as unfinished are passed over.
    """
    if not home.inbox.is_dir():
        return []
    found = []
    for path in sorted([*home.inbox.glob("*"), *home.inbox.glob("*/*")]):
        is_system = path.parent == home.inbox and path.is_dir()
        if not is_system and not path.name.startswith(".") and not path.name.lower().endswith(_UNFINISHED):
            system = path.parent.name if path.parent != home.inbox else ""
            found.append(DroppedFile(path, system, identify(path)))
    return found


def identify(path: Path) -> tuple[int, ...] | None:
    """Return what changes when a file does: device, inode, size, times; ``None`` if it is no regular file."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def seconds_until_quiet(file: DroppedFile, seconds: float) -> float:
    """Return the rest of ``seconds`` without a write; all of them for a file from the future."""
    if file.identity is None:
        return 0.0
    age = time.time() - file.identity[3] / 1e9
    return max(0.0, seconds - age) if age >= 0 else seconds


def take_copy(file: DroppedFile, target: Path) -> str | None:
    """Copy a whole file and return the sha256 of its bytes; ``None`` where it is still being written."""
    if identify(file.path) != file.identity:
        return None
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        if identify(file.path) == file.identity:
            raise
        return None
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "rb", buffering=0) as reader, target.open("wb") as writer:
        if is_open_for_writing(descriptor):
            return None
        while chunk := reader.read(_CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
        if is_open_for_writing(descriptor) or identify(file.path) != file.identity:
            return None
    return digest.hexdigest()


def is_open_for_writing(descriptor: int) -> bool:
    """Ask the kernel, by a read lease given back at once, whether anybody has the file open to write.

    Where leases are not to be had (another owner, a network or other file system) the answer is no.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def remove(file: DroppedFile) -> None:
    """Remove a file that has been taken, unless another has come in its place."""
    if identify(file.path) == file.identity:
        file.path.unlink()
