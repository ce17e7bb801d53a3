"""Quarantined rows and files: lists them, shows them with personal values masked, corrects, replays, settles.

Never alters what was kept.
"""

from shopkeeper.landing.quarantine.corrections import LINE_NUMBER, corrections_file
from shopkeeper.landing.quarantine.listing import Quarantined, masked, refusals, show
from shopkeeper.landing.quarantine.replay import Replay, replay
from shopkeeper.landing.quarantine.settlements import read_settlement
from shopkeeper.landing.quarantine.settling import reopen, settle
from shopkeeper.landing.refusals import details

__all__ = [
    "LINE_NUMBER",
    "Quarantined",
    "Replay",
    "corrections_file",
    "details",
    "masked",
    "read_settlement",
    "refusals",
    "reopen",
    "replay",
    "settle",
    "show",
]
