"""Errors as a user sees them: one line with the cure, and a meaningful exit status."""

import errno
import logging
import re
import sys

from shopkeeper.errors import UserError, without_values
from shopkeeper.terminal import visible

CURES = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EFBIG: "a file may not grow any further; raise the limit on file sizes and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EROFS: "the file system is read-only; set SHOPKEEPER_HOME to a folder that can be written",
    errno.EACCES: "no permission; set SHOPKEEPER_HOME to a folder that can be written",
    errno.EPERM: "no permission; set SHOPKEEPER_HOME to a folder that can be written",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EISDIR: "a folder is where a file should be; move it away or set SHOPKEEPER_HOME",
    errno.EEXIST: "a file is where a folder should be; move it away or set SHOPKEEPER_HOME",
    errno.ENOTDIR: "a file is where a folder should be; move it away or set SHOPKEEPER_HOME",
}
SAID_BY_DUCKDB = {
    r"No space left|not enough disk space|max_temp_directory_size": CURES[errno.ENOSPC],
    r"File too large": CURES[errno.EFBIG],
    r"Read-only file system": CURES[errno.EROFS],
    r"Permission denied": CURES[errno.EACCES],
    r"failed to allocate|Out of Memory": "memory is used up; raise SHOPKEEPER_MEMORY_LIMIT and run again",
}


def main() -> None:
    """Run the command line; errors of the user or the machine become one line, never a traceback."""
    from shopkeeper.cli.commands import app

    speak_plainly()
    try:
        app(standalone_mode=True)
    except UserError as error:
        stop(str(error), error.exit_status)
    except KeyboardInterrupt:
        stop("interrupted; running again is safe", 130)
    except Exception as error:
        cure = cure_of(error)
        if cure is None:
            raise
        stop(cure, 1)


def speak_plainly() -> None:
    """Let a command say what rooms log, in plain lines on standard error: warnings, and of dbt only errors.

    What dbt warns of is said by the step that ran it.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    ours = logging.getLogger("shopkeeper")
    ours.addHandler(handler)
    ours.propagate = False
    logging.getLogger("shopkeeper.dbt_runner").setLevel(logging.ERROR)


def cure_of(error: BaseException) -> str | None:
    """Return one line for an error of the machine or of a query; None for a bug."""
    if isinstance(error, OSError) and error.errno in CURES:
        return f"{error.filename or 'writing'}: {CURES[error.errno]}"
    if isinstance(error, UnicodeEncodeError):
        return f"the output is in {error.encoding}, which lacks a character; set PYTHONIOENCODING=utf-8"
    if type(error).__module__.split(".")[0] not in ("duckdb", "_duckdb"):
        return None
    message = " ".join(str(error).split())
    for pattern, cure in SAID_BY_DUCKDB.items():
        if re.search(pattern, message, re.IGNORECASE):
            return cure
    return without_values(message)[:300]


def stop(message: str, status: int) -> None:
    """End the process with one line on standard error."""
    print(f"shopkeeper: {visible(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(status)
