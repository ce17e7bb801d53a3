"""The private folder of one file while it lands."""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below


@dataclass(frozen=True)
class WorkPaths:
    """The private folder of one file while it lands."""

    root: Path

    source = Below("source")
    unpacked = Below("unpacked")
    transcoded = Below("transcoded")
    utf8 = Below("utf8")
    rows = Below("rows.parquet")
    clean = Below("clean.parquet")
    accepted = Below("accepted.parquet")
    quarantine = Below("quarantine.parquet")
    spill = Below("spill")
    text = Below("text")
