"""The format of a backup: contents named by their sha256, and a manifest that says which file has which.

Knows nothing of homes; what belongs into a backup is chosen in `backup`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.files import sha256_of, sync, write_json
from shopkeeper.paths import BackupPaths
from shopkeeper.settings import settings

Progress = Callable[[int, int], None]
_FORMAT = 1
_CHUNK = 1 << 20
_FLUSHED_AT_ONCE = 16


@dataclass(frozen=True)
class Kept:
    """One file of the home: its content, and how it lay on the disk."""

    sha256: str
    size: int
    mode: int
    written_ns: int


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. Times are ISO 8601 in UTC."""

    made_at: str
    retailer: str
    vault_id: str | None
    """Names the vault whose keys open what is sealed; None if nothing is."""

    erasures: tuple[int, str]
    """The size in bytes, and the sha256, of the log of erasures when the backup was made."""

    files: dict[str, Kept] = field(default_factory=dict)
    """By their paths in the home."""

    links: dict[str, str] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a backup, or None without one; `UserError` if it is damaged."""
    file = BackupPaths(folder).manifest
    try:
        told = json.loads(file.read_bytes())
        if told.pop("checksum") != _checksum(told) or told.pop("format") != _FORMAT:
            raise ValueError
        files = {name: Kept(**kept) for name, kept in told["files"].items()}
        return Manifest(**{**told, "files": files, "erasures": tuple(told["erasures"])})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{file} is damaged; nothing was done, take another backup") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a backup what this manifest says; all contents are on disk before."""
    told = json.loads(json.dumps({**asdict(manifest), "format": _FORMAT}))
    write_json(BackupPaths(folder).manifest, {**told, "checksum": _checksum(told)})


def keep(folder: Path, source: Path) -> tuple[Kept, bool]:
    """Copy a file into a backup unless it has its content; return how it is kept, and whether it is new."""
    paths, digest, size = BackupPaths(folder), hashlib.sha256(), 0
    stat = source.stat()
    with source.open("rb") as reader, paths.partial.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            size += writer.write(chunk)
    kept = Kept(digest.hexdigest(), size, stat.st_mode & 0o777, stat.st_mtime_ns)
    place = paths.content(kept.sha256)
    if place.exists() and place.stat().st_size == size:
        paths.partial.unlink()
        return kept, False
    place.parent.mkdir(parents=True, exist_ok=True)
    paths.partial.replace(place)
    return kept, True


def flush(folder: Path, contents: Iterable[str]) -> None:
    """Put contents on disk, and then the folders that name them."""
    paths = BackupPaths(folder)
    files = [paths.content(sha256) for sha256 in contents]
    with ThreadPoolExecutor(_FLUSHED_AT_ONCE) as pool:
        list(pool.map(sync, files))
    for parent in {*(file.parent for file in files), *([paths.contents] if files else []), folder}:
        sync(parent)


def sweep(folder: Path, manifest: Manifest) -> None:
    """Remove the contents that a backup does not name any more."""
    named = {kept.sha256 for kept in manifest.files.values()}
    for file in BackupPaths(folder).contents.glob("*/*"):
        if file.name not in named:
            file.unlink()
            with suppress(OSError):  # not empty
                file.parent.rmdir()


def require_whole(folder: Path, manifest: Manifest, progress: Progress) -> None:
    """Raise `UserError` unless every content is there and has its sha256."""
    contents = {kept.sha256 for kept in manifest.files.values()}

    def is_sound(sha256: str) -> bool:
        file = BackupPaths(folder).content(sha256)
        return file.is_file() and sha256_of(file) == sha256

    damaged = 0
    with ThreadPoolExecutor(settings().threads) as pool:
        for done, sound in enumerate(pool.map(is_sound, sorted(contents)), 1):
            damaged += not sound
            progress(done, len(contents))
    if damaged:
        raise UserError(
            f"{damaged} contents of {folder} are damaged or lost; nothing was done, take another backup"
        )


def _checksum(told: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
