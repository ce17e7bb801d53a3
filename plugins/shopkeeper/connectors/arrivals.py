"""How a pull writes: alone, and so that a file is in the inbox whole or not at all."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from shopkeeper.files import exclusive, sync
from shopkeeper.paths import Home


def alone(home: Home, feed: str) -> AbstractContextManager[None]:
    """Keep every other pull of a feed out; the kernel lets go when this process ends."""
    return exclusive(home.pull(feed).lock, 0, f"another pull of {feed} is under way; wait for it to end")


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
