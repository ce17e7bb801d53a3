"""Airflow's history: runs, tasks, XComs and events, cleaned by Airflow's own `db clean`.

Tasks may not reach Airflow's database. So it is cleaned in a process of its own, which the scheduler starts
when `maintain_storage` has succeeded, and the command line when somebody asks.
"""

import subprocess
import sys
from typing import Any

from airflow.listeners import hookimpl

from shopkeeper.files import write_json
from shopkeeper.paths import Home
from shopkeeper.settings import settings

DAG_ID = "maintain_storage"
COMMAND = (sys.executable, "-m", __name__)
DRY_RUN = "--dry-run"


@hookimpl
def on_dag_run_success(dag_run: Any) -> None:
    """Clean the history beside the scheduler, which keeps working meanwhile."""
    if dag_run.dag_id == DAG_ID:
        subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL, start_new_session=True)


def clean(is_dry_run: bool = False) -> int:
    """Remove the history that is older than the logs are kept, and return how many rows that were.

    Airflow keeps the last run of each DAG. A dry run counts the runs alone. Recorded in `state/maintained/`.
    """
    import pendulum
    from airflow.models.dagrun import DagRun
    from airflow.utils.db_cleanup import config_dict, run_cleanup
    from airflow.utils.session import create_session
    from sqlalchemy import column, func, inspect, select, table

    before = pendulum.now("UTC").subtract(days=settings().log_days)
    with create_session() as session:
        if is_dry_run:
            runs = select(func.count()).select_from(DagRun).where(DagRun.start_date < before)
            return session.scalar(runs) or 0
        names = sorted(set(inspect(session.connection()).get_table_names()) & config_dict.keys())

    def count() -> dict[str, int]:
        with create_session() as session:
            rows = select(func.count(column("*")))
            return {name: session.scalar(rows.select_from(table(name))) or 0 for name in names}

    held = count()
    run_cleanup(
        clean_before_timestamp=before, table_names=names, confirm=False, skip_archive=True,
        error_on_cleanup_failure=True,
    )  # fmt: skip
    left = count()
    removed = {name: held[name] - left[name] for name in names if held[name] > left[name]}
    moment = pendulum.now("UTC")
    record = {"at": moment.isoformat(timespec="seconds"), "before": before.isoformat(), "rows": removed}
    write_json(Home(settings().home).maintenance(moment, "airflow"), record)
    return sum(removed.values())


if __name__ == "__main__":
    print(clean(DRY_RUN in sys.argv[1:]))
