"""How a pull writes: alone, and so that a file is in the inbox whole or not at all."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shopkeeper.errors import Fenced
from shopkeeper.files import sync
from shopkeeper.paths import Home


@contextmanager
def alone(home: Home, feed: str) -> Iterator[None]:
    """Keep every other pull of a feed out; the kernel lets go when this process ends."""
    home.pulls.mkdir(parents=True, exist_ok=True)
    with home.pull(feed).lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fenced(f"another pull of {feed} is under way; wait for it to end") from None
        yield


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a hidden place to write; what was written there, if anything, takes the target's place at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        yield part
        if part.exists():
            sync(part)
            part.replace(target)
            sync(target.parent)
    finally:
        part.unlink(missing_ok=True)
