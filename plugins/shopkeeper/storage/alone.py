"""Keeps refreshes, landings and publishing away from a home while its files are removed or copied."""

from collections.abc import Iterator
from contextlib import contextmanager

from shopkeeper import warehouse
from shopkeeper.errors import Fenced
from shopkeeper.files import exclusive
from shopkeeper.paths import Home

_BUSY = "a refresh, landing or maintenance is under way (process {holder}); wait for its end, run again"


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Hold every lock of a home; `Fenced` in one line if somebody else is at work in it.

    Between two tasks of a refresh nobody holds a lock: what was written to lately counts as under way.
    """
    with (
        exclusive(home.refresh_lock, 0, _BUSY),
        exclusive(home.landing_lock, 0, _BUSY),
        exclusive(home.publish_lock, 0, _BUSY),
    ):
        build = warehouse.build_under_way(home)
        if build is not None:
            raise Fenced(
                f"{build} was begun and may be under way; wait for its end, or a quarter of an hour if it "
                "failed, and run again"
            )
        yield
