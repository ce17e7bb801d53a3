"""Builds changed definitions next to the published version, and shows nothing to readers.

Works in a home of its own that shares raw, quarantine and the published version by links, so it disturbs
neither refreshes nor readers.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shopkeeper import warehouse
from shopkeeper.errors import UserError
from shopkeeper.files import exclusive
from shopkeeper.paths import Home
from shopkeeper.pipeline.run import StepResult, build

SECONDS = 1.0
BUSY = "process {holder} is trying a build in this home; wait for it or end it, run again"


@dataclass(frozen=True)
class Trial:
    """What a build would change in the version `base`, largest difference first."""

    base: str
    differences: tuple[warehouse.Difference, ...]


def try_out(home: Home, on_step: Callable[[StepResult], None] | None = None) -> Trial | None:
    """Build what a refresh would build from what has landed, compare it and throw it away.

    Gates and tests judge it as usual. None if no definition has changed and every batch is published. Raises
    `UserError` before the first version, and any step's error.
    """
    base = warehouse.current(home)
    if base is None:
        raise UserError(f"{home.root} has no published version to compare with; run `shopkeeper refresh`")
    with _beside(home, base) as branch:
        version = build(branch, on_step=on_step).version
        if version is None:
            return None
        return Trial(base, tuple(warehouse.compare_versions(branch, base, version)))


@contextmanager
def _beside(home: Home, base: str) -> Iterator[Home]:
    branch = Home(home.trial)
    with exclusive(home.trial_lock, SECONDS, BUSY):
        shutil.rmtree(branch.root, ignore_errors=True)
        try:
            branch.versions.mkdir(parents=True)
            for shared, own in (
                (home.raw, branch.raw),
                (home.quarantine, branch.quarantine),
                (home.version(base).root, branch.version(base).root),
            ):
                own.symlink_to(shared.absolute())
            branch.current.symlink_to(base)
            for kept in (home.owner, home.held, home.trusted, home.landing_order):
                target = branch.state / kept.relative_to(home.state)
                if kept.is_dir():
                    shutil.copytree(kept, target)
                elif kept.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(kept, target)
            yield branch
        finally:
            shutil.rmtree(branch.root, ignore_errors=True)
