"""The step that takes the files in the inbox."""

from shopkeeper import landing
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.permissions import keep_private
from shopkeeper.pipeline.guard import Facts, writing


def land(home: Home) -> Facts:
    """Take the files in the inbox into raw and quarantine; an erasure that was killed is finished first."""
    if PrivacyPaths(home.privacy).work.exists():
        from shopkeeper import privacy

        keep_private(home)
        privacy.finish(home)
    with writing(home):
        landing.require_one_inbox(home)
        return landing.land(home).facts()
