"""Builds that were not published, and what they judged, which is kept for a while after the build itself.

Verdicts only, in which persons are masked; tables and what lies in them go with the build.
"""

import shutil
import time
from pathlib import Path

from shopkeeper.paths import BuildPaths, Home
from shopkeeper.warehouse import tokens

KEPT = 10
QUIET_SECONDS = 15 * 60.0
"""Airflow lets a few seconds pass between two tasks; a step that works for longer holds the refresh lock."""


def keep_verdicts(home: Home) -> None:
    """Move the verdicts of every build to `failed/`, and remove all but the last `KEPT` there.

    The caller holds `publish.lock`. A published build has left `build/`.
    """
    for root in home.builds.glob("v*"):
        kept = home.failed_build(root.name)
        for file in BuildPaths(root).verdicts():
            target = kept.root / file.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    for old in sorted(home.failed.glob("v*"))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def build_under_way(home: Home) -> str | None:
    """Return the newest unpublished build if something was written to it lately."""
    newest = home.build(tokens.name_of(tokens.newest(home))).root
    is_fresh = newest.is_dir() and time.time() - last_written(newest) < QUIET_SECONDS
    return newest.name if is_fresh else None


def clear_builds(home: Home) -> None:
    """Fence and remove every unpublished build; its verdicts stay. The caller holds `publish.lock`."""
    tokens.take(home)
    keep_verdicts(home)
    shutil.rmtree(home.builds, ignore_errors=True)


def last_written(root: Path) -> float:
    """Return when a file or folder, or anything below it, was last written, in seconds since 1970."""
    return max(path.lstat().st_mtime for path in (root, *root.rglob("*")))
