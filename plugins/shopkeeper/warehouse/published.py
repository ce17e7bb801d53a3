"""The published versions: which exist, which one readers see, and how the link moves.

A version is complete in `published/` before the link moves. During the move, `published/.publishing` names
the new version, so that a version left by a crash is recognised as an orphan.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.files import point, sha256_of, sync, write_json
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.sentences import Sentence
from shopkeeper.warehouse.tokens import NAME, newest, token_of

MANIFEST_KEYS = {"version", "base_version", "as_of_date", "published_at", "batches", "rows", "tables"}


@dataclass(frozen=True)
class Version:
    """One published version, as its manifest describes it; only the name is known if the manifest is
    damaged.
    """

    name: str
    is_current: bool
    base_version: str | None = None
    as_of_date: str | None = None
    published_at: str = "its manifest is damaged"
    batch_count: int = 0
    row_count: int = 0


def current(home: Home) -> str | None:
    """Return the name of the version that readers see, or None before the first.

    Raises `UserError` if versions exist and `published/current` points to none of them.
    """
    link, name = home.current, linked(home)
    if name is not None and NAME.fullmatch(name) and (home.versions / name).is_dir():
        return name
    known = names(home)
    if link.is_symlink():
        fault = f"leads to {link.readlink()}, which is no version of this home"
    elif link.exists():
        fault = "is no link to a version"
    elif known:
        fault = "is missing"
    else:
        return None
    cure = (
        f'`shopkeeper rollback {known[-1]} --reason "…"` sets it anew'
        if known
        else "remove it, then run again"
    )
    raise UserError(f"{link} {fault}; {cure}")


def manifest(home: Home, version: str | None = None) -> dict[str, Any]:
    """Return the manifest of a version, by default the current one.

    Raises `UserError` if there is no such version or its manifest is damaged.
    """
    name = version or current(home)
    if name is None:
        raise UserError(Sentence("nothing is published yet; run `shopkeeper refresh`"))
    require(home, name)
    file = home.version(name).manifest
    try:
        facts = file.stat()
        return dict(_sound(file, name, (facts.st_ino, facts.st_size, facts.st_mtime_ns)))
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise damaged(file) from error


@lru_cache(maxsize=8)
def _sound(file: Path, name: str, _as_of: object) -> dict[str, Any]:
    """Return a manifest, read again when `_as_of` changes; `ValueError` if it is not what was written."""
    loaded: dict[str, Any] = json.loads(file.read_bytes())
    # Manifests from before checksums are trusted.
    is_sound = loaded.pop("checksum", None) in (None, _checksum(loaded)) and loaded["version"] == name
    if not is_sound or not loaded.keys() >= MANIFEST_KEYS:
        raise ValueError(name)
    return loaded


def file_hashes(build: BuildPaths) -> dict[str, str]:
    """Return the sha256 of a version's files by path; the manifest covers the warehouse."""
    apart = {build.warehouse, build.manifest}
    files = sorted(path for path in build.root.rglob("*") if path.is_file() and path not in apart)
    return {path.relative_to(build.root).as_posix(): sha256_of(path) for path in files}


def damaged(file: Path) -> UserError:
    """Return the error message for a file of a version that is unreadable or was changed."""
    why = Sentence(
        "{file} is damaged; restore it from a backup, let readers see another version with "
        "`shopkeeper rollback`, or make a new one from raw with `shopkeeper refresh --full`",
        file=str(file),
    )
    return UserError(why)


def write_manifest(build: BuildPaths, content: dict[str, Any]) -> None:
    """Write a manifest with a checksum of its content."""
    as_read = json.loads(json.dumps(content))
    write_json(build.manifest, {**as_read, "checksum": _checksum(as_read)})


def names(home: Home) -> list[str]:
    """Return the names of the published versions, oldest first; orphans are not published."""
    if not home.versions.is_dir():
        return []
    found = {path.name for path in home.versions.iterdir() if NAME.fullmatch(path.name)} - {_unseen(home)}
    return sorted(found, key=token_of)


def versions(home: Home) -> list[Version]:
    """Return the published versions, oldest first."""
    seen = linked(home)
    described = []
    for name in names(home):
        try:
            told = manifest(home, name)
        except UserError:
            described.append(Version(name, name == seen))
            continue
        rows = sum(table["row_count"] for table in told["tables"].values())
        described.append(
            Version(
                name=name,
                is_current=name == seen,
                base_version=told["base_version"],
                as_of_date=told["as_of_date"],
                published_at=told["published_at"],
                batch_count=len(told["batches"]["contained"]),
                row_count=rows,
            )
        )
    return described


def require(home: Home, name: str) -> list[str]:
    """Return the names of the published versions; `UserError` unless `name` is one of them."""
    known = names(home)
    if name not in known:
        raise UserError(
            Sentence(
                "there is no version {name}; there are: {known}", name=name, known=", ".join(known) or "–"
            )
        )
    return known


def swap_in(home: Home, build: Path) -> None:
    """Move a finished build to `published/` and show it to readers; the caller holds `publish.lock`.

    Resumes after a crash when called again.
    """
    target, pending = home.versions / build.name, home.publishing
    if not pending.is_symlink() or str(pending.readlink()) != build.name:
        pending.unlink(missing_ok=True)
        pending.symlink_to(build.name)
        sync(home.versions)
    if not target.exists():
        build.replace(target)
        sync(build.parent)
        sync(home.versions)
    point(home.current, build.name, pending)


def swap_back(home: Home, name: str) -> None:
    """Show readers a version that was published before; the caller holds `publish.lock`.

    A file or folder in the place of the link, as copying tools leave it, is kept next to it.
    """
    if home.current.exists() and not home.current.is_symlink():
        home.current.rename(home.current.with_name(f".current-{newest(home)}"))
    point(home.current, name, home.rolling_back)


def recover(home: Home) -> None:
    """Remove what a killed publish left in `published/`; the caller holds `publish.lock`."""
    orphan = _unseen(home)
    if orphan is not None:
        _remove(home, orphan)
    for left in (home.publishing, home.rolling_back):
        left.unlink(missing_ok=True)


def prune(home: Home, kept: int) -> None:
    """Remove all but the last `kept` versions, never the current one; the caller holds `publish.lock`."""
    for name in names(home)[:-kept]:
        if name != linked(home):
            _remove(home, name)


def _remove(home: Home, name: str) -> None:
    """Remove a version from `published/` in one step; after a crash the rest lies among the dead builds."""
    doomed = home.removed(name)
    shutil.rmtree(doomed, ignore_errors=True)
    home.builds.mkdir(parents=True, exist_ok=True)
    if (home.versions / name).exists():
        (home.versions / name).replace(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _unseen(home: Home) -> str | None:
    """Return the version that a running or killed publish has moved here but not shown."""
    try:
        name = str(home.publishing.readlink())
    except OSError:  # no link, or a copying tool replaced it by a file
        return None
    return None if name == linked(home) else name


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def linked(home: Home) -> str | None:
    """Return the version that the link names, even if it does not exist; None if it names none."""
    try:
        target = home.versions / home.current.readlink()
    except OSError:
        return None
    return target.name if target.parent.resolve() == home.versions.resolve() else None
