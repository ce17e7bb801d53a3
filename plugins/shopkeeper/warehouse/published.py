"""The published versions: which there are, which one readers see, and how the link moves.

A version is in ``published/`` and complete before the link moves; while a move is under way,
``published/.publishing`` names the version that has not been seen yet, so that what a crash leaves there is
known for an orphan.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shopkeeper.errors import UserError
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.warehouse.durable import point, sync
from shopkeeper.warehouse.tokens import NAME, token_of


@dataclass(frozen=True)
class Version:
    """One published version, as its manifest tells."""

    name: str
    is_current: bool
    base_version: str | None
    as_of_date: str | None
    published_at: str
    batch_count: int
    row_count: int


def current(home: Home) -> str | None:
    """Return the name of the version that readers see, or None before the first."""
    try:
        return str(home.current.readlink())
    except FileNotFoundError:
        return None


def manifest(home: Home, version: str | None = None) -> dict[str, Any]:
    """Return the manifest of a version: the current one unless named."""
    name = version or current(home)
    if name is None:
        raise UserError(f"{home.root} has no published version yet; run `shopkeeper refresh`")
    require(home, name)
    loaded: dict[str, Any] = json.loads(BuildPaths(home.versions / name).manifest.read_text())
    return loaded


def names(home: Home) -> list[str]:
    """Return the names of the published versions, the oldest first; an orphan is none."""
    if not home.versions.is_dir():
        return []
    found = {path.name for path in home.versions.iterdir() if NAME.fullmatch(path.name)} - {_unseen(home)}
    return sorted(found, key=token_of)


def versions(home: Home) -> list[Version]:
    """Return the published versions, the oldest first."""
    seen = current(home)
    described = []
    for name in names(home):
        told = manifest(home, name)
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


def require(home: Home, name: str) -> None:
    """Raise `UserError` unless `name` is a published version."""
    known = names(home)
    if name not in known:
        raise UserError(f"there is no version {name}; there are: {', '.join(known) or 'none yet'}")


def swap_in(home: Home, build: Path) -> None:
    """Move a finished build to ``published/`` and let readers see it; the caller holds ``publish.lock``.

    Calling it again after a crash goes on where it stopped.
    """
    target, pending = home.versions / build.name, _pending(home)
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
    """Let readers see a version that was published before; the caller holds ``publish.lock``."""
    point(home.current, name, home.versions / ".rolling-back")


def recover(home: Home) -> None:
    """Remove what a killed publish left in ``published/``; the caller holds ``publish.lock``."""
    orphan = _unseen(home)
    if orphan is not None:
        _remove(home, orphan)
    for left in (_pending(home), home.versions / ".rolling-back"):
        left.unlink(missing_ok=True)


def prune(home: Home, kept: int) -> None:
    """Remove all but the last `kept` versions, never the current one; the caller holds ``publish.lock``."""
    for name in names(home)[:-kept]:
        if name != current(home):
            _remove(home, name)


def _remove(home: Home, name: str) -> None:
    """Take a version out of ``published/`` in one step; what a crash leaves lies among the dead builds."""
    doomed = home.builds / f".removed-{name}"
    shutil.rmtree(doomed, ignore_errors=True)
    home.builds.mkdir(parents=True, exist_ok=True)
    if (home.versions / name).exists():
        (home.versions / name).replace(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _pending(home: Home) -> Path:
    return home.versions / ".publishing"


def _unseen(home: Home) -> str | None:
    """Return the version that a publish under way or killed has moved here but not shown."""
    try:
        name = str(_pending(home).readlink())
    except FileNotFoundError:
        return None
    return None if name == current(home) else name
