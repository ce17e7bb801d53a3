"""Quarantined rows and files: lists them, shows them with personal values masked, corrects and replays them.

Never alters what was kept.
"""

from shopkeeper.landing.quarantine.listing import masked, refusals, show
from shopkeeper.landing.quarantine.replay import replay

__all__ = ["masked", "refusals", "replay", "show"]
