"""Asks the local Airflow's database to forget its old history, whether or not Airflow is running."""

import subprocess

from shopkeeper.errors import UserError
from shopkeeper.local_airflow import environment
from shopkeeper.paths import AirflowPaths, Home
from shopkeeper.settings import PROJECT_ROOT


def clean_history(home: Home, is_dry_run: bool) -> int:
    """Return how many rows were removed, of runs how many would be; 0 without a local Airflow."""
    if not AirflowPaths(home.airflow).database.exists():
        return 0
    from shopkeeper.orchestration.history import COMMAND, DRY_RUN  # imports Airflow

    command = [*COMMAND, *([DRY_RUN] if is_dry_run else [])]
    done = subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment.process_environment(home), capture_output=True, text=True
    )
    if done.returncode:
        raise UserError(f"Airflow's history was not cleaned ({done.stderr.strip().splitlines()[-1][:200]})")
    return int(done.stdout.split()[-1])
