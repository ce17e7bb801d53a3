"""The dictionary in open formats, as files: its own JSON, ODCS contracts, OpenLineage events.

Nothing is sent anywhere: a catalogue reads the files.
"""
from enum import StrEnum
from pathlib import Path
from shopkeeper.dictionary.entries import Dictionary
class Format(StrEnum):
    json="json"
def export(): ...
