"""The paths of one data home."""

from dataclasses import dataclass
from datetime import datetime
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
class LearnedPaths:
    """The two files of what a step has learned."""

    rows: Path
    receipt: Path

    @classmethod
    def below(cls, folder: Path, name: str) -> "LearnedPaths":
        """Return the files of this name in a folder."""
        return cls(folder / f"{name}.parquet", folder / f"{name}.json")


@dataclass(frozen=True)
class PullPaths:
    """The stored state of one pulled feed."""

    rows: Path
    """For a query: the last watermark, and the rows that had it."""

    objects: Path
    """For a bucket: the version of each key, one object per line."""

    read: Path
    """The answer of a query during a pull."""

    lock: Path
    spill: Path
    """What a pull spills from memory."""


@dataclass(frozen=True)
class Home:
    """One data home; homes share nothing."""

    root: Path

    own_inbox = Below("inbox")
    """The home's own inbox, used unless another one is configured."""

    raw = Below("raw")
    """Immutable batches: `raw/<system>/<table>/<batch_id>.parquet` beside its receipt `.json`."""

    quarantine = Below("quarantine")
    quarantined_rows = Below("quarantine", "rows")
    """Refused rows: `<system>/<table>/<batch_id>.parquet`."""

    quarantined_files = Below("quarantine", "files")
    """Files refused whole: `<refusal_id>/<file name>` beside `refusal.json`."""

    settled = Below("quarantine", "settled")
    """What a person settled without a replay: `settled/<key>.json`."""

    taken_back = Below("quarantine", "taken_back")
    """Replays that a person took back: `taken_back/<batch_id>.json`."""

    learned = Below("learned")
    """What steps learned: `learned/<name>/<version>.parquet` beside its receipt `.json`."""

    state = Below("state")
    owner = Below("state", "retailer")
    """Name of the retailer whose data this home holds."""

    landing_lock = Below("state", "landing.lock")
    landing_work = Below("vault", "landing")
    """Private copies while a landing works; a kill leaves them behind until the next one."""

    landing_order = Below("state", "landing_order.json")
    left_in_inbox = Below("state", "left_in_inbox.json")
    """Taken files that could not be moved out of the inbox."""

    landed_batches = Below("state", "landed_batches.parquet")
    """What the receipts said when a refresh began."""

    publish_lock = Below("state", "publish.lock")
    refresh_lock = Below("state", "refresh.lock")
    """Shared by the steps of refreshes; held alone by what must not run beside one."""

    maintained = Below("state", "maintained")
    """What each maintenance removed."""

    token = Below("state", "token")
    held = Below("state", "held")
    """Batches kept out of every refresh: `held/<batch_id>`."""

    last_rollback = Below("state", "last_rollback.json")
    """Which holds the last rollback changed, so that it can be undone."""

    trusted = Below("state", "trusted")
    """Snapshots that a person has released: `trusted/<batch_id>`."""

    roles = Below("state", "roles.yaml")
    """Which user of the console has which role."""

    actions = Below("state", "actions")
    """What people did in the console: `actions/<number>.json`."""

    actions_lock = Below("state", "actions.lock")
    token_key = Below("state", "token_key")
    """The secret from which the console makes tokens of persons."""

    pulls = Below("state", "pulls")
    """What was pulled from databases and buckets (`PullPaths`)."""

    spill = Below("state", "spill")
    """What readers of published versions spill from memory, one folder per connection."""

    trial = Below("state", "trial", "home")
    """A temporary home for a trial build next to the published version."""

    trial_lock = Below("state", "trial", "lock")
    builds = Below("build")
    """Unpublished builds: `build/<build_id>/`."""

    failed = Below("failed")
    """What builds judged that were not published: `failed/<build_id>/`, without their tables."""

    versions = Below("published")
    """Published versions: `published/<version>/`."""

    current = Below("published", "current")
    """The link that readers follow."""

    publishing = Below("published", ".publishing")
    """Names the version that was moved in but is not shown yet."""

    rolling_back = Below("published", ".rolling-back")
    """The new link before it replaces `current`."""

    airflow = Below("airflow")
    """Airflow's own home (`AirflowPaths`)."""

    vault = Below("vault")
    """Keys and what they seal (`VaultPaths`)."""

    privacy = Below("privacy")
    """Erasures, requests and who must not come back (`PrivacyPaths`)."""

    @property
    def inbox(self) -> Path:
        """Files as producers drop them: `inbox/<system>/<file name>`, or `SHOPKEEPER_INBOX` if set."""
        return settings().inbox or self.own_inbox

    def batch(self, system: str, table: str, batch_id: str) -> BatchPaths:
        """Return the paths of a batch."""
        folder = self.raw / system / table
        return BatchPaths(
            rows=folder / f"{batch_id}.parquet",
            quarantine=self.quarantined_rows / system / table / f"{batch_id}.parquet",
            receipt=folder / f"{batch_id}.json",
        )

    def pull(self, feed: str) -> PullPaths:
        """Return the stored state of a pull."""
        places = (
            self.pulls / f"{feed}{ending}" for ending in (".parquet", ".jsonl", ".read", ".lock", ".spill")
        )
        return PullPaths(*places)

    def learned_batch(self, name: str, version: str) -> LearnedPaths:
        """Return where a version's batch of what was learned lies."""
        return LearnedPaths.below(self.learned / name, version)

    def build(self, build_id: str) -> BuildPaths:
        """Return the paths of one build."""
        return BuildPaths(self.builds / build_id)

    def failed_build(self, build_id: str) -> BuildPaths:
        """Return the paths of what is left of a build that was not published."""
        return BuildPaths(self.failed / build_id)

    def action(self, number: int) -> Path:
        """Return the record of an action."""
        return self.actions / f"{number:06}.json"

    def maintenance(self, at: datetime, what: str) -> Path:
        """Return the record of a maintenance: `maintained/<UTC moment>_<what>.json`."""
        return self.maintained / f"{at:%Y%m%dT%H%M%S%f}_{what}.json"

    def settlement(self, key: str) -> Path:
        """Return the record that a refusal was settled without a replay."""
        return self.settled / f"{key}.json"

    def taking_back(self, batch_id: str) -> Path:
        """Return the record that a replay was taken back."""
        return self.taken_back / f"{batch_id}.json"

    def version(self, name: str) -> BuildPaths:
        """Return the paths of one published version."""
        return BuildPaths(self.versions / name)

    def removed(self, name: str) -> Path:
        """Return where a version is while it is removed: among the dead builds."""
        return self.builds / f".removed-{name}"


def home_of(build: BuildPaths) -> Home:
    """Return the home of a build or version."""
    return Home(build.root.parents[1])


@dataclass(frozen=True)
class RememberedPaths:
    """What follows from the code alone, kept in a home or with the environment."""

    root: Path

    def of(self, name: str) -> Path:
        """Return the file of one such thing."""
        return self.root / f"{name}.pickle"
