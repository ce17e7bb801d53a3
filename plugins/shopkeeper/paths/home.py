"""The places of one data home, and of the Airflow that runs in it."""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below
from shopkeeper.paths.build import BuildPaths
from shopkeeper.settings import settings


@dataclass(frozen=True)
class BatchPaths:
    """The three files of one batch."""

    rows: Path
    quarantine: Path
    receipt: Path


@dataclass(frozen=True)
class PullPaths:
    """What is remembered of one feed that is pulled."""

    rows: Path
    """Of a query: the last watermark, and the rows that had it."""

    objects: Path
    """Of a bucket: the version of each key, a line an object."""

    read: Path
    """What a query has answered, while a pull works."""

    lock: Path
    spill: Path
    """What a pull has no memory for."""


@dataclass(frozen=True)
class Home:
    """One data home; two homes never touch each other."""

    root: Path

    own_inbox = Below("inbox")
    """The inbox of a home that is told of no other."""

    raw = Below("raw")
    """Immutable batches: ``raw/<system>/<table>/<batch_id>.parquet`` beside its receipt ``.json``."""

    quarantine = Below("quarantine")
    quarantined_rows = Below("quarantine", "rows")
    """Refused rows: ``<system>/<table>/<batch_id>.parquet``."""

    quarantined_files = Below("quarantine", "files")
    """Files refused whole: ``<refusal_id>/<file name>`` beside ``refusal.json``."""

    learned = Below("learned")
    """What steps learned: ``learned/<name>/<version>.parquet`` beside its receipt ``.json``."""

    state = Below("state")
    owner = Below("state", "retailer")
    """Name of the retailer whose data this home holds."""

    landing_lock = Below("state", "landing.lock")
    landing_work = Below("state", "landing")
    """Private copies while a landing works."""

    landing_order = Below("state", "landing_order.json")
    left_in_inbox = Below("state", "left_in_inbox.json")
    """What was taken of files that could not be moved."""

    publish_lock = Below("state", "publish.lock")
    token = Below("state", "token")
    held = Below("state", "held")
    """Batches kept out of every refresh: ``held/<batch_id>``."""

    trusted = Below("state", "trusted")
    """Snapshots that a person has released: ``trusted/<batch_id>``."""

    pulls = Below("state", "pulls")
    """What was pulled of databases and buckets (`PullPaths`)."""

    spill = Below("state", "spill")
    """What readers of published versions have no memory for, one folder a connection."""

    trial = Below("state", "trial", "home")
    """A home of its own while a build is tried beside the published version."""

    trial_lock = Below("state", "trial", "lock")
    builds = Below("build")
    """Unpublished builds: ``build/<build_id>/``."""

    versions = Below("published")
    """Published versions: ``published/<version>/``."""

    current = Below("published", "current")
    """The link that a reader follows."""

    publishing = Below("published", ".publishing")
    """Names the version that was moved in and is not seen yet."""

    rolling_back = Below("published", ".rolling-back")
    """The link before it takes the place of `current`."""

    airflow = Below("airflow")
    """Airflow's own home (`AirflowPaths`)."""

    @property
    def inbox(self) -> Path:
        """Files as producers drop them: ``inbox/<system>/<file name>``, or ``SHOPKEEPER_INBOX`` if set."""
        return settings().inbox or self.own_inbox

    def batch(self, system: str, table: str, batch_id: str) -> BatchPaths:
        """Return where a batch lies."""
        folder = self.raw / system / table
        return BatchPaths(
            rows=folder / f"{batch_id}.parquet",
            quarantine=self.quarantined_rows / system / table / f"{batch_id}.parquet",
            receipt=folder / f"{batch_id}.json",
        )

    def pull(self, feed: str) -> PullPaths:
        """Return where a pull remembers what it has taken."""
        places = (
            self.pulls / f"{feed}{ending}" for ending in (".parquet", ".jsonl", ".read", ".lock", ".spill")
        )
        return PullPaths(*places)

    def build(self, build_id: str) -> BuildPaths:
        """Return the places of one build."""
        return BuildPaths(self.builds / build_id)

    def version(self, name: str) -> BuildPaths:
        """Return the places of one published version."""
        return BuildPaths(self.versions / name)

    def removed(self, name: str) -> Path:
        """Return where a version lies while it is removed: among the dead builds."""
        return self.builds / f".removed-{name}"


def home_of(build: BuildPaths) -> Home:
    """Return the home of a build or version."""
    return Home(build.root.parents[1])


@dataclass(frozen=True)
class AirflowPaths:
    """The places of the local Airflow, below ``<home>/airflow``."""

    root: Path

    configuration = Below("airflow.cfg")
    passwords = Below("passwords.json")
    database = Below("airflow.db")
    temp = Below("tmp")
    logs = Below("logs")
    dag_processor_logs = Below("logs", "dag_processor")
    lock = Below("console.lock")
    """Held while it is started."""

    record = Below("console.json")
    """Which server was started, with which code and settings."""

    server_lock = Below("server.lock")
    """Held by the server and its children as long as one of them lives."""

    model_graph = Below("model_graph.json")
    dbt = Below("dbt")
    """What dbt remembers of the project."""

    dbt_manifest = Below("dbt_manifest.json")

    def log(self, name: str) -> Path:
        """Return the log of one of its processes."""
        return self.logs / f"{name}.log"
