"""Dropped files → immutable raw batches and quarantine, parsed in isolation and counted to the row.

A new file format or a new way for a file to be wrong belongs here. What rows mean belongs to dbt; rules over
many rows belong to the gates.
"""

from shopkeeper.landing.damage import find_damage
from shopkeeper.landing.desk.intake import land
from shopkeeper.landing.desk.report import LandedFile, LandingReport
from shopkeeper.landing.desk.set_aside import waiting_files
from shopkeeper.landing.receipts import Receipt, read_receipts

__all__ = [
    "LandedFile",
    "LandingReport",
    "Receipt",
    "find_damage",
    "land",
    "read_receipts",
    "waiting_files",
]
