"""Where things lie below one data home; no other module joins these names.

Pure arithmetic on paths: nothing here touches the disk.
"""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.settings import settings


@dataclass(frozen=True)
class Home:
    """One data home; two homes never touch each other."""

    root: Path

    @property
    def inbox(self) -> Path:
        """Files as producers drop them: ``inbox/<system>/<file name>``, or ``SHOPKEEPER_INBOX`` if set."""
        return settings().inbox or self.own_inbox

    @property
    def own_inbox(self) -> Path:
        """The inbox of a home that is told of no other."""
        return self.root / "inbox"

    @property
    def raw(self) -> Path:
        """Immutable batches: ``raw/<system>/<table>/<batch_id>.parquet`` beside its receipt ``.json``."""
        return self.root / "raw"

    @property
    def quarantine(self) -> Path:
        """What was refused, with the reason."""
        return self.root / "quarantine"

    @property
    def quarantined_rows(self) -> Path:
        """Refused rows: ``<system>/<table>/<batch_id>.parquet``."""
        return self.quarantine / "rows"

    @property
    def quarantined_files(self) -> Path:
        """Files refused whole: ``<batch_id>/<file name>`` beside ``refusal.json``."""
        return self.quarantine / "files"

    @property
    def state(self) -> Path:
        """Locks, the fencing token and held batches."""
        return self.root / "state"

    @property
    def owner(self) -> Path:
        """Name of the retailer whose data this home holds."""
        return self.state / "retailer"

    @property
    def spill(self) -> Path:
        """What readers of published versions have no memory for, one folder a connection."""
        return self.state / "spill"

    @property
    def builds(self) -> Path:
        """Unpublished builds: ``build/<build_id>/``."""
        return self.root / "build"

    @property
    def versions(self) -> Path:
        """Published versions: ``published/<version>/``."""
        return self.root / "published"

    @property
    def current(self) -> Path:
        """The link that a reader follows."""
        return self.versions / "current"

    @property
    def airflow(self) -> Path:
        """Airflow's own home: metadata database, logs, configuration."""
        return self.root / "airflow"

    def build(self, build_id: str) -> "BuildPaths":
        """Return the places of one build."""
        return BuildPaths(self.builds / build_id)


@dataclass(frozen=True)
class BuildPaths:
    """The places of one build; a published version is a build that was moved, so it has the same ones."""

    root: Path

    @property
    def warehouse(self) -> Path:
        """The warehouse file, written by dbt alone."""
        return self.root / "warehouse.duckdb"

    @property
    def staging(self) -> Path:
        """The file that holds the staging views; left behind at publish."""
        return self.root / "staging.duckdb"

    @property
    def temp(self) -> Path:
        """What steps have no memory for; left behind at publish."""
        return self.root / "temp"

    @property
    def landed(self) -> Path:
        """Links to the batches that this build takes in: ``landed/<system>/<table>/<batch_id>.parquet``."""
        return self.root / "landed"

    @property
    def scores(self) -> Path:
        """What Python steps computed, for dbt to read: ``scores/<name>.parquet``."""
        return self.root / "scores"

    @property
    def gates(self) -> Path:
        """One JSON result a gate."""
        return self.root / "gates"

    @property
    def dbt(self) -> Path:
        """Artifacts of dbt, one folder a selector."""
        return self.root / "dbt"

    @property
    def steps(self) -> Path:
        """What each step returned, one JSON file a step."""
        return self.root / "steps"

    @property
    def docs(self) -> Path:
        """Data Docs and dbt docs."""
        return self.root / "docs"

    @property
    def manifest(self) -> Path:
        """What the version contains and how it was made."""
        return self.root / "manifest.json"
