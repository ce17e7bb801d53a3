"""The paths of erasures, below `<home>/privacy`."""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below


@dataclass(frozen=True)
class PrivacyPaths:
    """Requests of persons, what was erased for them, and who must not come back."""

    root: Path

    erasures = Below("erasures.jsonl")
    """The receipts of erasures, each line with the sha256 of the one before."""

    suppressed = Below("suppressed.json")
    """Keyed hashes of those who were erased, and the columns in which to look for them."""

    requests = Below("requests")
    """Files of requests, `*.csv`; one is removed once all of it is done."""

    outcomes = Below("outcomes")
    """What became of each request: `outcomes/<request_id>.json`."""

    exports = Below("exports")
    """What was handed out to persons: `exports/<name>/`."""

    lock = Below("lock")
    """Locked by the one erasure that is under way."""

    work = Below("work")
    """An erasure under way."""

    plan = Below("work", "plan")
    """Whom it erases, sealed by the vault."""

    ready = Below("work", "ready.json")
    """Its receipt; there once everything is written anew, so that only moves are left."""

    written = Below("work", "written")
    """What takes the place of other files, by their paths in the home."""

    scratch = Below("work", "scratch.duckdb")

    def outcome(self, request_id: str) -> Path:
        """Return the outcome of a request."""
        return self.outcomes / f"{request_id}.json"

    def export(self, name: str) -> Path:
        """Return the folder of an export."""
        return self.exports / name

    def exported(self, name: str) -> Path:
        """Return the file with all rows of an export."""
        return self.exports / name / "person.json"

    def exported_table(self, name: str, table: str) -> Path:
        """Return the file of one table of an export."""
        return self.exports / name / f"{table}.csv"
