"""The paths of the local Airflow of a home."""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below


@dataclass(frozen=True)
class AirflowPaths:
    """The paths of the local Airflow, below `<home>/airflow`."""

    root: Path

    configuration = Below("airflow.cfg")
    passwords = Below("passwords.json")
    database = Below("airflow.db")
    temp = Below("tmp")
    logs = Below("logs")
    dag_processor_logs = Below("logs", "dag_processor")
    no_plugins = Below("no_plugins")
    lock = Below("console.lock")
    """Locked while Airflow starts."""

    record = Below("console.json")
    """Which server was started, with which code and settings."""

    server_lock = Below("server.lock")
    """Locked by the server and its children as long as one of them lives."""

    model_graph = Below("model_graph.json")
    dbt = Below("dbt")
    """dbt's parse state of the project, and what `dbt_runner` keeps of it."""

    dbt_manifest = Below("dbt_manifest.json")

    def log(self, name: str) -> Path:
        """Return the log of one of its processes."""
        return self.logs / f"{name}.log"
