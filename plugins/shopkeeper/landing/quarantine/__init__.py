"""Quarantined rows and files: lists them, shows them with personal values masked, corrects, replays, settles.

Never alters what was kept.
"""

from shopkeeper.landing.quarantine.corrections import LINE_NUMBER
from shopkeeper.landing.quarantine.heads import Head, read_head
from shopkeeper.landing.quarantine.keys import find_key
from shopkeeper.landing.quarantine.listing import Inspected, Quarantined, inspect, refusals, show
from shopkeeper.landing.quarantine.masking import masked
from shopkeeper.landing.quarantine.replay import Replay, replay
from shopkeeper.landing.quarantine.settlements import read_settlement, read_taken_back
from shopkeeper.landing.quarantine.settling import put_back, reopen, settle, take_back
from shopkeeper.landing.refusals import details

__all__ = [
    "LINE_NUMBER",
    "Head",
    "Inspected",
    "Quarantined",
    "Replay",
    "details",
    "find_key",
    "inspect",
    "masked",
    "put_back",
    "read_head",
    "read_settlement",
    "read_taken_back",
    "refusals",
    "reopen",
    "replay",
    "settle",
    "show",
    "take_back",
]
