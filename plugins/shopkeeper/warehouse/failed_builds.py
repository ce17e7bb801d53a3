"""What builds judged that were not published, kept for a while after the build itself is removed.

Verdicts only, in which persons are masked; tables and what lies in them go with the build.
"""

import shutil

from shopkeeper.paths import BuildPaths, Home

KEPT = 10


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
