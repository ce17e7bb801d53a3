"""Dropped files → immutable raw batches and quarantine, parsed in isolation and counted to the row.

A new file format or a new way for a file to be wrong belongs here. What rows mean belongs to dbt; rules over
many rows belong to the gates.
"""

from shopkeeper.landing.damage import find_damage, find_damage_of_file
from shopkeeper.landing.desk.inbox import dropped_files, require_one_inbox
from shopkeeper.landing.desk.intake import land
from shopkeeper.landing.desk.report import LandedFile, LandingReport
from shopkeeper.landing.desk.set_aside import waiting_files
from shopkeeper.landing.desk.trial import judge
from shopkeeper.landing.receipts import Arrival, Receipt, read_receipt, read_receipts
from shopkeeper.landing.refused_files import read_refusal, refusal_ids, refused_file
from shopkeeper.landing.worker.isolation import Parser

__all__ = [
    "Arrival",
    "LandedFile",
    "LandingReport",
    "Parser",
    "Receipt",
    "dropped_files",
    "find_damage",
    "find_damage_of_file",
    "judge",
    "land",
    "read_receipt",
    "read_receipts",
    "read_refusal",
    "refusal_ids",
    "refused_file",
    "require_one_inbox",
    "waiting_files",
]
