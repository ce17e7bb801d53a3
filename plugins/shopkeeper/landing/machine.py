"""Tells errors of the machine from errors in a file: disk full, out of memory, no permission, broken disk.

After a machine error the file stays in the inbox and lands another time.
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
    """The home cannot be written or read; see `errno`."""


class NotParsed(UserError):
    """A file could not be parsed: out of memory, or its process was ended from outside."""


def fault_number(error: BaseException) -> int | None:
    """Return the `errno` of the machine error behind an exception; DuckDB reports it only in its message."""
    if isinstance(error, OSError):
        return error.errno if error.errno in NUMBERS else None
    if type(error).__name__ != "IOException":
        return None
    return next((number for number in sorted(NUMBERS) if os.strerror(number) in str(error)), None)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    words = ("bad_alloc", os.strerror(errno.ENOMEM))
    return type(error).__name__ in _DUCKDB_ERRORS and any(each in str(error) for each in words)
