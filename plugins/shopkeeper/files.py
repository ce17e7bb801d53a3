"""Writes files so that a crash at any instant leaves the old content or the new one, never a mixture.

Everything that must survive a power cut goes through here; data that can be recomputed need not.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shopkeeper.errors import Fenced
from shopkeeper.sentences import Sentence


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Flush one file, or one folder's list of names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path) -> None:
    """Flush every file below `root`, and then every folder from the deepest up."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            sync(Path(folder, name))
        sync(Path(folder))


def append_line(path: Path, line: bytes, size: int) -> None:
    """Add a line after the first `size` bytes of a private file; it is on disk when this returns.

    What comes after them is the beginning of a line whose writer was killed, and goes.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, size)
        os.pwrite(descriptor, line, size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync(path.parent)


def write_text(path: Path, content: str) -> None:
    """Replace the content of `path` atomically; it is on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync(path.parent)


def write_json(path: Path, content: Any) -> None:
    """Replace the content of `path` by JSON atomically; it is on disk when this returns."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def copy(source: Path, target: Path) -> None:
    """Copy one file inside the kernel, sharing blocks if the file system can."""
    try:
        with source.open("rb") as reader, target.open("wb") as writer:
            remaining = os.fstat(reader.fileno()).st_size
            while remaining:
                remaining -= os.copy_file_range(reader.fileno(), writer.fileno(), remaining)
    except (OSError, AttributeError):
        shutil.copyfile(source, target)


def link(source: Path, target: Path) -> None:
    """Give `source` a second name, or copy it if the file system cannot."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def point(symlink: Path, target: str, pending: Path) -> None:
    """Point `symlink` to `target` atomically, by way of `pending`, which a crash may leave behind."""
    if not pending.is_symlink() or str(pending.readlink()) != target:
        pending.unlink(missing_ok=True)
        pending.symlink_to(target)
    pending.replace(symlink)
    sync(symlink.parent)


_PUBLISHING = "process {holder} is publishing and does not end; wait for it or end it, run again"


@contextmanager
def exclusive(lock: Path, seconds: float, busy: str = _PUBLISHING, is_shared: bool = False) -> Iterator[None]:
    """Lock `lock` against every other process; the kernel releases it when this process ends.

    `is_shared`: only against those that do not share it. Raises `Fenced` with the message `busy`, in which
    `{holder}` is the pid of the last process that locked it, if another keeps it longer than `seconds`.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(descriptor, 20, 0).decode().strip()
                    raise Fenced(Sentence(busy, holder=holder)) from None
                time.sleep(0.02)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
