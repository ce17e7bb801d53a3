"""Dropped files → immutable raw batches and quarantined rows; every record is counted once.

Add a file format or a new reason to refuse a file here. What rows mean belongs to dbt; rules over many rows
belong to the gates.
"""

from shopkeeper.landing.damage import find_damage, find_damage_of_file
from shopkeeper.landing.expiry import expire, files_of, leftovers, remove_refused
from shopkeeper.landing.inbox.dropped_files import DroppedFile, dropped_files, require_one_inbox
from shopkeeper.landing.inbox.file_check import FileCheck, check_file
from shopkeeper.landing.inbox.report import LandedFile, LandingReport
from shopkeeper.landing.inbox.run import land, lock
from shopkeeper.landing.inbox.set_aside import waiting_files
from shopkeeper.landing.inbox.watch import Watch
from shopkeeper.landing.receipts import Arrival, Receipt, batch_with, read_receipt, read_receipts
from shopkeeper.landing.refused_files import REFUSAL, read_refusal, refusal_ids, refused_file
from shopkeeper.landing.sealing import readable
from shopkeeper.landing.suppression import (
    STRONG,
    Anonymous,
    Suppression,
    anonymized,
    own_rows,
    read_suppression,
    tokens_of,
    touched_rows,
    write_suppression,
)
from shopkeeper.landing.worker.isolation import Parser

__all__ = [
    "REFUSAL",
    "STRONG",
    "Anonymous",
    "Arrival",
    "DroppedFile",
    "FileCheck",
    "LandedFile",
    "LandingReport",
    "Parser",
    "Receipt",
    "Suppression",
    "Watch",
    "anonymized",
    "batch_with",
    "check_file",
    "dropped_files",
    "expire",
    "files_of",
    "find_damage",
    "find_damage_of_file",
    "land",
    "leftovers",
    "lock",
    "own_rows",
    "read_receipt",
    "read_receipts",
    "read_refusal",
    "read_suppression",
    "readable",
    "refusal_ids",
    "refused_file",
    "remove_refused",
    "require_one_inbox",
    "tokens_of",
    "touched_rows",
    "waiting_files",
    "write_suppression",
]
