"""Says when files wait in the inbox that a landing should take: complete ones, a burst at once.

Looks only; taking files belongs to `taking`. Uses no clock time, since clocks may be set. What is written to
a file after it was taken waits for the next landing.
"""

import os
from collections.abc import Iterable

from shopkeeper.landing.inbox.dropped_files import DroppedFile, is_open_for_writing
from shopkeeper.landing.inbox.set_aside import untaken_files
from shopkeeper.paths import Home

MOST_SECONDS = 30.0
"""The first complete file waits no longer than this for the rest of its burst."""


class Watch:
    """The files that wait in a home's inbox, from one look to the next.

    `announced`: the marks of files that were announced before; what a landing leaves in the inbox is not
    announced again.
    """

    def __init__(self, home: Home, quiet_seconds: float, announced: Iterable[str] = ()) -> None:
        self._home, self._quiet = home, quiet_seconds
        self.announced = set(announced)
        self._seen: dict[str, float] = {}
        self._complete: set[str] = set()
        self._complete_since: float | None = None

    def is_due(self, now: float) -> bool:
        """Look at the inbox, `now` by a clock that is never set; whether files are to be announced.

        They are when each of them is complete, or when the first has waited long enough for the others. A
        file is complete if it has not changed for the quiet time, and nobody has it open for writing.
        """
        files = {file.mark: file for file in untaken_files(self._home) if file.identity is not None}
        self.announced &= files.keys()
        self._seen = {mark: self._seen.get(mark, now) for mark in files if mark not in self.announced}
        quiet = (mark for mark, since in self._seen.items() if now - since >= self._quiet)
        self._complete = {mark for mark in quiet if not _is_open(files[mark])}
        if not self._complete:
            self._complete_since = None
            return False
        if self._complete_since is None:
            self._complete_since = now
        return len(self._complete) == len(self._seen) or now - self._complete_since >= MOST_SECONDS

    def announce(self) -> int:
        """Remember the complete files as announced, and return their number."""
        self.announced |= self._complete
        self._complete_since = None
        return len(self._complete)


def _is_open(file: DroppedFile) -> bool:
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb", buffering=0):
        return is_open_for_writing(descriptor) is True
