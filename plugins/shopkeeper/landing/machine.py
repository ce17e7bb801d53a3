"""Faults of the machine, told apart from faults of a file: no space, no permission, a broken disk.

They say nothing about the file, so that it stays where it is and lands another time.
"""

import errno
import os

NUMBERS = frozenset(
    {
        *(errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS),
        *(errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE),
    }
)


class MachineFault(OSError):
    """The home cannot be written or read; ``errno`` says why."""


def fault_number(error: Exception) -> int | None:
    """Return the ``errno`` of a machine's fault behind an error; DuckDB tells it only in words."""
    if isinstance(error, OSError):
        return error.errno if error.errno in NUMBERS else None
    if type(error).__name__ != "IOException":
        return None
    return next((number for number in sorted(NUMBERS) if os.strerror(number) in str(error)), None)
