"""How a pull writes: exclusively, and so that a file appears in the inbox complete or not at all."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from shopkeeper.files import exclusive, sync
from shopkeeper.paths import Home


def alone(home: Home, feed: str) -> AbstractContextManager[None]:
    """Exclude every other pull of a feed; the kernel releases the lock when the process ends."""
    return exclusive(home.pull(feed).lock, 0, f"another pull of {feed} is under way; wait for it to end")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Provide a hidden path to write to; its content, if any, then replaces the target atomically."""
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
