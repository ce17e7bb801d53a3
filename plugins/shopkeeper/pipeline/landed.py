"""The step that takes the files in the inbox."""

from shopkeeper import landing
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.pipeline.guard import Facts, writing


def land(home: Home) -> Facts:
    """Take the files in the inbox into raw and quarantine; an erasure that was killed is finished first."""
    with writing(home):
        if PrivacyPaths(home.privacy).work.exists():
            from shopkeeper import privacy

            privacy.finish(home)
        landing.require_one_inbox(home)
        return landing.land(home).facts()
