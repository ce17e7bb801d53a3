"""The step that takes the files in the inbox."""

from shopkeeper import landing
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, writing


def land(home: Home) -> Facts:
    """Take the files in the inbox into raw and quarantine."""
    with writing(home):
        landing.require_one_inbox(home)
        return landing.land(home).facts()
