"""Faults of the machine, told apart from faults of a file: no space, no memory, no permission, a broken disk.

The machine failed, not the file; it stays in the inbox and lands another time.
"""

import errno
import os

from shopkeeper.errors import UserError

NUMBERS = frozenset(
    {
        *(errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS),
        *(errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE),
    }
)
_DUCKDB_ERRORS = ("IOException", "InternalException", "FatalException")


class MachineFault(OSError):
    """The home cannot be written or read; ``errno`` says why."""


class NotParsed(UserError):
    """A file could not be parsed for want of memory, or as its process was ended from outside."""


def fault_number(error: BaseException) -> int | None:
    """Return the ``errno`` of a machine's fault behind an error; DuckDB tells it only in words."""
    if isinstance(error, OSError):
        return error.errno if error.errno in NUMBERS else None
    if type(error).__name__ != "IOException":
        return None
    return next((number for number in sorted(NUMBERS) if os.strerror(number) in str(error)), None)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that memory could not be had."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    words = ("bad_alloc", os.strerror(errno.ENOMEM))
    return type(error).__name__ in _DUCKDB_ERRORS and any(each in str(error) for each in words)
