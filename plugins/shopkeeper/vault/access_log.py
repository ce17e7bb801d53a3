"""Who saw what of the vault and why: lines that are only added, each with the sha256 of the one before.

The keyring keeps how long the log is and how it ends, under a keyed hash. No line holds a value.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.files import append_line, sync
from shopkeeper.paths import VaultPaths
from shopkeeper.vault.keyring import Keyring
from shopkeeper.vault.tokens import TokenKey
from shopkeeper.vault.writing import private_file

HEAD = "access_log"
_FIRST = "0" * 64


@dataclass(frozen=True)
class Access:
    """One line of the log. `done`: `reveal`, `open`, `rotate` or `forget`; `of`: tokens or names of files."""

    number: int
    at: str
    who: str
    why: str
    done: str
    of: list[str]
    count: int
    before: str


@dataclass(frozen=True)
class _Head:
    """How the log ends: lines, bytes, and the sha256 of the last line."""

    count: int = 0
    size: int = 0
    last: str = _FIRST

    def written(self, key: TokenKey) -> str:
        content = json.dumps([self.count, self.size, self.last])
        return json.dumps([self.count, self.size, self.last, self._proof(key, content)])

    @classmethod
    def read(cls, text: str | None, key: TokenKey) -> "_Head | None":
        """Return the head, or None if somebody else wrote it."""
        try:
            count, size, last, proof = json.loads(text or "")
        except ValueError:
            return None
        head = cls(count, size, last)
        expected = cls._proof(key, json.dumps([count, size, last]))
        return head if hmac.compare_digest(str(proof), expected) else None

    @staticmethod
    def _proof(key: TokenKey, content: str) -> str:
        return key.hash(HEAD, content)

    def with_line(self, line: bytes) -> "_Head":
        return _Head(self.count + 1, self.size + len(line), hashlib.sha256(line).hexdigest())


def first_head(key: TokenKey) -> str:
    """Return how a log without lines ends, for a new keyring."""
    return _Head().written(key)


def append(
    paths: VaultPaths, keyring: Keyring, who: str, why: str, done: str, of: Sequence[str], count: int
) -> None:
    """Add a line; it is on disk when this returns. `keyring` is open to write, which keeps others away.

    Raises `UserError` if who or why is empty, or if the log is not the one that was written.
    """
    if not who.strip() or not why.strip():
        raise UserError("say who looks into the vault and why; both are kept in its access log")
    key = keyring.token_key()
    settle(paths, _Head.read(keyring.fact(HEAD), key))
    head, faults = _followed(paths.access_log, _Head.read(keyring.fact(HEAD), key))
    if faults or head is None:
        raise UserError(f"{faults[0]}; put {paths.access_log} back from the backup of the home")
    line = _line(
        number=head.count + 1, at=datetime.now(UTC).isoformat(timespec="milliseconds"), who=who, why=why,
        done=done, of=list(of), count=count, before=head.last,
    )  # fmt: skip
    append_line(paths.access_log, line, head.size)
    keyring.set_fact(HEAD, head.with_line(line).written(key))


def rewrite(paths: VaultPaths, keyring: Keyring, replaced: Mapping[str, str]) -> int:
    """Write the log anew beside itself, with other texts in `of`, and let the keyring keep how that ends.

    Return in how many lines it differs; 0: nothing was written. `keyring` is open to write; `settle` takes
    the last step.
    """
    if faults := verify(paths, keyring):
        raise UserError(f"{faults[0]}; put {paths.access_log} back from the backup of the home")
    lines, head, count = [], _Head(), 0
    for line in _lines(paths.access_log, 0, None):
        if not line.endswith(b"\n"):
            break
        content = json.loads(line)
        of = [replaced.get(each, each) for each in content["of"]]
        count += of != content["of"]
        lines.append(_line(**{**content, "of": of, "before": head.last}))
        head = head.with_line(lines[-1])
    if count:
        with private_file(paths.new_access_log) as file:
            file.writelines(lines)
        keyring.set_fact(HEAD, head.written(keyring.token_key()))
    return count


def settle(paths: VaultPaths, head: _Head | None = None) -> None:
    """Put a log that was written anew in its place; `head`: only if it ends so."""
    if not paths.new_access_log.exists():
        return
    if head is None or head.last == hashlib.sha256(_last_line(paths.new_access_log)).hexdigest():
        paths.new_access_log.replace(paths.access_log)
        sync(paths.root)
    else:
        paths.new_access_log.unlink()


def _last_line(log: Path) -> bytes:
    return next(reversed(list(_lines(log, 0, None))), b"")


def verify(paths: VaultPaths, keyring: Keyring) -> list[str]:
    """Return what was altered, removed, reordered or cut off, a sentence each, the first of its kind."""
    key = keyring.token_key()
    settle(paths, _Head.read(keyring.fact(HEAD), key))
    kept = _Head.read(keyring.fact(HEAD), key)
    if kept is None:
        return [f"{paths.keyring} does not say any more how the access log ends"]
    reached = _Head()
    for line in _lines(paths.access_log, 0, kept.size):
        if not _follows(line, reached):
            return [_changed(reached.count + 1)]
        reached = reached.with_line(line)
    if (reached.count, reached.size) == (kept.count, kept.size) and reached != kept:
        return [_changed(kept.count)]
    if reached != kept:
        return [f"the access log ends with line {reached.count}, and {kept.count} were written"]
    return _followed(paths.access_log, kept)[1]


def last(paths: VaultPaths, most: int) -> list[Access]:
    """Return the last accesses, oldest first; lines that cannot be read are left out."""
    found = []
    for line in list(_lines(paths.access_log, 0, None))[-most:]:
        try:
            found.append(Access(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


def _followed(log: Path, head: _Head | None) -> tuple[_Head | None, list[str]]:
    """Return the head after the lines that killed writers left behind it, and what is wrong."""
    if head is None:
        return None, ["the keyring does not say any more how the access log ends"]
    size = log.stat().st_size if log.exists() else 0
    if size < head.size:
        return head, [f"the access log is shorter than the {head.count} lines that were written"]
    for line in _lines(log, head.size, None):
        if not line.endswith(b"\n"):
            break
        if not _follows(line, head):
            return head, [_changed(head.count + 1)]
        head = head.with_line(line)
    return head, []


def _changed(number: int) -> str:
    return f"line {number} of the access log, or the one before it, is not what was written"


def _follows(line: bytes, head: _Head) -> bool:
    try:
        content = json.loads(line)
    except ValueError:
        return False
    return (
        isinstance(content, dict)
        and line.endswith(b"\n")
        and content.get("before") == head.last
        and content.get("number") == head.count + 1
    )


def _lines(log: Path, start: int, end: int | None) -> Iterator[bytes]:
    if not log.exists():
        return
    with log.open("rb") as file:
        file.seek(start)
        for line in file:
            start += len(line)
            if end is not None and start > end:
                return
            yield line


def _line(**content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
