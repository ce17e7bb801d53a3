"""What all steps share: an overtaken build gives way to a newer refresh, a full disk becomes a one-line
error.

Nothing here depends on which step it is; what a step does is in its module.
"""

import errno
import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.files import exclusive, write_json
from shopkeeper.paths import Home
from shopkeeper.permissions import keep_private
from shopkeeper.startup import temporary_files_in, uncollected

Facts = dict[str, Any]
Step = Callable[[Home, str], Facts]

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_ACCESS = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}
ENGINE_NO_ROOM = ("No space left", "File too large", "Disk quota exceeded", "failed to offload data block")
ALONE_SECONDS = 1800.0
ALONE = "a backup, maintenance or erasure (process {holder}) is under way; run again when it has ended"
ENGINE_DAMAGE = "Corrupt database file"


@dataclass(frozen=True)
class Scores:
    """The inputs and outputs of a scoring step, which decide whether its scores can be reused.

    `reads`: returns its tables, `<schema>.<table>`. `writes`: its files. `is_dated`: it depends on the as-of
    date.
    """

    reads: Callable[[], Iterable[str]]
    writes: tuple[str, ...]
    is_dated: bool = False


def scoring(scores: Scores) -> Callable[[Step], Step]:
    """Make a function a step that reuses the scores of the base version if nothing new touches them."""

    def decorate(function: Step) -> Step:
        @functools.wraps(function)
        def performed(home: Home, build_id: str) -> Facts:
            from shopkeeper.warehouse import reuse_step

            name = function.__name__
            taken = reuse_step(home, build_id, name, scores.reads(), scores.writes, scores.is_dated)
            return function(home, build_id) if taken is None else taken

        return step(performed)

    return decorate


def step(function: Step) -> Step:
    """Make a function a step: its facts are stored in the build, and an overtaken build is `Fenced`."""

    @functools.wraps(function)
    def guarded(home: Home, build_id: str) -> Facts:
        from shopkeeper.warehouse import require_newest

        with writing(home):
            require_newest(home, build_id)  # an erasure, for which the lock was waited for, removes builds
            with uncollected(), temporary_files_in(home.build(build_id).temp):
                try:
                    facts = function(home, build_id)
                    write_json(home.build(build_id).step(function.__name__), facts)
                except Exception:
                    require_newest(home, build_id)
                    raise
        return facts

    return guarded


@contextmanager
def writing(home: Home) -> Iterator[None]:
    """Write files private to the owner, never beside a backup or a maintenance.

    Turns disk errors into one line with the cure.
    """
    keep_private(home)
    try:
        with exclusive(home.refresh_lock, ALONE_SECONDS, ALONE, is_shared=True):
            yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise _no_room(home, error.strerror) from error
        if error.errno in NO_ACCESS:
            raise UserError(
                f"cannot write {error.filename or home.root}: {error.strerror}; "
                f"make {home.root} a folder that this user may write, and run again"
            ) from error
        raise
    except Exception as error:
        if any(words in str(error) for words in ENGINE_NO_ROOM):
            raise _no_room(home, str(error).splitlines()[0]) from error
        if ENGINE_DAMAGE in str(error):
            raise UserError(
                "the version that this build began from is damaged; make a new one from raw with "
                "`shopkeeper refresh --full`, or go back with `shopkeeper rollback` first"
            ) from error
        raise


def _no_room(home: Home, why: str | None) -> UserError:
    return UserError(
        f"no room below {home.root} ({why}); free some and run again, the published version is untouched"
    )
