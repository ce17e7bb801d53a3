"""Lists the files in the inbox, tells whether a file is complete, and copies it to a private folder.

Producers own the inbox: never change what they write, and wait for them at most once.
"""

import fcntl
import hashlib
import os
import re
import signal
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from shopkeeper.errors import UserError
from shopkeeper.paths import Home

_UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
_CHUNK_BYTES = 1 << 20
_MAY_NAME = re.compile(r"@|(?:\d[ ()-]?){10}|[\u4e00-\u9fff]{2}")
_ENDINGS = re.compile(r"((?:\.(?:csv|jsonl|json|parquet|txt|gz))+)$")


class Unreadable(Exception):
    """An inbox file cannot be read: no permission, or a broken disk."""


@dataclass(frozen=True)
class DroppedFile:
    """A file in the inbox, as it was when listed. Without an `identity` it cannot be taken.

    `taken_place`: its place in the landing order when it was taken before; it has changed since.
    """

    path: Path
    system: str
    identity: tuple[int, ...] | None
    taken_place: int | None = None

    @property
    def name(self) -> str:
        """The file name as text; bytes that are not UTF-8 are escaped."""
        return spelt_out(self.path.name)

    @property
    def mark(self) -> str:
        """Identifies this one file: its inode and the inode's last change."""
        return "" if self.identity is None else f"{self.identity[1]}:{self.identity[-1]}"


def dropped_files(home: Home) -> list[DroppedFile]:
    """List the files in `inbox/<system>/` and those outside any system folder (`system` is ''), in natural
    order: `items_9` before `items_11`.

    Skips hidden files and files with the suffix of an unfinished upload. Raises `OSError` if the inbox cannot
    be listed.
    """
    found = []
    for path in _shown(home.inbox) if home.inbox.is_dir() else ():
        if path.is_dir() and os.access(path, os.R_OK | os.X_OK):
            found += [DroppedFile(entry, spelt_out(path.name), identify(entry)) for entry in _shown(path)]
        else:
            found.append(DroppedFile(path, "", identify(path)))
    return found


def _shown(folder: Path) -> list[Path]:
    shown = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return sorted((path for path in shown if not path.name.lower().endswith(_UNFINISHED)), key=_natural)


def _natural(path: Path) -> tuple[list[str | int], str]:
    """Return a sort key that orders numbers within names by value."""
    pieces = re.split(r"([0-9]+)", path.name)
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], path.name


def spelt_out(name: str) -> str:
    """Return a file name as text that can be stored and shown."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def told_name(home: Home, name: str) -> str:
    """Return a file name as receipts and messages have it: with a mark for each phone, e-mail or the like.

    The pattern of a contract is compared with the name as it was dropped.
    """
    if not _MAY_NAME.search(name):
        return name
    from shopkeeper.vault import open_vault, redact_name

    stem, *endings = _ENDINGS.split(name, maxsplit=1)
    return "".join([redact_name(stem, lambda: open_vault(home).token_key), *endings])


def identify(path: Path) -> tuple[int, ...] | None:
    """Return what changes when a file does (device, inode, size, times); `None` unless it is a regular
    file.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def seconds_until_quiet(file: DroppedFile, seconds: float) -> float:
    """Return how long to wait until nothing was written for `seconds`; all of it if the file's time lies in
    the future.
    """
    if file.identity is None:
        return 0.0
    age = time.time() - file.identity[3] / 1e9
    return max(0.0, seconds - age) if age >= 0 else seconds


def take_copy(file: DroppedFile, target: Path) -> str | None:
    """Copy a complete file and return the sha256 of its bytes; `None` if it is still being written.

    Raises `Unreadable` if the file cannot be read, and `OSError` if the copy cannot be written.
    """
    if identify(file.path) != file.identity:
        return None
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if identify(file.path) != file.identity:
            return None
        raise Unreadable(error.strerror) from error
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "rb", buffering=0), target.open("wb") as writer:
        if is_open_for_writing(descriptor):
            return None
        while chunk := _read(descriptor):
            digest.update(chunk)
            writer.write(chunk)
        if is_open_for_writing(descriptor) or identify(file.path) != file.identity:
            return None
    return digest.hexdigest()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK_BYTES)
    except OSError as error:
        raise Unreadable(error.strerror) from error


def is_open_for_writing(descriptor: int) -> bool | None:
    """Ask the kernel whether any process has the file open for writing.

    Takes a read lease and gives it back at once. `None` if the kernel cannot answer: a file of another owner,
    or a file system without leases, such as a network share.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def require_one_inbox(home: Home) -> None:
    """Raise `UserError` if a configured inbox does not exist, or if files wait in the home's own inbox
    while another one is configured.
    """
    own = home.own_inbox
    if home.inbox.resolve() == own.resolve():
        return
    if not home.inbox.is_dir():
        raise UserError(f"SHOPKEEPER_INBOX is {home.inbox}, which is no folder; mount or correct it")
    waiting = next((path for path in own.rglob("*") if path.is_file()), None)
    if waiting:
        raise UserError(
            f"{waiting} waits, but SHOPKEEPER_INBOX is {home.inbox}; move what is in {own} there, "
            "then run again"
        )
