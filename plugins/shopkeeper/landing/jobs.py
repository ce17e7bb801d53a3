"""The jobs of a parsing process and their outcomes. Imported by the landing, so it stays light."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shopkeeper.contracts import Contract

if TYPE_CHECKING:
    from shopkeeper.landing.suppression import Suppression
    from shopkeeper.vault import TokenKey


@dataclass(frozen=True)
class Job:
    """One file to parse: a private copy, its contract, a folder for the output, and its limits."""

    source: Path
    folder: Path
    file_name: str
    batch_id: str
    contract: Contract
    landed_at: datetime
    memory_mb: int
    seconds: float
    token_key: "TokenKey | None" = None
    """What direct identifiers become tokens with; None: they stay as they are, for nothing is kept."""

    suppression: "Suppression | None" = None
    """Who was erased and must not come back."""


@dataclass(frozen=True)
class AcceptedFile:
    """A file that was accepted, with `record_count = accepted_count + quarantined_count`; dates are ISO
    8601.
    """

    accepted: Path
    quarantine: Path | None
    record_count: int
    accepted_count: int
    quarantined_count: int
    reasons: dict[str, int]
    business_date_min: str | None
    business_date_max: str | None
    warnings: tuple[str, ...]
    identifiers: Path | None = None
    """The direct identifiers that became tokens, in plain."""

    dated: tuple[str, str] | None = None
    """The first and the last day from which the retention counts; None if the rows do not tell it."""


@dataclass(frozen=True)
class FileRefusal:
    """Why a whole file was refused."""

    reason: str
    detail: str


Outcome = AcceptedFile | FileRefusal
