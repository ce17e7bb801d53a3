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
    tokenized = Below("tokenized.parquet")
    identifiers = Below("identifiers.parquet")
    """Direct identifiers in plain, for the vault to seal."""

    quarantine = Below("quarantine.parquet")
    sealed_quarantine = Below("sealed_quarantine.parquet")
    sealed = Below("sealed")
    spill = Below("spill")
    text = Below("text")
