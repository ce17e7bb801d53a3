"""What the landing hands to a parsing process and what comes back; light, because the landing imports it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shopkeeper.contracts import Contract


@dataclass(frozen=True)
class Job:
    """One file to parse: a private copy, its contract, a folder for what comes out, and the limits it has."""

    source: Path
    folder: Path
    file_name: str
    batch_id: str
    contract: Contract
    landed_at: datetime
    memory_mb: int
    seconds: float


@dataclass(frozen=True)
class Parsed:
    """A file taken: ``record_count = accepted_count + quarantined_count``; business dates are ISO 8601."""

    accepted: Path
    quarantine: Path | None
    record_count: int
    accepted_count: int
    quarantined_count: int
    reasons: dict[str, int]
    business_date_min: str | None
    business_date_max: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """A file refused whole, and why."""

    reason: str
    detail: str


Outcome = Parsed | Refusal
